/** Whether a JWS is signed by a key of its issuer: access tokens and answers about them are judged here alike (RFC 7515 §5.2, RFC 8725 §3.1). */
import type { ErrorCode } from '../lib/index.ts'
import type { CompactJws } from './compact-jws.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { type KeyAlgorithm, type VerificationKey, verifySignature } from './verification-key.ts'

export type SignatureJudgement =
  | { readonly ok: true; readonly key: VerificationKey }
  | { readonly ok: false; readonly code: ErrorCode }

/** Answers at once unless the key is unknown and its source may be asked again. */
export function judgeSignature(
  issuer: { readonly algorithms: readonly KeyAlgorithm[]; readonly keys: IssuerKeys },
  { header, signingInput, signature }: CompactJws,
  now: number,
): SignatureJudgement | Promise<SignatureJudgement> {
  // RFC 7515 §4.1.11: an extension that is not understood is a refusal, and none is. RFC 7797 (`b64`) is one of them.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64'))
    return refuse('GH_GATEWAY_TOKEN_MALFORMED')
  const kid = Object.hasOwn(header, 'kid') ? header['kid'] : undefined
  if (kid !== undefined && typeof kid !== 'string') return refuse('GH_GATEWAY_TOKEN_MALFORMED')
  // RFC 8725 §3.1: the issuer's list decides, before any key is touched.
  const alg = Object.hasOwn(header, 'alg') ? header['alg'] : undefined
  const algorithm = issuer.algorithms.find((allowed) => allowed === alg)
  if (algorithm === undefined) return refuse('GH_GATEWAY_TOKEN_ALGORITHM')
  const judge = (key: VerificationKey | undefined): SignatureJudgement => {
    if (key === undefined) return refuse('GH_GATEWAY_TOKEN_KEY_UNKNOWN')
    return verifySignature(key, signingInput, signature)
      ? { ok: true, key }
      : refuse('GH_GATEWAY_TOKEN_SIGNATURE')
  }
  const key = issuer.keys.known(kid, algorithm, now)
  if (key !== undefined) return judge(key)
  return issuer.keys.refetched(kid, algorithm)?.then(judge) ?? judge(undefined)
}

function refuse(code: ErrorCode): SignatureJudgement {
  return { ok: false, code }
}
