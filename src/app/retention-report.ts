/** `retention`: what is kept, what would go, what keeps it, what went. Reads files only, so it answers with and without an instance. */
import { existsSync } from 'node:fs'
import { type Hold, inForce, readEventIndex, readHolds } from '../audit/index.ts'
import type { GatehouseConfig, RetentionConfig } from '../config/index.ts'
import { type DeletionRecord, type OldSegment, openSyncedSpool } from '../events/index.ts'
import { indexFolders } from './event-questions.ts'
import { DAY_MS } from './retention.ts'

export interface RetentionReport {
  readonly policy: RetentionConfig
  /** All there ever were; those in force stop every deletion. */
  readonly holds: readonly (Hold & { readonly inForce: boolean })[]
  readonly events: {
    readonly first: number
    readonly last: number
    /** Events from before this time may go. */
    readonly before: string
    /** What the next run would delete, but for holds. */
    readonly wouldGo: readonly Pick<
      OldSegment,
      'ordinal' | 'firstSeq' | 'lastSeq' | 'records' | 'bytes' | 'firstAt' | 'lastAt'
    >[]
    /** Consumer that has not read what is old enough. */
    readonly heldBy: string | null
    /** Proofs, newest last; at most `SHOWN_DELETIONS`. */
    readonly deletions: readonly DeletionRecord[]
    readonly deletedTo: number
  } | null
}

const SHOWN_DELETIONS = 10

/** @throws GH_EVENTS_SPOOL_CORRUPT */
export async function retentionReport(
  { dataDir, retention }: Pick<GatehouseConfig, 'dataDir' | 'retention'>,
  now: number,
): Promise<RetentionReport> {
  const holds = readHolds(dataDir).map((hold) => ({ ...hold, inForce: inForce(hold, now) }))
  const folders = indexFolders(dataDir)
  if (!existsSync(folders.spoolDir)) return { policy: retention, holds, events: null }
  const spool = await openSyncedSpool(folders.spoolDir)
  const before = now - retention.events * DAY_MS
  const indexed = await readEventIndex(folders)
    .then(async (index) => {
      await index.close()
      return index.progress.indexedSeq
    })
    .catch(() => 0)
  const { segments, heldBy } = await spool.retirable(before, new Map([['index', indexed]]))
  return {
    policy: retention,
    holds,
    events: {
      first: spool.beginning.seq + 1,
      last: spool.end.seq,
      before: new Date(before).toISOString(),
      wouldGo: segments.map(({ ordinal, firstSeq, lastSeq, records, bytes, firstAt, lastAt }) => ({
        ordinal,
        firstSeq,
        lastSeq,
        records,
        bytes,
        firstAt,
        lastAt,
      })),
      heldBy,
      deletions: spool.deletions.slice(-SHOWN_DELETIONS),
      deletedTo: spool.beginning.seq,
    },
  }
}
