/**
 * Control `consumption-limits` (OWASP API4:2023): so many units within a sliding window for each client, consent, customer of a client,
 * and operation of a client. Nothing is judged here: quotas are claimed when everything else has passed, so a refused request spends
 * none. Who has no token is nobody's client; there are no quotas for strangers.
 */
import type { Facts } from '../facts.ts'
import type { RateParams } from '../plan.ts'
import type { JudgedRequest, RuleKind } from '../rule.ts'
import type { QuotaClaim } from '../verdict.ts'

/** A day. What must be counted for longer is counted in the store. */
export const MAX_RATE_WINDOW_SECONDS = 86_400

export const rule: RuleKind<'rate'> = {
  name: 'rate',
  sound({ params: { windowSeconds, cost } }) {
    if (windowSeconds < 1 || cost < 1) throw new TypeError('rate: window or cost is not sound')
  },
  prepare({ params }) {
    return {
      needs: ['token'],
      judge: () => undefined,
      claims: (facts, request) => quotas(params, facts, request),
      watchable: true,
    }
  },
}

function quotas(params: RateParams, { token }: Facts, { match }: JudgedRequest): QuotaClaim[] {
  if (token?.kind !== 'verified') return []
  const { windowSeconds, perClient, perConsent, perSubject, perOperation, burst } = params
  const { clientId, consentId, subject } = token
  const claims: QuotaClaim[] = []
  const add = (policy: string, limit: number | undefined, of: string, window: number): void => {
    if (limit === undefined) return
    // What costs more than there is costs all of it: else it could never be asked for.
    const cost = Math.min(params.cost, limit)
    const key = JSON.stringify([match.api, policy, window, clientId, of])
    claims.push({ kind: 'quota', rule: 'rate', policy, key, limit, windowSeconds: window, cost })
  }
  add('burst', burst, '', 1)
  add('client', perClient, '', windowSeconds)
  if (consentId !== '') add('consent', perConsent, consentId, windowSeconds)
  if (subject !== '') add('customer', perSubject, subject, windowSeconds)
  add('operation', perOperation, match.operation, windowSeconds)
  return claims
}
