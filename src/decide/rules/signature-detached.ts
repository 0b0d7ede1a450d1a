/** UK Open Banking: a detached JWS by a key of the client, at this time and under a trust anchor that counts. */
import type { Facts } from '../facts.ts'
import type { SignatureParams } from '../plan.ts'
import type { Failure, PreparedRule } from '../rule.ts'

/** How far the clock of a signer may be ahead, in seconds; OBIE: the time must be in the past. */
export const AHEAD_SECONDS = 10

export function detachedJws(params: SignatureParams): PreparedRule {
  const { header, maxAgeSeconds, unencoded } = params
  const trustAnchors = new Set(params.trustAnchors)
  return {
    needs: ['token'],
    judge: ({ request }) => (request.headers.all(header).length === 0 ? MISSING : undefined),
    late: {
      needs: ['token', 'body', 'signature'],
      signedIn: { form: 'detached-jws', header },
      judge: (facts) => judgeSignature(facts, { maxAgeSeconds, unencoded, trustAnchors }),
    },
  }
}

export const MISSING: Failure = {
  code: 'GH_GATEWAY_SIGNATURE_MISSING',
  detail: 'no message signature',
}

function judgeSignature(
  { signature, now }: Facts,
  allowed: {
    readonly maxAgeSeconds: number
    readonly unencoded: boolean
    readonly trustAnchors: ReadonlySet<string>
  },
): Failure | undefined {
  if (signature === undefined || signature.kind === 'absent') return MISSING
  if (signature.kind === 'invalid') return invalid(signature.fault)
  if (signature.kind !== 'verified') return invalid('of another form')
  if (signature.unencoded && !allowed.unencoded) return invalid('unencoded')
  const age = now / 1000 - signature.issuedAt
  if (!(age >= -AHEAD_SECONDS && age <= allowed.maxAgeSeconds))
    return claims(`iat is not within ${allowed.maxAgeSeconds} s before now`)
  if (!allowed.trustAnchors.has(signature.trustAnchor)) return claims('tan is not a trust anchor')
  const { expectedIssuer, issuer } = signature
  return expectedIssuer === undefined || expectedIssuer === issuer
    ? undefined
    : claims('iss is not the name that the client signs with')
}

export function invalid(fault: string): Failure {
  return { code: 'GH_GATEWAY_SIGNATURE_INVALID', detail: `message signature: ${fault}` }
}

function claims(detail: string): Failure {
  return { code: 'GH_GATEWAY_SIGNATURE_CLAIMS', detail }
}
