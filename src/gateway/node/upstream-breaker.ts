/**
 * Stops asking a bank API that does not answer. What counts is that nothing came through: no connection, no answer in time, no HTTP, or a 502, 503 or
 * 504 of something before the API. Its other errors do not, or whoever finds a request that fails could close the API for all; and one
 * success among the failures shows that it lives.
 */
import type { PlanUpstream } from '../../decide/index.ts'
import type { Scheduler } from '../../lib/index.ts'

export type BreakerPlan = NonNullable<PlanUpstream['breaker']>

export interface Breaker {
  /** Whether a request may go; whoever is let through says how it ended, by one of the other three. */
  admits(): boolean
  heard(status: number): void
  failed(): void
  /** Nobody knows: the client left first. */
  left(): void
}

const BEFORE_THE_API = new Set([502, 503, 504])

export const ALWAYS_ADMITS: Breaker = {
  admits: () => true,
  heard: () => undefined,
  failed: () => undefined,
  left: () => undefined,
}

/** `changed` is told when requests are held back (`true`), and when they go again. */
export function createBreaker(
  plan: BreakerPlan,
  scheduler: Scheduler,
  changed: (suspended: boolean) => void,
): Breaker {
  let state: 'closed' | 'open' | 'trying' = 'closed'
  let failures = 0
  /** While it is tried, one request is on its way and all others are held back. */
  let onTheWay = false
  let cancel: (() => void) | undefined

  function open(): void {
    if (state === 'closed') changed(true)
    state = 'open'
    onTheWay = false
    cancel?.()
    cancel = scheduler.after(plan.openMs, () => {
      state = 'trying'
    })
  }

  function failed(): void {
    failures++
    // Answers to requests of before it opened tell nothing new.
    if (state === 'trying' || (state === 'closed' && failures >= plan.failures)) open()
  }

  return {
    admits() {
      if (state === 'closed') return true
      if (state === 'open' || onTheWay) return false
      onTheWay = true
      return true
    },
    heard(status) {
      if (BEFORE_THE_API.has(status)) return failed()
      failures = 0
      if (state === 'closed') return
      // An old request that was answered after all is as good a sign as the one that tries.
      state = 'closed'
      onTheWay = false
      cancel?.()
      changed(false)
    },
    failed,
    left() {
      onTheWay = false
    },
  }
}
