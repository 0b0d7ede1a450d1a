/** Control `audit-trail-complete`: every decision becomes an event, which is the gateway's work; there is nothing to judge here. */
import { ALWAYS_PASSES, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'logging.audit'> = {
  name: 'logging.audit',
  prepare: () => ALWAYS_PASSES,
}
