/** `events reindex`: throws the event index away and makes it again from the spool, with no instance running. */
import { existsSync } from 'node:fs'
import { openIndexWriter } from '../audit/index.ts'
import type { GatehouseConfig } from '../config/index.ts'
import { GatehouseError } from '../lib/index.ts'
import { indexFolders } from './event-questions.ts'

export interface ReindexReport {
  readonly events: number
  /** False when it was interrupted: what is done is kept, and goes on with the next start or the next call. */
  readonly complete: boolean
}

/**
 * Goes on where an interrupted one stopped.
 * @throws GH_STORE_LOCKED (an instance runs: it keeps its index itself), GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_CORRUPT
 */
export async function reindexEvents(
  { dataDir }: Pick<GatehouseConfig, 'dataDir'>,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<ReindexReport> {
  const folders = indexFolders(dataDir)
  if (!existsSync(folders.spoolDir))
    throw new GatehouseError('GH_EVENTS_SPOOL_MISSING', `no spool at ${folders.spoolDir}`)
  const writer = await openIndexWriter(folders)
  try {
    // One that is ready was asked to be made again; one that is not is half of an earlier call.
    if (writer.progress.ready) writer.distrust('asked for')
    let events = 0
    while (!signal.aborted) {
      const taken = await writer.step()
      if (taken === 0) return { events, complete: true }
      events += taken
      progress(writer.progress.indexedSeq, writer.progress.spoolSeq)
    }
    return { events, complete: false }
  } finally {
    writer.close()
  }
}
