/**
 * What an instance says of itself to the store: its APIs, and what is configured. Said at the start and again every hour. A database that is
 * away is no reason not to start: requests need none. It is asked again until it answers, and whoever listens is told of both.
 */
import { GatehouseError, type Scheduler } from '../lib/index.ts'

/** Well before the shortest life of such evidence, a day. */
const EVERY_MS = 3_600_000
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000
/** The store is sound, but not now. */
const PASSING = new Set(['GH_STORE_UNAVAILABLE', 'GH_STORE_BUSY', 'GH_STORE_IN_DOUBT'])

export interface StoreEvidence {
  /** Says it at once, because it is something else now. Never rejects: a failure is told and tried again. */
  sayNow(): Promise<void>
  /** The store does not know it yet. */
  readonly failing: boolean
  stop(): void
}

/** Resolves when it was said once, or has to wait for the store. @throws whatever `say` throws the first time and will not pass */
export async function keepEvidence({
  say,
  scheduler,
  behind,
}: {
  readonly say: () => Promise<void>
  readonly scheduler: Scheduler
  /** Told once when it begins to fail, and once (`undefined`) when it goes well again. */
  readonly behind: (failure: unknown) => void
}): Promise<StoreEvidence> {
  let stopped = false
  let cancel = (): void => undefined
  let failing = false
  let retryMs = FIRST_RETRY_MS

  const again = async (): Promise<void> => {
    try {
      await say()
      if (failing) behind(undefined)
      failing = false
      retryMs = FIRST_RETRY_MS
      plan(EVERY_MS)
    } catch (error) {
      if (!failing) behind(error)
      failing = true
      plan(retryMs)
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)
    }
  }
  const plan = (ms: number): void => {
    if (!stopped) cancel = scheduler.after(ms, () => void again())
  }

  try {
    await say()
    plan(EVERY_MS)
  } catch (error) {
    if (!(error instanceof GatehouseError) || !PASSING.has(error.code)) throw error
    behind(error)
    failing = true
    plan(retryMs)
    retryMs *= 2
  }
  return {
    sayNow() {
      cancel()
      return again()
    },
    get failing() {
      return failing
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
