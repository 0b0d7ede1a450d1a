import type { Facts } from './facts.ts'
import type { PlanRule } from './plan.ts'

/** Whether the rule is evaluated at all. A mandate ignores mode. */
export function runs(rule: PlanRule): boolean {
  return rule.mode !== 'off' || rule.origin.level === 'mandate'
}

/**
 * Whether a failure of the rule refuses this request. A mandate ignores mode and fraction; a bucket that is no number in 0–9999
 * counts as inside the fraction.
 */
export function enforces(rule: PlanRule, facts: Facts): boolean {
  if (rule.origin.level === 'mandate') return true
  if (rule.mode !== 'enforce') return false
  return rule.fraction === undefined || !(facts.bucket >= rule.fraction)
}

/** Whether the rule refuses every request that fails it, whatever the facts. */
export function alwaysEnforces(rule: PlanRule): boolean {
  return rule.origin.level === 'mandate' || (rule.mode === 'enforce' && rule.fraction === undefined)
}
