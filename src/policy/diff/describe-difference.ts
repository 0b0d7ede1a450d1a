import type { PlanDifference } from './diff-plans.ts'

/** One line for a person; what becomes looser says so first. */
export function describeDifference(difference: PlanDifference): string {
  switch (difference.kind) {
    case 'api-added':
      return `+ ${difference.api}: new`
    case 'api-removed':
      return `- ${difference.api}: no longer served`
    case 'api-closed':
      return `! ${difference.api}: closed, answers 503 (${difference.reason})`
    case 'api-reopened':
      return `+ ${difference.api}: served again`
    case 'api-changed':
      return `~ ${difference.api}: ${difference.what} ${difference.before || '(none)'} → ${difference.after || '(none)'}`
    case 'operation-added':
      return `+ ${difference.api}: operation ${difference.operation}`
    case 'operation-removed':
      return `- ${difference.api}: operation ${difference.operation}`
    case 'rule-added':
      return `+ ${difference.api}: ${difference.rule} on ${some(difference.operations)} (tighter)`
    case 'rule-removed':
      return `- ${difference.api}: ${difference.rule} on ${some(difference.operations)} (LOOSER)`
    case 'rule-mode':
      return `~ ${difference.api}: ${difference.rule} ${difference.before} → ${difference.after} on ${some(difference.operations)} (${loud(difference.effect)})`
    case 'rule-params':
      return `~ ${difference.api}: ${difference.rule} ${difference.param} ${difference.before} → ${difference.after} on ${some(difference.operations)} (${loud(difference.effect)})`
    case 'issuers-changed':
      return `~ issuers ${difference.before.join(', ') || '(none)'} → ${difference.after.join(', ') || '(none)'}`
    default:
      return difference satisfies never
  }
}

function loud(effect: 'tighter' | 'looser' | 'changed'): string {
  return effect === 'looser' ? 'LOOSER' : effect
}

function some(operations: readonly string[]): string {
  return operations.length <= 3
    ? operations.join(', ')
    : `${operations.slice(0, 2).join(', ')} and ${operations.length - 2} more`
}
