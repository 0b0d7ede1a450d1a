/**
 * An exception: a named person accepts, until a date, that a control is not met (model: 23 NYCRR 500.12(b), approved in writing and
 * reviewed). It is for one control of one API; it ends by itself; it is shown beside the met figure, never inside.
 */
import type { ControlId } from '../lib/index.ts'
import type { Objective } from '../objectives/index.ts'
import { CLOCK_SKEW_MS, DAY_MS } from './evidence.ts'

export interface ControlException {
  readonly id: string
  readonly api: string
  readonly control: ControlId
  readonly reason: string
  /** What limits the harm meanwhile. */
  readonly compensatingControl: string
  readonly owner: string
  readonly approver: string
  /** Milliseconds since the epoch. */
  readonly approvedAt: number
  readonly endsAt: number
}

const MIN_REASON_CHARACTERS = 20

/** Why the exception does not count now, or `null` when it does. An exception that says too little never counts. */
export function whyNotInForce(
  exception: ControlException,
  objective: Objective,
  now: number,
): string | null {
  const { reason, compensatingControl, owner, approver, approvedAt, endsAt } = exception
  if (reason.trim().length < MIN_REASON_CHARACTERS)
    return `its reason has fewer than ${MIN_REASON_CHARACTERS} characters`
  if (compensatingControl.trim() === '') return 'it names no compensating control'
  if (person(owner) === '' || person(approver) === '') return 'it needs an owner and an approver'
  if (person(owner) === person(approver)) return 'its owner approved it'
  if (!(approvedAt <= now + CLOCK_SKEW_MS)) return 'its approval lies ahead'
  const days = objective.protection['exceptionMaxDays'] ?? 0
  if (!(endsAt - approvedAt <= days * DAY_MS)) return `it runs for more than ${days} days`
  if (!(now < endsAt)) return 'it has ended'
  return null
}

/** One person written in two ways is still one person. */
function person(name: string): string {
  return name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()
}
