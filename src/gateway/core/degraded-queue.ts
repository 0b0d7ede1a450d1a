/**
 * Where events go while the spool fails. Usually nowhere: the caller answers 503. Reads of an API marked `degraded` may go on from a
 * bounded queue in memory, emptied in order as soon as the spool takes one again; what a full queue turns away is a 503 too, so the
 * audit loses nothing unless the process dies, and a notice says that it was at risk.
 */
import type { EventSink, GatehouseEvent } from '../../events/index.ts'
import type { Clock } from '../../lib/index.ts'

export const MAX_HELD_EVENTS = 10_000

type Done = (failure: Error | undefined) => void

export interface DegradedQueue {
  record(
    event: GatehouseEvent,
    durability: 'strict' | 'buffered',
    mayDegrade: boolean,
    done: Done,
  ): void
  readonly held: number
}

export function createDegradedQueue(
  sink: EventSink,
  clock: Clock,
  decisionId: (now: number) => string,
): DegradedQueue {
  const held: GatehouseEvent[] = []
  let draining = false
  let since = 0

  function hold(event: GatehouseEvent, failure: Error, done: Done): void {
    if (held.length >= MAX_HELD_EVENTS) return done(failure)
    if (held.length === 0) since = clock.now()
    held.push(event)
    done(undefined)
  }

  /** One at a time and in order; the first that is taken again also says how long the gap was. */
  function drain(): void {
    const [first] = held
    if (first === undefined || draining) return
    draining = true
    sink.append(first, 'buffered', (failure) => {
      draining = false
      if (failure !== undefined) return
      held.shift()
      if (held.length > 0) return drain()
      const at = clock.now()
      const detail = `events waited in memory for ${at - since} ms because the spool refused them; none was lost`
      sink.append(
        {
          v: 1,
          kind: 'notice',
          id: decisionId(at),
          at,
          what: 'audit-gap',
          api: null,
          code: 'GH_EVENTS_SPOOL_FAILED',
          detail,
        },
        'buffered',
        () => {},
      )
    })
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
  }
}
