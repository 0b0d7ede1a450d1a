/** The machine's clock, timers, disk and chance behind the ports of `lib`. Only `app` makes these. */
import { randomBytes } from 'node:crypto'
import type { Clock, Scheduler } from '../lib/index.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

export const systemScheduler: Scheduler = {
  every: (ms, work) => {
    const timer = setInterval(work, ms).unref()
    return () => clearInterval(timer)
  },
  after: (ms, work) => {
    const timer = setTimeout(work, ms).unref()
    return () => clearTimeout(timer)
  },
}

export const systemRandomBytes = (count: number): Uint8Array => randomBytes(count)
