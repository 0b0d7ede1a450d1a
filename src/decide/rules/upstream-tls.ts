/** Control `workload-identity`: the compiler closes an API whose upstream is not as asked, so there is nothing to judge here. */
import { ALWAYS_PASSES, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'upstream.tls'> = {
  name: 'upstream.tls',
  prepare: () => ALWAYS_PASSES,
}
