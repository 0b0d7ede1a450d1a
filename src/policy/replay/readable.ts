/** Whether an event has the members that every decision is counted by. Its chain was verified; who wrote it may still have erred. */
import type { AccessEvent } from '../../events/index.ts'

const OUTCOMES: ReadonlySet<unknown> = new Set<AccessEvent['outcome']>([
  'allowed',
  'trimmed',
  'denied',
  'failed',
])

export function isReadable(event: AccessEvent): boolean {
  const { id, at, api, operation, route, plan, client, outcome, code, failed, ran, method } = event
  return (
    isText(id) &&
    isText(plan) &&
    isText(method) &&
    [api, operation, route, client, code].every((one: unknown) => one === null || isText(one)) &&
    // Within what a date can be: ECMA-262 §21.4.1.1.
    Number.isFinite(at) &&
    Math.abs(at) <= 8.64e15 &&
    Number.isInteger(ran) &&
    OUTCOMES.has(outcome) &&
    Array.isArray(failed) &&
    failed.every(isFailure) &&
    isObjectOrNull(event.facts) &&
    isObjectOrNull(event.response)
  )
}

function isFailure(one: unknown): boolean {
  return (
    typeof one === 'object' &&
    one !== null &&
    'rule' in one &&
    isText(one.rule) &&
    'code' in one &&
    isText(one.code) &&
    'effect' in one &&
    isText(one.effect) &&
    'detail' in one &&
    isText(one.detail)
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isObjectOrNull(value: unknown): boolean {
  return value === null || (typeof value === 'object' && !Array.isArray(value))
}
