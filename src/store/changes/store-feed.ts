/**
 * Publishes what the store keeps for gateways. It looks four times a second; each look that read everything is a heartbeat. When the database
 * does not answer there is none: the age grows, and the gateway denies.
 */
import { changeLog, type Feed } from '../../feed/index.ts'
import type { Clock, JsonValue, Scheduler } from '../../lib/index.ts'
import type { Store } from '../unit.ts'
import { changesAfter } from './units.ts'

export interface StoreFeedOptions {
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
}
export interface StoreFeed extends Feed {
  /** Looks at once; resolves when what was committed before is published. */
  refresh(): Promise<void>
  close(): void
}

const LOOK_EVERY_MS = 250
/** Changes in one unit, so that a look holds nobody else up. */
const AT_ONCE = 1_000

export function openStoreFeed({ store, clock, scheduler }: StoreFeedOptions): StoreFeed {
  const log = changeLog()
  let read = 0
  let looking: Promise<void> | undefined
  let closed = false

  async function look(): Promise<void> {
    for (;;) {
      // The time before looking: what is committed meanwhile counts as not yet seen.
      const at = clock.now()
      const changes = await store.run(changesAfter, { seq: read, limit: AT_ONCE })
      if (closed) return
      for (const { kind, key, value, seq, at: changed } of changes) {
        // Sound: `keepChange` is given JSON.
        log.publish(changed, kind, key, value === null ? null : (JSON.parse(value) as JsonValue))
        read = seq
      }
      if (changes.length === AT_ONCE) continue
      log.heartbeat(at)
      return
    }
  }
  /** One look at a time; a store that fails is a heartbeat that is missing. */
  function start(): Promise<void> {
    looking ??= look()
      .catch(() => undefined)
      .finally(() => {
        looking = undefined
      })
    return looking
  }

  const first = start()
  const stop = scheduler.every(LOOK_EVERY_MS, () => void start())
  return {
    async snapshot() {
      await first
      return log.snapshot()
    },
    subscribe: log.subscribe,
    async refresh() {
      await looking
      await start()
    },
    close() {
      closed = true
      stop()
    },
  }
}
