/** Control `sca-applied`: how and when the customer was authenticated suffices for the operation (RFC 9470, RFC 9068 §2.2.1). */
import { believedToken } from '../believed-token.ts'
import type { Failure, RuleKind } from '../rule.ts'

/** An authentication that lies further ahead than clocks differ is none. */
const MAX_AHEAD_SECONDS = 60

export const rule: RuleKind<'sca.required'> = {
  name: 'sca.required',
  prepare({ params }) {
    const { acr, maxAgeSeconds } = params
    return {
      needs: ['token'],
      judge(facts) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        if (acr !== undefined && (token.acr === undefined || !acr.includes(token.acr)))
          return fail('acr is not one of those that are needed')
        if (maxAgeSeconds === undefined) return undefined
        if (token.authenticatedAt === undefined) return fail('auth_time is missing')
        const age = facts.now / 1000 - token.authenticatedAt
        return age <= maxAgeSeconds && age >= -MAX_AHEAD_SECONDS
          ? undefined
          : fail(`auth_time is not within the last ${maxAgeSeconds} s`)
      },
    }
  },
}

function fail(detail: string): Failure {
  return { code: 'GH_GATEWAY_AUTHENTICATION_INSUFFICIENT', detail }
}
