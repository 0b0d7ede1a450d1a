/** One line of a checklist: something sent, and what must come back. */
import assert from 'node:assert/strict'

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}
/** `201`, or `400 invalid_grant`; several where a standard leaves the choice. */
export function assertAnswer(
  answer: Answer,
  wanted: string | readonly string[],
  what: string,
): void {
  const { error } = answer.body
  const got = `${answer.status}${typeof error === 'string' ? ` ${error}` : ''}`
  const list = typeof wanted === 'string' ? [wanted] : wanted
  assert.ok(list.includes(got), `${what}: ${got}, wanted ${list.join(' or ')}`)
  // What went wrong is said, and nothing of the server.
  assert.doesNotMatch(JSON.stringify(answer.body), /stack|node_modules|\.ts:|GH_STORE/, what)
}
