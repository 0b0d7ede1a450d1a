/**
 * Elements of persons who were erased, and what their exemptions rested on, go from the store of a running instance: when it starts, and within a second of the erasure; where the store does
 * not answer, again and again until it does. The log has the last word, so that an older copy of the store brings nobody back.
 */
import type { Scheduler } from '../../lib/index.ts'
import { forgetPerson, forgetRegisters } from '../../sca/index.ts'
import type { Store } from '../../store/index.ts'
import { readErasures } from './erasure-log.ts'

/** Until it is tried again. */
export const ERASE_AGAIN_MS = 10_000

/** Gives how many rows went. @throws GH_STORE_CORRUPT, and what the store throws */
export async function eraseElements(dataDir: string, store: Store): Promise<number> {
  let gone = 0
  for (const { at, names = [] } of readErasures(dataDir))
    if (names.length > 0) {
      gone += await store.run(forgetPerson, { names, at })
      gone += await store.run(forgetRegisters, { names })
    }
  return gone
}

export interface ElementErasure {
  /** Somebody was erased. */
  begin(): void
  stop(): void
}

/** `say` is told of the first failure of a row of them, and of none after it. */
export function elementErasure(parts: {
  readonly dataDir: string
  readonly store: Store
  readonly scheduler: Scheduler
  readonly say: (failure: unknown) => void
}): ElementErasure {
  const { dataDir, store, scheduler, say } = parts
  const is = { running: false, wanted: false, failing: false, stopped: false }
  let cancel = (): void => undefined

  async function run(): Promise<void> {
    is.wanted = true
    if (is.running) return
    is.running = true
    cancel()
    try {
      while (is.wanted && !is.stopped) {
        is.wanted = false
        await eraseElements(dataDir, store)
        is.failing = false
      }
    } catch (failure) {
      if (!is.failing) say(failure)
      is.failing = true
      if (!is.stopped) cancel = scheduler.after(ERASE_AGAIN_MS, () => void run())
    } finally {
      is.running = false
    }
  }
  return {
    begin: () => void run(),
    stop() {
      is.stopped = true
      cancel()
    },
  }
}
