/** What posture needs of a policy: which control is configured how, and on how many operations. */
import { controls } from '../../controls/index.ts'
import type { ConfiguredControl, EffectivePolicy } from '../contract.ts'

/** One entry for each control that a rule of the policy enforces or observes; a rule may serve several controls. */
export function configuredControls({
  api,
  state,
  rules,
}: EffectivePolicy): readonly ConfiguredControl[] {
  if (state === 'closed') return []
  return rules.flatMap((rule) =>
    controls()
      .filter(({ enforce }) => enforce.policyField === rule.rule)
      .map(({ id }) => ({
        api,
        control: id,
        rule: rule.rule,
        mode: rule.mode,
        fraction: rule.fraction,
        origin: rule.origin,
        operations: rule.operations,
        of: rule.of,
      })),
  )
}
