import type { Instance, Running, Surroundings } from '../index.ts'

/** What a start needs and no configuration changes: modules, and the thread of the embedded store. */
export interface Preloaded {
  /**
   * Starts what was assembled.
   * @throws GH_STORE_LOCKED, GH_EVENTS_SPOOL_LOCKED, GH_EVENTS_SPOOL_CORRUPT, GH_GATEWAY_LISTEN_FAILED; then nothing stays open
   */
  start(running: Running, surroundings: Omit<Surroundings, 'storeThread'>): Promise<Instance>
}

/** Begins to load it, while the configuration is assembled elsewhere. A failure shows in `start`. */
export function preload(): Preloaded {
  const loading = load()
  loading.catch(() => undefined)
  return {
    async start(running, surroundings) {
      const { startInstance, storeThread } = await loading
      return startInstance(running, { ...surroundings, storeThread })
    },
  }
}

async function load() {
  // Not by the front door of `app`: behind it are also the commands that do not start anything.
  const { startInstance, startStoreThread } = await import('../instance.ts')
  return { startInstance, storeThread: startStoreThread() }
}
