/**
 * Answers whose specification declares a signature leave with one (control `message-signing`): the bank's own where the body is the one
 * that it signed, the gateway's otherwise. Which it is shows once the body has been projected; here it is said that one is needed.
 */
import { type Answer, answerFor } from './answer.ts'
import type { RuleOf } from './plan.ts'
import type { Responder } from './respond.ts'

/** `respond` does not see the field, so that a body which the bank signed may be trimmed: what it signed no longer leaves. */
export function signedAnswers(
  respond: Responder,
  answers: ReadonlyMap<string, Answer>,
  rule: RuleOf<'request.signature'> | undefined,
): Responder {
  const header = rule === undefined ? undefined : signedHeader(rule)
  if (header === undefined) return respond
  return (facts, head) => {
    if (answerFor(answers, head.status)?.headers.has(header) !== true) return respond(facts, head)
    const byBank = head.headers.includes(header)
    const others = byBank ? head.headers.filter((name) => name !== header) : head.headers
    const made = respond(facts, { ...head, headers: others })
    if (made.kind !== 'pass' && made.kind !== 'project') return made
    const encoded = !['', 'identity'].includes(head.contentEncoding.toLowerCase())
    if (encoded && !byBank)
      return {
        kind: 'refuse',
        code: 'GH_GATEWAY_RESPONSE_REFUSED',
        reason: 'the body is encoded, so it cannot be signed',
      }
    return { ...made, sign: { header, byBank } }
  }
}

/**
 * The field that answers are signed in. A rule that only watches signs nothing; a share or the kill switch makes no difference, because a
 * signature refuses nobody.
 */
export function signedHeader({
  mode,
  origin,
  params,
}: RuleOf<'request.signature'>): string | undefined {
  return mode === 'enforce' || origin.level === 'mandate' ? params.answers?.header : undefined
}
