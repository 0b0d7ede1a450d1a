/**
 * Publishes what the store keeps for gateways: consents, clients, in one order. It looks four times a second; each look that read everything is a
 * heartbeat. When the database does not answer there is none: the age grows, and the gateway denies.
 */
import type { Change, Feed, FeedSubscriber } from '../../feed/index.ts'
import { type Clock, type JsonValue, type Scheduler, singleFlight } from '../../lib/index.ts'
import type { Store } from '../unit.ts'
import { changesAfter, changesNow, type StoredChange } from './units.ts'

export interface StoreFeedOptions {
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
}
export interface StoreFeed extends Feed {
  /** Looks at once; resolves when what was committed before is published, or could not be read. */
  refresh(): Promise<void>
  close(): void
}

const LOOK_EVERY_MS = 250
/** Changes in one unit, so that a look holds nobody else up. */
const AT_ONCE = 1_000

/** Those of this process, by their store: whoever changed something here need not wait for the next look. */
const open = new WeakMap<Store, Set<() => Promise<void>>>()
/** Resolves when the gateways of this process know what was committed before, or could not read it. */
export async function refreshFeeds(store: Store): Promise<void> {
  await Promise.all([...(open.get(store) ?? [])].map((refresh) => refresh()))
}

export function openStoreFeed({ store, clock, scheduler }: StoreFeedOptions): StoreFeed {
  /** With the place up to which each has been told. */
  const subscribers = new Map<FeedSubscriber, number>()
  let heardAt: number | undefined
  let closed = false

  async function look(): Promise<void> {
    // The time before looking: what is committed meanwhile counts as not yet seen.
    const at = clock.now()
    for (;;) {
      if (closed || subscribers.size === 0) return
      const seq = Math.min(...subscribers.values())
      const changes = await store.run(changesAfter, { seq, limit: AT_ONCE })
      for (const one of changes) tell(readChange(one))
      if (changes.length < AT_ONCE) break
    }
    if (closed) return
    heardAt = at
    for (const subscriber of subscribers.keys()) subscriber.heartbeat(at)
  }
  function tell(change: Change): void {
    for (const [subscriber, place] of subscribers)
      if (change.seq > place) {
        subscribers.set(subscriber, change.seq)
        subscriber.change(change)
      }
  }
  // A store that fails is a heartbeat that is missing.
  const flight = singleFlight(() => look().catch(() => undefined))

  async function load(each: (change: Change) => void): Promise<number> {
    let from: number | undefined
    let after: StoredChange | null = null
    const at = clock.now()
    try {
      for (;;) {
        const page: Page = await store.run(changesNow, { after, limit: AT_ONCE })
        // The first page's: what is changed while the others are read comes again as a change.
        from ??= page.place
        for (const one of page.changes) each(readChange(one))
        after = page.changes.at(-1) ?? null
        if (page.changes.length === AT_ONCE) continue
        heardAt = at
        return from
      }
    } catch {
      return 0 // from the beginning, as soon as the store is there
    }
  }

  const stop = scheduler.every(LOOK_EVERY_MS, () => void flight.start())
  const refresh = (): Promise<void> => flight.next()
  open.set(store, (open.get(store) ?? new Set()).add(refresh))
  return {
    load,
    async snapshot() {
      const changes: Change[] = []
      return { seq: await load((change) => changes.push(change)), changes }
    },
    subscribe(fromSeq, subscriber) {
      subscribers.set(subscriber, fromSeq)
      if (heardAt !== undefined) subscriber.heartbeat(heardAt)
      void flight.start()
      return () => subscribers.delete(subscriber)
    },
    refresh,
    close() {
      closed = true
      open.get(store)?.delete(refresh)
      stop()
    },
  }
}

interface Page {
  readonly place: number
  readonly changes: readonly StoredChange[]
}

function readChange({ kind, key, value, seq, at }: StoredChange): Change {
  // Sound: `keepChange` is given JSON.
  return { seq, at, kind, key, value: value === null ? null : (JSON.parse(value) as JsonValue) }
}
