import type { Instance, Running } from './instance.ts'

/**
 * Starts what `assemble` put together. The gateway's own modules are loaded here and not before, so that commands that only read stay quick.
 * @throws GH_STORE_LOCKED, GH_EVENTS_SPOOL_LOCKED, GH_EVENTS_SPOOL_CORRUPT, GH_GATEWAY_LISTEN_FAILED; then nothing stays open
 */
export async function start(running: Running): Promise<Instance> {
  const { startInstance } = await import('./instance.ts')
  return startInstance(running)
}
