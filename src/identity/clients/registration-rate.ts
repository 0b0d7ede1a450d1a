/** How often registration may be asked: so often by one certificate, so often by all. What one does, others hardly notice. */
import type { Clock } from '../../lib/index.ts'

export interface RegistrationRate {
  /** False: no more in this minute. */
  take(caller: string): boolean
}

export const MAX_A_MINUTE = 30
export const MAX_OF_ALL_A_MINUTE = 600
const WINDOW_MS = 60_000

export function registrationRate(clock: Clock): RegistrationRate {
  let began = clock.monotonic()
  let all = 0
  /** No more callers than requests of all, so it needs no cap of its own. */
  let counts = new Map<string, number>()
  return {
    take(caller) {
      const now = clock.monotonic()
      if (now - began >= WINDOW_MS) {
        began = now
        all = 0
        counts = new Map()
      }
      const count = counts.get(caller) ?? 0
      if (count >= MAX_A_MINUTE || all >= MAX_OF_ALL_A_MINUTE) return false
      all++
      counts.set(caller, count + 1)
      return true
    },
  }
}
