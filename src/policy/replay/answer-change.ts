/** Whether a draft would let another part of the bank's answer out. The answer itself is never recorded. */
import type { AccessEvent } from '../../events/index.ts'
import type { Now } from './redecide.ts'
import { ruleNamed } from '../../decide/index.ts'
import { historyOf, type SameRules } from './same-rule.ts'

/** `whole`: it was trimmed, and would not be. */
export type AnswerChange = 'none' | 'whole' | 'unknown'

export function answerChange(event: AccessEvent, now: Now, same: SameRules): AnswerChange {
  const { response } = event
  // Nothing of the bank left past: there is nothing to compare.
  if (response === null || event.outcome === 'failed') return 'none'
  const { past, api, operation } = now
  if (past !== undefined && same.answers(api, operation, past)) {
    const heldBack = response.removedFields + response.removedRows > 0
    if (now.enforcesFields) {
      const was = ruleNamed(past.api, past.operation, 'response.fields')
      // It trimmed past, for every request or for this one at least.
      return heldBack || was === undefined || enforcesAlways(was) ? 'none' : 'unknown'
    }
    // What was held back may be days that stay behind without the rule of fields as well.
    if (heldBack && historyOf(api, operation) !== undefined) return 'unknown'
    return heldBack ? 'whole' : 'none'
  }
  if (historyOf(api, operation) !== undefined) return 'unknown'
  if (now.enforcesFields) return 'unknown'
  return response.removedFields + response.removedRows > 0 ? 'whole' : 'none'
}

function enforcesAlways({
  mode,
  fraction,
  origin,
}: NonNullable<ReturnType<typeof ruleNamed<'response.fields'>>>): boolean {
  return origin.level === 'mandate' || (mode === 'enforce' && fraction === undefined)
}
