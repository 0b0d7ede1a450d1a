/** Control `token-lifetime-revocation`: a token that was issued for longer than allowed is not an access token of ours. */
import { believedToken } from '../believed-token.ts'
import type { RuleKind } from '../rule.ts'

export const rule: RuleKind<'token.lifetime'> = {
  name: 'token.lifetime',
  prepare({ params }) {
    return {
      needs: ['token'],
      judge(facts) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        const { expiresAt, issuedAt } = token
        if (expiresAt === undefined || issuedAt === undefined)
          return { code: 'GH_GATEWAY_TOKEN_LIFETIME', detail: 'exp or iat is missing' }
        const seconds = expiresAt - issuedAt
        // A token that ended before it began was made by no issuer that can be trusted with the rest.
        return seconds >= 0 && seconds <= params.maxSeconds
          ? undefined
          : {
              code: 'GH_GATEWAY_TOKEN_LIFETIME',
              detail: `exp - iat is not in 0..${params.maxSeconds} s`,
            }
      },
    }
  },
}
