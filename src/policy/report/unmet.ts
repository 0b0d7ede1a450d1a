/** Controls that the objectives require, that a gateway can enforce, and that this policy does not: the gaps that configuration can close. */
import { control as controlOf } from '../../controls/index.ts'
import type { Objective } from '../../objectives/index.ts'
import type { EffectivePolicy, EffectiveRule } from '../contract.ts'
import { ruleSpec } from '../rules/vocabulary.ts'

export function unmetControls(
  objective: Objective,
  rules: readonly EffectiveRule[],
  state: EffectivePolicy['state'],
): EffectivePolicy['unmet'] {
  const unmet: EffectivePolicy['unmet'][number][] = []
  for (const { control: id, because } of objective.required) {
    const known = controlOf(id)
    if (known?.evidence.kinds.includes('gateway-config') !== true) continue
    const why = reason(known.enforce.policyField, rules, state)
    if (why === undefined) continue
    const later = ruleSpec(known.enforce.policyField) === undefined
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
  const at = `(${rule.origin.source})`
  if (rule.mode === 'off') return `${field} is off ${at}`
  if (rule.mode === 'observe') return `${field} only observes ${at}`
  if (rule.fraction !== null && rule.fraction < 100)
    return `${field} is enforced for ${rule.fraction} % of requests only ${at}`
  if (state === 'closed') return 'the API is closed, so nothing is enforced or served'
  return rule.operations === 0 ? `no operation carries ${field}` : undefined
}
