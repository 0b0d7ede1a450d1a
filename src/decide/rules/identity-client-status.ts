/** Control `client-status-live`: the third party is known here and active now, whatever its token says. */
import { believedToken } from '../believed-token.ts'
import { feedLimitMs, feedStale } from '../feed-age.ts'
import type { RuleKind } from '../rule.ts'

export const rule: RuleKind<'identity.clientStatus'> = {
  name: 'identity.clientStatus',
  prepare({ params }, context) {
    const limitMs = feedLimitMs(context)
    const live = new Set(params.statuses)
    return {
      needs: ['token', 'client'],
      judge(facts) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        const stale = feedStale(facts, limitMs)
        if (stale !== undefined) return stale
        const { client } = facts
        if (client?.kind !== 'known' || client.id !== token.clientId)
          return { code: 'GH_GATEWAY_CLIENT_UNKNOWN', detail: 'client is not in the feed' }
        return live.has(client.status)
          ? undefined
          : { code: 'GH_GATEWAY_CLIENT_INACTIVE', detail: 'client status is not a live one' }
      },
    }
  },
}
