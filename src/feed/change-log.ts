/** The log of one publisher, in memory: numbers the changes, keeps the newest, and tells subscribers. */
import type { JsonValue } from '../lib/index.ts'
import type { Change, ChangeKind, FeedSubscriber } from './change.ts'

const KEPT = 10_000

export interface ChangeLog {
  readonly seq: number
  publish(at: number, kind: ChangeKind, key: string, value: JsonValue): void
  heartbeat(at: number): void
  /** What counts now, one change per key, in the order of their numbers. */
  snapshot(): { readonly seq: number; readonly changes: readonly Change[] }
  /** @throws RangeError (so long ago that a new snapshot is needed) */
  subscribe(fromSeq: number, subscriber: FeedSubscriber): () => void
}

export function changeLog(): ChangeLog {
  let seq = 0
  let lastHeartbeat: number | undefined
  let recent: Change[] = []
  const current = new Map<string, Change>()
  const subscribers = new Set<FeedSubscriber>()

  return {
    get seq() {
      return seq
    },
    publish(at, kind, key, value) {
      const change: Change = { seq: ++seq, at, kind, key, value }
      const name = `${kind}\0${key}`
      current.delete(name) // so that the order of the map is the order of the numbers
      if (value !== null) current.set(name, change)
      recent.push(change)
      if (recent.length > 2 * KEPT) recent = recent.slice(-KEPT)
      for (const subscriber of subscribers) subscriber.change(change)
    },
    heartbeat(at) {
      lastHeartbeat = at
      for (const subscriber of subscribers) subscriber.heartbeat(at)
    },
    snapshot: () => ({ seq, changes: [...current.values()] }),
    subscribe(fromSeq, subscriber) {
      if (fromSeq > seq || fromSeq < seq - recent.length)
        throw new RangeError(`changes after ${fromSeq} are not kept; take a new snapshot`)
      for (const change of recent) if (change.seq > fromSeq) subscriber.change(change)
      if (lastHeartbeat !== undefined) subscriber.heartbeat(lastHeartbeat)
      subscribers.add(subscriber)
      return () => subscribers.delete(subscriber)
    },
  }
}
