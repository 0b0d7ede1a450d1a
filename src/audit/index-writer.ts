/**
 * Keeps the event index: reads the spool as far as it is synced and adds rows and position in one transaction, so that after a kill at
 * any instant each event is there exactly once. An index that is damaged, foreign, of another version or of another spool is thrown
 * away and made again: it is derived, and never trusted further than it can be checked against the chain.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { openSyncedSpool, type SyncedSpool } from '../events/index.ts'
import { GatehouseError } from '../lib/index.ts'
import { openThreadStore, type ThreadStore } from '../store/index.ts'
import { EVENT_INDEXES, eventIndexMigrations } from './event-tables.ts'
import type { IndexProgress } from './index-answers.ts'
import { type IndexRow, indexRow, rowNumber, storable } from './index-row.ts'
import { indexedPart } from './indexed-part.ts'
import {
  addRowsUnit,
  forgetUnit,
  type IndexPoint,
  makeIndexUnit,
  makeReadyUnit,
  plansInUseUnit,
  readStateUnit,
} from './units.ts'

export interface IndexWriter {
  readonly store: ThreadStore
  /** As the last step saw it. */
  readonly spool: SyncedSpool
  readonly progress: IndexProgress
  /** Why what was there before was thrown away; `null`: it was not. */
  readonly discarded: string | null
  /** Takes one batch; how many events it took, 0 when caught up. @throws GH_EVENTS_SPOOL_CORRUPT, GH_STORE_FAILED */
  step(): Promise<number>
  /** Digests of the plans that the events name which the spool still has. */
  plansInUse(): readonly string[]
  /** Lets go of what the spool no longer has, and of what was before the time given; 0 when nothing more is to be done. */
  forget(before: number): number
  /** From now on nothing can be asked, and the next step throws everything away. */
  distrust(why: string): void
  close(): void
}

interface WriterOptions {
  readonly dir: string
  readonly spoolDir: string
}

/** Events of one transaction. */
const BATCH = 4000
const FORGET_BATCH = 5000
const MAX_WORDS = 50_000

/** @throws GH_STORE_LOCKED, GH_STORE_NETWORK_FS, GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_CORRUPT */
export async function openIndexWriter({ dir, spoolDir }: WriterOptions): Promise<IndexWriter> {
  let spool = await openSyncedSpool(spoolDir)
  let discarded: string | null = null
  let store = await openOrDiscard()
  let words = new Map<string, number>()
  let point: IndexPoint = beginningOf(spool)
  let ready = false
  /** Set between steps, done within one: a batch in hand must not go into another file than it was read for. */
  let distrusted: string | undefined
  await resume()

  async function openOrDiscard(): Promise<ThreadStore> {
    try {
      return await openThreadStore({ dir, migrations: eventIndexMigrations })
    } catch (error) {
      if (!isOwnFault(error)) throw error
      discarded = error.message
      removeDatabase(dir)
      return openThreadStore({ dir, migrations: eventIndexMigrations })
    }
  }

  /** Goes on where the rows end, if they are rows of this spool. */
  async function resume(): Promise<void> {
    let why = 'it is of another spool'
    try {
      const state = store.run(readStateUnit, spool.partition)
      if (state.point === null) return
      if (await spool.holds({ ...state.point, hash: Buffer.from(state.point.hash) })) {
        ready = state.ready
        point = state.point
        return
      }
    } catch (error) {
      if (!isDamage(error)) throw error
      why = error.message
    }
    await startAgain(why)
  }

  async function startAgain(why: string): Promise<void> {
    discarded = why
    distrusted = undefined
    store.close()
    removeDatabase(dir)
    store = await openThreadStore({ dir, migrations: eventIndexMigrations })
    words = new Map()
    ready = false
    point = beginningOf(spool)
  }

  async function addBatch(): Promise<number> {
    const rows: IndexRow[] = []
    const plans = new Map<string, number>()
    let last = point
    await spool.read({ ...point, hash: Buffer.from(point.hash) }, (at, payload, place) => {
      const event = indexedPart(payload)
      const n = rowNumber(spool.partition, at.seq)
      rows.push(indexRow(n, event, place))
      if (event.kind === 'access') plans.set(storable(event.plan), n)
      last = { ...at, partition: spool.partition }
      return rows.length < BATCH
    })
    if (rows.length === 0) return 0
    const { partition, seq, hash, ordinal, offset } = last
    const next = { partition, seq, hash, ordinal, offset }
    if (words.size > MAX_WORDS) words = new Map()
    for (const [text, id] of store.run(addRowsUnit, { rows, point: next, words, plans }))
      words.set(text, id)
    point = next
    return rows.length
  }

  return {
    get store() {
      return store
    },
    get spool() {
      return spool
    },
    get progress() {
      return { indexedSeq: point.seq, spoolSeq: spool.end.seq, ready }
    },
    get discarded() {
      return discarded
    },
    async step() {
      try {
        // What it had when it was looked at stays: nothing is deleted that this index has not passed.
        if (point.seq >= spool.end.seq || distrusted !== undefined)
          spool = await openSyncedSpool(spoolDir)
        if (distrusted !== undefined) await startAgain(distrusted)
        const taken = await addBatch()
        if (taken > 0 || ready) return taken
        for (const { name } of EVENT_INDEXES) store.run(makeIndexUnit, name)
        store.run(makeReadyUnit, point)
        ready = true
        return 0
      } catch (error) {
        if (!isDamage(error)) throw error
        await startAgain(error.message)
        return 1
      }
    },
    plansInUse: () =>
      store.run(plansInUseUnit, rowNumber(spool.partition, spool.beginning.seq + 1)),
    forget(before) {
      const firstSeq = spool.beginning.seq + 1
      const { partition } = spool
      return store.run(forgetUnit, { partition, firstSeq, before, limit: FORGET_BATCH })
    },
    distrust(why) {
      distrusted = why
      ready = false
    },
    close: () => store.close(),
  }
}

function beginningOf({ partition, beginning }: SyncedSpool): IndexPoint {
  const { seq, hash, ordinal, offset } = beginning
  return { partition, seq, hash, ordinal, offset }
}

function removeDatabase(dir: string): void {
  for (const end of ['', '-wal', '-shm', '-journal'])
    rmSync(join(dir, `gatehouse.db${end}`), { force: true })
}

/** The file is at fault, and not the machine or another process. */
function isOwnFault(error: unknown): error is GatehouseError {
  const codes = ['GH_STORE_CORRUPT', 'GH_STORE_NEWER', 'GH_STORE_MIGRATION', 'GH_STORE_FAILED']
  return error instanceof GatehouseError && codes.includes(error.code)
}

/** SQLite says in these words that what it read is not what it wrote (sqlite3.h: SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_ERROR). */
function isDamage(error: unknown): error is GatehouseError {
  return (
    error instanceof GatehouseError &&
    error.code === 'GH_STORE_FAILED' &&
    /malformed|not a database|no such (table|column)|constraint failed/.test(error.message)
  )
}
