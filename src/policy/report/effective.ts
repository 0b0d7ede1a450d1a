/** The policy of one API as a person reads it: every rule, its mode, who had the last word on what, and what is still missing. */
import type { ActiveApi, PlanOperation, RuleName } from '../../decide/index.ts'
import type { CompiledApi } from '../compile/compile-api.ts'
import { originIn } from '../compile/operation-rules.ts'
import type {
  ApiPolicySource,
  EffectiveParam,
  EffectivePolicy,
  EffectiveRule,
} from '../contract.ts'
import { type MergedRule, type MergedRules, strength } from '../merge/merged-rule.ts'
import { showBound } from '../rules/bounds.ts'
import { ruleSpec } from '../rules/vocabulary.ts'
import { summarise } from './summary.ts'
import { unmetControls } from './unmet.ts'

type Compiled = CompiledApi & { readonly source: ApiPolicySource }

export function effectivePolicy(compiled: Compiled): EffectivePolicy {
  const { source, api, template, rules, ofOperations } = compiled
  const active = api.state === 'active' ? api : undefined
  const effective = [...rules.values()].map((rule) =>
    effectiveRule(rule, source, active, active?.operations.length ?? 0),
  )
  const operations = [...ofOperations].map(([operation, own]) => ({
    operation,
    rules: [...own.values()]
      .filter((rule) => differs(rule, rules))
      .map((rule) => effectiveRule(rule, source, active && only(active, operation), 1)),
  }))
  return {
    api: source.name,
    state: api.state,
    template:
      template === undefined
        ? source.template
        : `${template.document.name}@${template.document.version}`,
    class: source.class?.name ?? null,
    rules: effective,
    operations,
    unmet: unmetControls(source.objective, effective, operations, api.state),
  }
}

function effectiveRule(
  rule: MergedRule,
  source: ApiPolicySource,
  active: ActiveApi | undefined,
  of: number,
): EffectiveRule {
  const tokenMaxSeconds = source.objective.protection['accessTokenMaxSeconds'] ?? null
  return {
    rule: rule.rule,
    control: ruleSpec(rule.rule)?.control ?? rule.rule,
    mode: rule.mode,
    fraction: rule.fraction,
    // The objective knows better when it lowered a number.
    origin: originIn(rule, { tokenMaxSeconds }),
    summary: summarise(rule, source, active),
    params: [...rule.params.keys()].map((name) => effectiveParam(rule, name)),
    weakened: [...rule.weakened.values()].map(({ what, origin, approvedBy }) => ({
      what,
      source: origin.source,
      approvedBy,
    })),
    operations: active === undefined ? 0 : carriers(active, rule),
    of,
  }
}

function effectiveParam(
  { rule, params, paramOrigins, limits }: MergedRule,
  name: string,
): EffectiveParam {
  const kind = ruleSpec(rule)?.params.get(name)?.kind
  const value = params.get(name) ?? null
  const origin = paramOrigins.get(name)
  const limit = limits.params.get(name)
  const elsewhere =
    limit !== undefined &&
    (limit.least !== null ||
      (limit.loosest !== null && JSON.stringify(limit.loosest) !== JSON.stringify(value)))
  return {
    name,
    value,
    ...(origin === undefined ? {} : { origin }),
    ...(elsewhere && kind !== undefined ? { bound: showBound(limit, kind) } : {}),
  }
}

/** What an operation states itself, or what was completed for it. */
function differs(rule: MergedRule, above: MergedRules): boolean {
  const upper = above.get(rule.rule)
  return (
    upper === undefined ||
    upper.mode !== rule.mode ||
    upper.fraction !== rule.fraction ||
    [...rule.params].some(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(upper.params.get(name)),
    )
  )
}

/** The API as if it had this operation only. */
function only(api: ActiveApi, id: string): ActiveApi {
  const operations = api.operations.filter((operation) => operation.id === id)
  return { ...api, operations, rules: rulesIn(api, operations) }
}

function rulesIn(api: ActiveApi, operations: readonly PlanOperation[]): ActiveApi['rules'] {
  const used = new Set(operations.flatMap(({ rules }) => rules))
  // The places stay: operations refer to them by index.
  return api.rules.map((rule, index) => (used.has(index) ? rule : { ...rule, mode: 'off' }))
}

/** Operations on which the rule is at least as strong as here. */
function carriers({ operations, rules }: ActiveApi, { rule: name, ...merged }: MergedRule): number {
  const least = merged.mandated ? 0 : strength(merged.mode, merged.fraction)
  return operations.filter(({ rules: indexes }) =>
    indexes.some((index) => {
      const rule = rules[index]
      return isRule(rule, name) && strength(rule.mode, percent(rule.fraction)) >= least - 1e-4
    }),
  ).length
}

function isRule(
  rule: ActiveApi['rules'][number] | undefined,
  name: RuleName,
): rule is ActiveApi['rules'][number] {
  return rule?.name === name
}

function percent(fraction: number | undefined): number | null {
  return fraction === undefined ? null : fraction / 100
}
