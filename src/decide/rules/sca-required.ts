/**
 * Control `sca-applied`: how and when the customer was authenticated suffices for the operation (RFC 9470, RFC 9068 §2.2.1), and for the
 * days that the request names. A payment has a code or an exemption of the law, its own, and says under which decision (PSD2 Art. 97). Rows that are older than it allows are cut from the answer in `respond.ts`.
 */
import { believedToken, type VerifiedToken } from '../believed-token.ts'
import { asksBefore, authenticatedWithin, historyStart } from '../history.ts'
import { type Failure, type RuleKind } from '../rule.ts'
import { linkedJudgement } from './sca-linked.ts'

export const rule: RuleKind<'sca.required'> = {
  name: 'sca.required',
  prepare({ params }, context) {
    const { acr, maxAgeSeconds, history, outcome } = params
    const isAmong = ({ acr: reached }: VerifiedToken): boolean =>
      reached !== undefined && acr?.includes(reached) === true
    return {
      needs: ['token'],
      judge(facts, { query }) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        const among = isAmong(token)
        const said = outcome === undefined ? undefined : token.sca
        if (outcome !== undefined && said === undefined && !among) return UNSTATED
        if (acr !== undefined && !among && said?.outcome !== 'exempt')
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
      ...(outcome === 'linked' && { late: linkedJudgement(believedToken, isAmong, context) }),
    }
  },
}

const UNSTATED: Failure = {
  code: 'GH_GATEWAY_PAYMENT_SCA_MISSING',
  detail: 'the token names neither an authentication of this payment nor an exemption',
}

function fail(detail: string): Failure {
  return { code: 'GH_GATEWAY_AUTHENTICATION_INSUFFICIENT', detail }
}
