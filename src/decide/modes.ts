/** When a rule is looked at, and when it refuses: mode, share, kill switch, and the mandate that none of them reaches. */
import type { Facts } from './facts.ts'
import type { PlanRule } from './plan.ts'

/** Whether the rule is evaluated at all. A mandate ignores mode. */
export function runs(rule: PlanRule): boolean {
  return rule.mode !== 'off' || isMandate(rule)
}

/**
 * Whether a failure of the rule refuses this request. A mandate ignores mode, fraction and kill switch, and so does the word of a
 * template that an operation is not served: that is no check that could be watched for a while. A bucket that is no number in
 * 0–9999 counts as inside the fraction.
 */
export function enforces(rule: PlanRule, facts: Facts): boolean {
  if (isMandate(rule)) return true
  if (rule.mode !== 'enforce') return false
  if (facts.observeAll === true && !isRefusal(rule)) return false
  return rule.fraction === undefined || !(facts.bucket >= rule.fraction)
}

/** Whether the rule refuses every request that fails it, whatever its bucket. */
export function alwaysEnforces(rule: PlanRule, facts: Facts): boolean {
  return isMandate(rule) || (rule.fraction === undefined && enforces(rule, facts))
}

function isMandate({ origin }: PlanRule): boolean {
  return origin.level === 'mandate'
}

function isRefusal(rule: PlanRule): boolean {
  return rule.name === 'authz.consent' && rule.params.unmappedBecause !== undefined
}
