import type { Scheduler } from '../../src/lib/index.ts'

/** The machine's own timers, for tests that run real processes; never keeps one alive. */
export const realScheduler: Scheduler = {
  every(ms, work) {
    const timer = setInterval(work, ms).unref()
    return () => clearInterval(timer)
  },
  after(ms, work) {
    const timer = setTimeout(work, ms).unref()
    return () => clearTimeout(timer)
  },
}
