/** What is looked for in a body of the bank beside what may leave of it: that it is what was promised, and that an error tells nothing. */
import type { ErrorCode } from '../lib/index.ts'
import type { AnswerContent } from './answer.ts'
import type { Facts } from './facts.ts'
import { leakInJson } from './leaks.ts'
import { enforces } from './modes.ts'
import type { PlanRule, RuleOf } from './plan.ts'
import type { Applied, Observed, RuleFailure, Withheld } from './verdict.ts'

/** An observation or a refusal, as the rule is in force for this request. */
export function answerFailure(
  rule: PlanRule,
  facts: Facts,
  code: ErrorCode,
  detail: string,
): RuleFailure {
  const effect = enforces(rule, facts) ? 'denied' : 'observed'
  return { rule: rule.name, control: rule.control, code, effect, detail }
}

export function withheld(failure: RuleFailure, status?: number): Withheld {
  return { ok: false, reason: 'withheld', failure, ...(status !== undefined && { status }) }
}

/** Control `upstream-trust`: whether the text is what its schema says. Names the place and the keyword, never a value. */
export function contractFailure(
  rule: RuleOf<'upstream.validation'>,
  content: AnswerContent,
  facts: Facts,
  text: string,
): RuleFailure | undefined {
  const judged = content.validate?.(text)
  if (judged === undefined || judged.ok) return undefined
  const detail = `body${judged.at} is not what its schema says: ${judged.reason}`
  return answerFailure(rule, facts, 'GH_GATEWAY_RESPONSE_INVALID', detail)
}

/**
 * Why an error that could leave, as far as its schema declares it, must not: it is not the error that was declared, or it tells of the
 * inside of the bank. `text` is what would leave.
 */
export function errorFault(content: AnswerContent, text: string): string | undefined {
  const leak = leakInJson(text)
  if (leak !== undefined) return `the error holds ${leak}`
  const judged = content.validate?.(text)
  return judged === undefined || judged.ok
    ? undefined
    : `the error is not what its schema says: ${judged.reason}`
}

/** An outcome with what was observed on the way to it. */
export function observing(applied: Applied, observed: Observed): Applied {
  return !applied.ok && applied.reason === 'withheld' ? applied : { ...applied, observed }
}
