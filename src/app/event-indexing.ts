/**
 * Keeps the event index of a running instance up to date. It is derived, so nothing waits for it: it opens while the gateway already
 * serves, and when it cannot be kept, that is said once and tried again.
 */
import { type EventIndex, openEventIndex } from '../audit/index.ts'
import { GatehouseError, type Scheduler } from '../lib/index.ts'
import { indexFolders } from './event-questions.ts'

const PERIOD_MS = 500

export interface EventIndexing {
  /** @throws GH_AUDIT_INDEX_NOT_READY until it is open */
  index(): EventIndex
  /** The last event that it has; `null`: it is not open yet. */
  indexedSeq(): number | null
  stop(): Promise<void>
}

export function startEventIndexing(parts: {
  readonly dataDir: string
  readonly scheduler: Scheduler
  /** Events before this time are not kept in the index; milliseconds since the epoch. */
  readonly before: () => number
  /** Told once when it falls behind, once when it goes well again, and why an index that was there had to be thrown away. */
  readonly say: (what: 'behind' | 'again' | 'discarded', why: string) => void
}): EventIndexing {
  const { dataDir, scheduler, before, say } = parts
  let index: EventIndex | undefined
  let failing = false
  let stopped = false

  async function step(): Promise<void> {
    try {
      if (index === undefined) {
        index = await openEventIndex(indexFolders(dataDir))
        if (index.discarded !== null) say('discarded', index.discarded)
      }
      if (!stopped) await index.step(before())
      if (failing) say('again', '')
      failing = false
    } catch (error) {
      if (!failing && !stopped) say('behind', codeOf(error))
      failing = true
    }
  }
  let running: Promise<void> | undefined
  const tick = (): void => {
    running ??= step().finally(() => (running = undefined))
  }
  const stopTicking = scheduler.every(PERIOD_MS, tick)

  return {
    index() {
      if (index === undefined) throw new GatehouseError('GH_AUDIT_INDEX_NOT_READY')
      return index
    },
    indexedSeq: () => index?.progress.indexedSeq ?? null,
    async stop() {
      stopTicking()
      stopped = true
      // Ends the catching up, which may take minutes, at its next batch; the rest is taken at the next start.
      await index?.close()
      await running
      await index?.close()
    },
  }
}

/** By its code only: the rest of a failure may name what no event may hold. */
function codeOf(error: unknown): string {
  return error instanceof GatehouseError ? error.code : 'an internal fault'
}
