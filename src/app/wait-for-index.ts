/** A question about events right after a start waits while the instance makes its index, so far as somebody would wait at a terminal. */
import { setTimeout as delay } from 'node:timers/promises'
import { GatehouseError } from '../lib/index.ts'

export interface IndexWait {
  /** Ends the waiting with the reason of the signal. */
  readonly signal: AbortSignal
  readonly limitMs: number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Told before each further try. */
  readonly waiting: () => Promise<void>
  readonly pauseMs?: number
}

/** An index of ten million events is made in about eight minutes; one that is only opened, in less than a second. */
export const INDEX_WAIT_MS = 60_000
const PAUSE_MS = 250

/** @throws GH_AUDIT_INDEX_NOT_READY when it was not ready in time, and whatever else `ask` throws at once */
export async function whenIndexed<T>(ask: () => Promise<T>, wait: IndexWait): Promise<T> {
  const { signal, limitMs, now, waiting, pauseMs = PAUSE_MS } = wait
  const until = now() + limitMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const isEarly = error instanceof GatehouseError && error.code === 'GH_AUDIT_INDEX_NOT_READY'
      if (!isEarly || now() >= until) throw error
    }
    signal.throwIfAborted()
    await waiting()
    await delay(pauseMs, undefined, { signal })
  }
}
