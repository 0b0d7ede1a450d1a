/** Whether an event index is sound, and says what the spool says. Reads only. */
import { join } from 'node:path'
import { openSyncedSpool, type SyncedSpool } from '../events/index.ts'
import { GatehouseError } from '../lib/index.ts'
import {
  queryBuilder,
  readThreadStore,
  type Rows,
  type ThreadStore,
  type Unit,
  verifySqliteStore,
} from '../store/index.ts'
import {
  EVENT_INDEXES,
  eventIndexMigrations,
  type EventTables,
  PARTITION_STEP,
} from './event-tables.ts'
import { storable } from './index-row.ts'
import { readStateUnit } from './units.ts'

interface IndexDamage {
  /** Table and row, or page. */
  readonly where: string
  readonly what: string
}

export interface IndexReport {
  readonly rows: number
  /** Rows whose record was read. */
  readonly compared: number
  readonly damage: readonly IndexDamage[]
}

const db = queryBuilder<EventTables & { sqlite_schema: { name: string } }>()
type Steps<R> = ReturnType<Unit<unknown, R>>
/** All rows are counted; of a large index not each is compared. */
const MAX_COMPARED = 20_000
const MAX_DAMAGE = 100

/** @throws GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_CORRUPT */
export async function verifyEventIndex(
  { dir, spoolDir }: { readonly dir: string; readonly spoolDir: string },
  progress: (done: number, total: number) => void,
): Promise<IndexReport> {
  const spool = await openSyncedSpool(spoolDir)
  const { findings } = verifySqliteStore(join(dir, 'gatehouse.db'), eventIndexMigrations)
  if (findings.length > 0) return { rows: 0, compared: 0, damage: findings }
  const refused = (what: string): IndexReport => ({
    rows: 0,
    compared: 0,
    damage: [{ where: 'table progress', what }],
  })
  let store: ThreadStore
  try {
    store = await readThreadStore({ dir, migrations: eventIndexMigrations })
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error))
  }
  try {
    const there = store.run(namesUnit, null)
    const missing = TABLES.find((name) => !there.includes(name))
    if (missing !== undefined) return refused(`table ${missing} is missing`)
    const { point, ready } = store.run(readStateUnit, spool.partition)
    const unsorted = EVENT_INDEXES.find(({ name }) => ready && !there.includes(name))
    if (unsorted !== undefined) return refused(`index ${unsorted.name} is missing`)
    if (point === null) return { rows: 0, compared: 0, damage: [] }
    if (!(await spool.holds({ ...point, hash: Buffer.from(point.hash) })))
      return refused('its position is of no point of this spool')
    return await compare(store, spool, point.seq, progress)
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'GH_STORE_FAILED') throw error
    return refused(error.message)
  } finally {
    store.close()
  }
}

async function compare(
  store: ThreadStore,
  spool: SyncedSpool,
  lastSeq: number,
  progress: (done: number, total: number) => void,
): Promise<IndexReport> {
  const damage: IndexDamage[] = []
  const from = spool.partition * PARTITION_STEP
  const { rows, first } = store.run(extentUnit, from)
  // What retention took by time is gone from the oldest end; from the first that is left on there is no gap.
  if (first !== null && rows !== lastSeq - (first - from) + 1)
    damage.push({ where: 'table event', what: `it has ${rows} rows from event ${first - from} on` })
  const every = Math.max(1, Math.ceil(rows / MAX_COMPARED))
  let compared = 0
  let after = from
  for (;;) {
    const page = store.run(pageUnit, { after, partitionEnd: from + PARTITION_STEP })
    for (const row of page) {
      after = Number(row['n'])
      const seq = after % PARTITION_STEP
      if (seq % every !== 0 || seq <= spool.beginning.seq) continue
      compared++
      const what = await whyNot(spool, seq, row)
      if (what !== null && damage.length < MAX_DAMAGE)
        damage.push({ where: `table event, row ${after}`, what })
    }
    progress(after - from, lastSeq)
    if (page.length < PAGE) return { rows, compared, damage }
  }
}

async function whyNot(spool: SyncedSpool, seq: number, row: Rows[number]): Promise<string | null> {
  const place = { ordinal: Number(row['ordinal']), start: Number(row['start']) }
  const found = await spool.readAt(seq, place)
  if (found === undefined) return 'no record stands where it says'
  if (storable(found.event.id) !== row['id']) return 'another event stands where it says'
  return found.event.at === row['at'] ? null : 'it has another time than its event'
}

const TABLES: readonly (keyof EventTables)[] = ['word', 'event', 'plan_use', 'progress']

function* namesUnit(): Steps<readonly string[]> {
  const rows = yield db().selectFrom('sqlite_schema').select('name').compile()
  return rows.map((row) => String(row['name']))
}

function* extentUnit(from: number): Steps<{ rows: number; first: number | null }> {
  const [row] = yield db()
    .selectFrom('event')
    .select((eb) => [eb.fn.countAll().as('rows'), eb.fn.min('n').as('first')])
    .where('n', '>=', from)
    .where('n', '<', from + PARTITION_STEP)
    .compile()
  const first = row?.['first']
  return { rows: Number(row?.['rows'] ?? 0), first: typeof first === 'number' ? first : null }
}

const PAGE = 1000

function* pageUnit(question: { after: number; partitionEnd: number }): Steps<Rows> {
  return yield db()
    .selectFrom('event')
    .select(['n', 'at', 'id', 'ordinal', 'start'])
    .where('n', '>', question.after)
    .where('n', '<', question.partitionEnd)
    .orderBy('n')
    .limit(PAGE)
    .compile()
}
