/** Controls that the objectives require, that a gateway can enforce, and that this policy does not: the gaps that configuration can close. */
import { control as controlOf } from '../../controls/index.ts'
import type { Objective } from '../../objectives/index.ts'
import type { EffectivePolicy, EffectiveRule } from '../contract.ts'
import { ruleSpec } from '../rules/vocabulary.ts'

export function unmetControls(
  objective: Objective,
  rules: readonly EffectiveRule[],
  operations: EffectivePolicy['operations'],
  state: EffectivePolicy['state'],
): EffectivePolicy['unmet'] {
  const unmet: EffectivePolicy['unmet'][number][] = []
  for (const { control: id, because } of objective.required) {
    const known = controlOf(id, objective.ownControls)
    if (known?.evidence.kinds.includes('gateway-config') !== true) continue
    const { policyField } = known.enforce
    const why = reason(policyField, rules, state) ?? exception(policyField, operations)
    if (why === undefined) continue
    const later = ruleSpec(policyField) === undefined
    unmet.push({ control: id, because, why, ...(later ? { later } : {}) })
  }
  return unmet
}

function reason(
  field: string,
  rules: readonly EffectiveRule[],
  state: EffectivePolicy['state'],
): string | undefined {
  if (ruleSpec(field) === undefined) return `no rule of this version enforces ${field}`
  const rule = rules.find((one) => one.rule === field)
  if (rule === undefined) return `the template has no rule ${field}`
  const weak = weakness(rule)
  if (weak !== undefined) return weak
  if (state === 'closed') return 'the API is closed, so nothing is enforced or served'
  return rule.operations === 0 ? `no operation carries ${field}` : undefined
}

/** An operation for which the rule is weaker than the API's. */
function exception(field: string, operations: EffectivePolicy['operations']): string | undefined {
  for (const { operation, rules } of operations) {
    const rule = rules.find((one) => one.rule === field)
    const weak = rule === undefined ? undefined : weakness(rule)
    if (weak !== undefined) return `on ${operation}, ${weak}`
  }
  return undefined
}

function weakness({ rule, mode, fraction, origin, weakened }: EffectiveRule): string | undefined {
  const at = `(${origin.source})`
  if (mode === 'off') return `${rule} is off ${at}`
  if (mode === 'observe') return `${rule} only observes ${at}`
  if (fraction !== null && fraction < 100)
    return `${rule} is enforced for ${fraction} % of requests only ${at}`
  const alone = weakened.find(({ approvedBy }) => approvedBy === null)
  return alone === undefined
    ? undefined
    : `${alone.what} is looser than the levels above, and no second person approved it (${alone.source})`
}
