/** The same questions with nothing running: on the files, which stay as they are. */
import { openSyncedSpool } from '../events/index.ts'
import { GatehouseError } from '../lib/index.ts'
import { readThreadStore } from '../store/index.ts'
import type { EventIndex } from './event-index.ts'
import { eventIndexMigrations } from './event-tables.ts'
import { countEvents, eventGroups, findIndexed, listEvents } from './index-answers.ts'
import { readStateUnit } from './units.ts'

export type ReadIndex = Omit<EventIndex, 'step' | 'discarded' | 'plansInUse'>

/**
 * @throws GH_AUDIT_INDEX_MISSING (there is none, or none of this spool and version), GH_AUDIT_INDEX_NOT_READY,
 * GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_CORRUPT
 */
export async function readEventIndex(start: {
  readonly dir: string
  readonly spoolDir: string
}): Promise<ReadIndex> {
  const spool = await openSyncedSpool(start.spoolDir)
  const store = await readThreadStore({ dir: start.dir, migrations: eventIndexMigrations }).catch(
    (cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new GatehouseError('GH_AUDIT_INDEX_MISSING', why, { cause })
    },
  )
  try {
    const { point, ready } = store.run(readStateUnit, spool.partition)
    if (point === null || !ready) throw new GatehouseError('GH_AUDIT_INDEX_NOT_READY')
    if (!(await spool.holds({ ...point, hash: Buffer.from(point.hash) })))
      throw new GatehouseError('GH_AUDIT_INDEX_MISSING', 'it is of another spool')
    return {
      progress: { indexedSeq: point.seq, spoolSeq: spool.end.seq, ready },
      list: (question) => listEvents(store, spool, question),
      count: async (filter) => countEvents(store, filter),
      group: async (question) => eventGroups(store, question),
      find: (id) => findIndexed(store, spool, id),
      async close() {
        store.close()
      },
    }
  } catch (error) {
    store.close()
    throw error
  }
}
