/** Control `upstream-trust`: judged when the bank has answered, see `respond.ts`; the request has nothing to do with it. */
import { ALWAYS_PASSES, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'upstream.validation'> = {
  name: 'upstream.validation',
  prepare: () => ALWAYS_PASSES,
}
