/**
 * Detached JWS over a message body: `x-jws-signature` of UK Open Banking (OBIE R/W data API profile, "Message signing"; RFC 7515 appendix
 * F). PS256 only. The critical claims say when, by whom and under whose trust anchor; a body that is signed as it is (RFC 7797 `b64`
 * false, versions before 3.1.4) is taken only where that is allowed.
 */
import { Buffer } from 'node:buffer'
import type { JsonObject, JsonValue } from '../lib/index.ts'
import { decodeSegment, parseHeader } from './compact-jws.ts'
import { find } from './key-set.ts'
import { type VerificationKey, verifySignature } from './verification-key.ts'

/** Characters of the header field. */
export const MAX_SIGNATURE_CHARS = 8192
const IAT = 'http://openbanking.org.uk/iat'
const ISS = 'http://openbanking.org.uk/iss'
const TAN = 'http://openbanking.org.uk/tan'

export type SignatureFault =
  /** Not three parts, not a strict header, or a claim is missing or of another type. */
  | 'malformed'
  | 'algorithm'
  /** A header that must be understood is not, or one of the claims is not marked so. */
  | 'critical'
  | 'unencoded'
  | 'key-unknown'
  | 'signature'

export type DetachedJudgement =
  | { readonly ok: false; readonly fault: SignatureFault }
  | {
      readonly ok: true
      readonly kid: string
      readonly issuer: string
      readonly trustAnchor: string
      /** Seconds since the epoch. */
      readonly issuedAt: number
      /** The body was signed as it is. */
      readonly unencoded: boolean
    }

/** Whether `field` is a signature over `body` by one of the keys. Times and names are judged by the kernel: they are policy. */
export function verifyDetachedJws(
  field: string,
  body: string,
  keys: readonly VerificationKey[],
): DetachedJudgement {
  const no = (fault: SignatureFault): DetachedJudgement => ({ ok: false, fault })
  if (field.length > MAX_SIGNATURE_CHARS) return no('malformed')
  const parts = field.split('.')
  const [encoded = '', payload, last = ''] = parts
  if (parts.length !== 3 || payload !== '') return no('malformed')
  const signature = decodeSegment(last)
  const header = parseHeader(encoded)
  if (signature === undefined || header === undefined) return no('malformed')
  if (member(header, 'alg') !== 'PS256') return no('algorithm')
  const kid = member(header, 'kid')
  const claims = claimsOf(header)
  if (typeof kid !== 'string' || kid === '' || claims === undefined) return no('malformed')
  const critical = criticalOf(header)
  if (critical === undefined) return no('critical')
  const b64 = member(header, 'b64')
  if (b64 !== undefined && typeof b64 !== 'boolean') return no('malformed')
  // RFC 7797 §6: who does not know it must notice; and true is what holds without it.
  if (critical.has('b64') !== (b64 !== undefined)) return no('critical')
  const key = find(keys, kid, 'PS256')
  if (key === undefined) return no('key-unknown')
  const bytes = Buffer.from(body, 'utf8')
  const signed =
    b64 === false
      ? Buffer.concat([Buffer.from(`${encoded}.`, 'latin1'), bytes])
      : Buffer.from(`${encoded}.${bytes.toString('base64url')}`, 'latin1')
  if (!verifySignature(key, signed, signature)) return no('signature')
  return { ok: true, kid, ...claims, unencoded: b64 === false }
}

function claimsOf(
  header: JsonObject,
):
  | { readonly issuer: string; readonly trustAnchor: string; readonly issuedAt: number }
  | undefined {
  const issuedAt = member(header, IAT)
  const issuer = member(header, ISS)
  const trustAnchor = member(header, TAN)
  const typ = member(header, 'typ')
  const cty = member(header, 'cty')
  const sound =
    (typ === undefined || typ === 'JOSE') &&
    (cty === undefined || cty === 'json' || cty === 'application/json')
  return sound &&
    typeof issuedAt === 'number' &&
    Number.isFinite(issuedAt) &&
    typeof issuer === 'string' &&
    issuer !== '' &&
    typeof trustAnchor === 'string' &&
    trustAnchor !== ''
    ? { issuer, trustAnchor, issuedAt }
    : undefined
}

const UNDERSTOOD: ReadonlySet<string> = new Set([IAT, ISS, TAN, 'b64'])

/** RFC 7515 §4.1.11: each name once, understood and there; all three claims are among them. */
function criticalOf(header: JsonObject): ReadonlySet<string> | undefined {
  const list = member(header, 'crit')
  if (!Array.isArray(list)) return undefined
  const names = new Set<string>()
  for (const name of list as readonly JsonValue[]) {
    if (typeof name !== 'string' || !UNDERSTOOD.has(name) || names.has(name)) return undefined
    if (!Object.hasOwn(header, name)) return undefined
    names.add(name)
  }
  return [IAT, ISS, TAN].every((name) => names.has(name)) ? names : undefined
}

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
