/** Open Finance Brasil: the body is a JWS of the client, for this address, at this time, and was not sent before. */
import type { Facts } from '../facts.ts'
import type { SignatureParams } from '../plan.ts'
import type { Failure, JudgedRequest, PreparedRule, RuleContext } from '../rule.ts'
import type { Claim } from '../verdict.ts'
import { AHEAD_SECONDS, invalid, MISSING } from './signature-detached.ts'

export function signedMessage(
  { maxAgeSeconds }: SignatureParams,
  { api }: RuleContext,
): PreparedRule {
  const origins = api.publicOrigins ?? []
  return {
    needs: ['token'],
    judge: () => undefined,
    late: {
      needs: ['token', 'body', 'signature'],
      signedIn: { form: 'message' },
      judge: (facts) => judgeMessage(facts, maxAgeSeconds, origins),
    },
    claims: ({ signature, token }, { match }: JudgedRequest): readonly Claim[] => {
      if (signature?.kind !== 'message' || token?.kind !== 'verified')
        throw new TypeError('a message is claimed that was not judged')
      const key = JSON.stringify(['message', match.api, token.clientId, signature.messageId])
      // Longer than the message is young enough.
      const ttlSeconds = maxAgeSeconds + AHEAD_SECONDS + 1
      return [{ kind: 'once', key, ttlSeconds, rule: 'request.signature' }]
    },
  }
}

function judgeMessage(
  { signature, now, request }: Facts,
  maxAgeSeconds: number,
  origins: readonly string[],
): Failure | undefined {
  if (signature === undefined || signature.kind === 'absent') return MISSING
  if (signature.kind === 'invalid') return invalid(signature.fault)
  if (signature.kind !== 'message') return invalid('of another form')
  const age = now / 1000 - signature.issuedAt
  if (!(age >= -AHEAD_SECONDS && age <= maxAgeSeconds))
    return claims(`iat is not within ${maxAgeSeconds} s before now`)
  if (signature.expectedIssuer === undefined)
    return claims('no name is known that the client signs with')
  if (signature.expectedIssuer !== signature.issuer)
    return claims('iss is not the name that the client signs with')
  const [path = ''] = request.target.split('?')
  return origins.some((origin) => signature.audiences.includes(`${origin}${path}`))
    ? undefined
    : claims('aud is not the address that is called')
}

function claims(detail: string): Failure {
  return { code: 'GH_GATEWAY_SIGNATURE_CLAIMS', detail }
}
