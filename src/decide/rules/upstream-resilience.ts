/** Control `fault-isolation`: time-outs and limits are the upstream adapter's, from `PlanUpstream`; there is nothing to judge here. */
import { ALWAYS_PASSES, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'upstream.resilience'> = {
  name: 'upstream.resilience',
  prepare: () => ALWAYS_PASSES,
}
