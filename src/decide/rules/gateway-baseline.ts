/** Control `gateway-hardening`: what every request is held to is in the kernel; this is about who may read answers in a browser, see `preflight.ts`. */
import { ALWAYS_PASSES, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'gateway.baseline'> = {
  name: 'gateway.baseline',
  prepare: () => ALWAYS_PASSES,
}
