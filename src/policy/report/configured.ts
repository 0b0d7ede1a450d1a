/** What posture needs of a policy: which control is configured how, and on how many operations. */
import { type Control, controls } from '../../controls/index.ts'
import type { ConfiguredControl, EffectivePolicy, EffectiveRule } from '../contract.ts'
import { strength } from '../merge/merged-rule.ts'

/** One entry for each control that a rule of the policy enforces or observes; a rule may serve several controls. */
export function configuredControls(
  { api, state, rules, operations }: EffectivePolicy,
  own: readonly Control[] = [],
): readonly ConfiguredControl[] {
  if (state === 'closed') return []
  return rules.flatMap((rule) =>
    controls(own)
      .filter(({ enforce }) => enforce.policyField === rule.rule)
      .map(({ id }) => ({
        api,
        control: id,
        rule: rule.rule,
        ...weakest(rule, operations),
        origin: rule.origin,
        operations: rule.operations,
        of: rule.of,
      })),
  )
}

/** An operation that is let off counts for the whole API: what is not enforced everywhere is not configured. */
function weakest(
  rule: EffectiveRule,
  operations: EffectivePolicy['operations'],
): Pick<EffectiveRule, 'mode' | 'fraction'> {
  const all = [
    rule,
    ...operations.flatMap((one) => one.rules.filter((own) => own.rule === rule.rule)),
  ]
  const least = all.reduce((weak, one) =>
    strength(one.mode, one.fraction) < strength(weak.mode, weak.fraction) ? one : weak,
  )
  return { mode: least.mode, fraction: least.fraction }
}
