/** The keys as a running instance uses them: read anew when somebody destroyed one, so that it is forgotten here too. */
import type { PseudonymKey } from '../../gateway/core/index.ts'
import type { Scheduler } from '../../lib/index.ts'
import { pseudonymKey, treeStamp } from './key-files.ts'

const PERIOD_MS = 1_000

export interface WatchedKey {
  now(): PseudonymKey
  stop(): void
}

export function watchKey(
  dataDir: string,
  randomBytes: (count: number) => Uint8Array,
  scheduler: Scheduler,
  /** Told after keys were destroyed, or (with the failure) when the file cannot be read: the keys in memory stay then. */
  changed: (failure: unknown) => void,
): WatchedKey {
  let key = pseudonymKey(dataDir, randomBytes)
  let stamp = treeStamp(dataDir)
  let failing = false
  const stop = scheduler.every(PERIOD_MS, () => {
    try {
      const found = treeStamp(dataDir)
      if (found === stamp && !failing) return
      // Never made anew here: an installation whose key file is gone has a problem, not a new key.
      key = pseudonymKey(dataDir, () => {
        throw new TypeError('a running instance makes no keys')
      })
      stamp = found
      failing = false
      changed(undefined)
    } catch (error) {
      if (!failing) changed(error)
      failing = true
    }
  })
  return { now: () => key, stop }
}
