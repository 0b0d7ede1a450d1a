import type { Instance, Running, Surroundings } from '../index.ts'

// Not by the front door of `app`: behind it are also the commands that do not start anything.
const gatewayModules = () => import('../instance.ts')

/** Begins to load what `start` needs, while the configuration is assembled elsewhere. A failure shows in `start`. */
export function preload(): void {
  gatewayModules().catch(() => undefined)
}

/**
 * Starts what was assembled.
 * @throws GH_STORE_LOCKED, GH_EVENTS_SPOOL_LOCKED, GH_EVENTS_SPOOL_CORRUPT, GH_GATEWAY_LISTEN_FAILED; then nothing stays open
 */
export async function start(running: Running, surroundings: Surroundings): Promise<Instance> {
  const { startInstance } = await gatewayModules()
  return startInstance(running, surroundings)
}
