/** Control `egress-control`: the compiler closes an API that is not on its list, and the upstream adapter judges each address (`PlanUpstream.egress`). */
import { ALWAYS_PASSES, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'egress.allowlist'> = {
  name: 'egress.allowlist',
  prepare: () => ALWAYS_PASSES,
}
