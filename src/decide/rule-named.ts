import type { Facts } from './facts.ts'
import { alwaysEnforces } from './modes.ts'
import type { ActiveApi, PlanOperation, RuleName, RuleOf } from './plan.ts'

/** The operation's instance of a rule, if it has one. */
export function ruleNamed<N extends RuleName>(
  api: ActiveApi,
  operation: PlanOperation,
  name: N,
): RuleOf<N> | undefined {
  for (const index of operation.rules) {
    const rule = api.rules[index]
    if (rule?.name === name) return rule as RuleOf<N> // sound: `name` tells the members of the union apart
  }
  return undefined
}

/** Whether a rule of this name refuses whatever fails it; asked once per operation, answered for each request. */
export function sureOf(
  api: ActiveApi,
  operation: PlanOperation,
  name: RuleName,
): (facts: Facts) => boolean {
  const rule = ruleNamed(api, operation, name)
  return rule === undefined ? () => false : (facts) => alwaysEnforces(rule, facts)
}
