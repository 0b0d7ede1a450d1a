/** Takes away what has ended, in small steps, one sweep at a time. */
import type { Scheduler } from '../lib/index.ts'

const FORGET_EVERY_MS = 60_000
const FORGET_AT_ONCE = 1_000

/** `forget` takes away at most so many and says how many it took; `say` is told when it cannot. Returns what ends it. */
export function forgetEnded(
  { scheduler, say }: { readonly scheduler: Scheduler; readonly say: (failure: unknown) => void },
  forget: (limit: number) => Promise<number>,
): () => void {
  let sweeping = false
  async function sweep(): Promise<void> {
    if (sweeping) return
    sweeping = true
    try {
      while ((await forget(FORGET_AT_ONCE)) === FORGET_AT_ONCE);
    } catch (failure) {
      say(failure)
    } finally {
      sweeping = false
    }
  }
  return scheduler.every(FORGET_EVERY_MS, () => void sweep())
}
