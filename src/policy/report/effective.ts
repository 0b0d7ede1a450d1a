/** The policy of one API as a person reads it: every rule, its mode, who had the last word, and what is still missing. */
import type { ActiveApi, RuleName } from '../../decide/index.ts'
import type { CompiledApi } from '../compile/compile-api.ts'
import type { ApiPolicySource, EffectivePolicy, EffectiveRule } from '../contract.ts'
import { ruleSpec } from '../rules/vocabulary.ts'
import { summarise } from './summary.ts'
import { unmetControls } from './unmet.ts'

export function effectivePolicy({
  source,
  api,
  template,
  rules,
}: CompiledApi & { readonly source: ApiPolicySource }): EffectivePolicy {
  const active = api.state === 'active' ? api : undefined
  const effective = [...rules.values()].map((rule): EffectiveRule => {
    const { mode, fraction } = rule
    // The plan knows better when something above the templates lowered a number.
    const origin = active?.rules.find(({ name }) => name === rule.rule)?.origin ?? rule.origin
    return {
      rule: rule.rule,
      control: ruleSpec(rule.rule)?.control ?? rule.rule,
      mode,
      fraction,
      origin,
      summary: summarise(rule, source, active),
      operations: active === undefined ? 0 : carriers(active, rule.rule),
      of: active?.operations.length ?? 0,
    }
  })
  return {
    api: source.name,
    state: api.state,
    template:
      template === undefined
        ? source.template
        : `${template.document.name}@${template.document.version}`,
    rules: effective,
    unmet: unmetControls(source.objective, effective, api.state),
  }
}

function carriers({ operations, rules }: ActiveApi, name: RuleName): number {
  return operations.filter(({ rules: indexes }) =>
    indexes.some((index) => rules[index]?.name === name),
  ).length
}
