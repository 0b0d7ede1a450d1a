/**
 * Control `response-minimisation`: judged when the bank has answered, see `respond.ts`. Before that it only sees to it that the
 * consent is known, if what leaves depends on one.
 */
import { feedLimitMs, feedStale } from '../feed-age.ts'
import type { ResponseFieldsParams } from '../plan.ts'
import { ALWAYS_PASSES, type RuleKind } from '../rule.ts'
import { prepareSelector } from '../selection.ts'

export const rule: RuleKind<'response.fields'> = {
  name: 'response.fields',
  sound: ({ params }) => void prepareSelector(params),
  prepare({ params }, context) {
    const limitMs = feedLimitMs(context)
    if (!dependsOnConsent(params)) return ALWAYS_PASSES
    return {
      needs: ['token', 'consent'],
      judge: (facts) => feedStale(facts, limitMs),
    }
  },
}

export function dependsOnConsent(params: ResponseFieldsParams): boolean {
  return params.unless.length > 0 || params.rows.length > 0
}
