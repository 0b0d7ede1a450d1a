/**
 * Where events go while the spool fails. Usually nowhere: the caller answers 503. Reads of an API marked `degraded` may go on from a
 * bounded queue in memory, emptied in order as soon as the spool takes one again; what a full queue turns away is a 503 too, so the
 * audit loses nothing unless the process dies. Two notices say that it was at risk: where it began and where it ended, with the count.
 */
import type { EventSink, GatehouseEvent, NoticeEvent } from '../../events/index.ts'
import type { Clock, Scheduler } from '../../lib/index.ts'

export const MAX_HELD_EVENTS = 10_000
/** How often the spool is tried while events wait, also when no request comes. */
const TRY_EVERY_MS = 500

type Done = (failure: Error | undefined) => void

export interface DegradedQueue {
  record(
    event: GatehouseEvent,
    durability: 'strict' | 'buffered',
    mayDegrade: boolean,
    done: Done,
  ): void
  readonly held: number
  /** Resolves when the spool has taken all, or refuses. */
  close(): Promise<void>
}

export function createDegradedQueue(
  sink: EventSink,
  clock: Clock,
  scheduler: Scheduler,
  decisionId: (now: number) => string,
): DegradedQueue {
  const held: GatehouseEvent[] = []
  let draining = false
  /** Monotonic milliseconds; the gap must not change its length with the wall clock. */
  let since = 0
  let count = 0
  let stopTrying = (): void => undefined
  let whenStill: (() => void)[] = []

  function hold(event: GatehouseEvent, failure: Error, done: Done): void {
    if (held.length >= MAX_HELD_EVENTS) return done(failure)
    if (held.length === 0) {
      since = clock.monotonic()
      count = 0
      held.push(gap('events wait in memory because the spool refuses them'))
      stopTrying = scheduler.every(TRY_EVERY_MS, drain)
    }
    count++
    held.push(event)
    done(undefined)
  }

  function gap(detail: string): NoticeEvent {
    const at = clock.now()
    const code = 'GH_AUDIT_UNAVAILABLE'
    return {
      v: 1,
      kind: 'notice',
      id: decisionId(at),
      at,
      what: 'audit-gap',
      api: null,
      code,
      detail,
    }
  }

  /** One at a time and in order; after the last one it is said how many waited, and how long. */
  function drain(): void {
    const [first] = held
    if (first === undefined || draining) return
    draining = true
    sink.append(first, 'buffered', (failure) => {
      draining = false
      if (failure !== undefined) return still()
      held.shift()
      if (held.length > 0) return drain()
      stopTrying()
      const ms = Math.round(clock.monotonic() - since)
      const end = gap(`${count} events waited in memory for up to ${ms} ms; none was lost`)
      sink.append(end, 'buffered', still)
    })
  }

  function still(): void {
    const waiting = whenStill
    whenStill = []
    for (const go of waiting) go()
  }

  return {
    record(event, durability, mayDegrade, done) {
      if (!mayDegrade) return sink.append(event, durability, done)
      if (held.length > 0) {
        // Keep the order: behind those that wait.
        const failure = new Error('the spool is failing and the queue is full')
        queueMicrotask(() => {
          hold(event, failure, done)
          drain()
        })
        return
      }
      sink.append(event, durability, (failure) => {
        if (failure === undefined) done(undefined)
        else hold(event, failure, done)
      })
    },
    get held() {
      return held.length
    },
    async close() {
      if (held.length === 0) return
      const done = new Promise<void>((resolve) => whenStill.push(resolve))
      drain()
      await done
      stopTrying()
    },
  }
}
