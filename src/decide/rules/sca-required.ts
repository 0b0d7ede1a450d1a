/**
 * Control `sca-applied`: how and when the customer was authenticated suffices for the operation (RFC 9470, RFC 9068 §2.2.1), and for the
 * days that the request names. Rows that are older than it allows are cut from the answer in `respond.ts`.
 */
import { believedToken } from '../believed-token.ts'
import { asksBefore, authenticatedWithin, historyStart } from '../history.ts'
import { type Failure, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'sca.required'> = {
  name: 'sca.required',
  prepare({ params }) {
    const { acr, maxAgeSeconds, history } = params
    return {
      needs: ['token'],
      judge(facts, { query }) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        if (acr !== undefined && (token.acr === undefined || !acr.includes(token.acr)))
          return fail('acr is not one of those that are needed')
        if (maxAgeSeconds !== undefined && !authenticatedWithin(token, facts.now, maxAgeSeconds))
          return fail(
            token.authenticatedAt === undefined
              ? 'auth_time is missing'
              : `auth_time is not within the last ${maxAgeSeconds} s`,
          )
        if (history?.beyond !== 'challenge') return undefined
        const start = historyStart(params, facts)
        return start !== undefined && asksBefore(history, start, query)
          ? fail(
              `the request asks for days before the last ${history.days}, and auth_time is not within the last ${history.freshSeconds} s`,
            )
          : undefined
      },
    }
  },
}

function fail(detail: string): Failure {
  return { code: 'GH_GATEWAY_AUTHENTICATION_INSUFFICIENT', detail }
}
