/** Units of work over the event index, apart from the questions (query-units.ts). */
import { queryBuilder, type Rows, type Unit } from '../store/index.ts'
import { EVENT_INDEXES, type EventTables, PARTITION_STEP } from './event-tables.ts'
import type { IndexRow } from './index-row.ts'

const db = queryBuilder<EventTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface IndexPoint {
  readonly partition: number
  readonly seq: number
  readonly hash: Uint8Array
  readonly ordinal: number
  readonly offset: number
}

export interface AddRows {
  readonly rows: readonly IndexRow[]
  /** After the last of them. */
  readonly point: IndexPoint
  /** Numbers of the words that are known already; only read here. */
  readonly words: ReadonlyMap<string, number>
  /** Plan → the last of the rows that names it. */
  readonly plans: ReadonlyMap<string, number>
}

const BLANK: EventTables['event'] = {
  n: 0,
  at: 0,
  id: '',
  ordinal: 0,
  start: 0,
  outcome: null,
  api: null,
  operation: null,
  client: null,
  code: null,
  rule: null,
  subject: null,
  consent: null,
}
/** Rows of one statement, 13 values each: a third of the processor time that each row took by itself. */
const ROWS_PER_INSERT = 64

type Insert = ReturnType<typeof compiledInsert>
function compiledInsert(rows: number) {
  return db()
    .insertInto('event')
    .values(Array.from({ length: rows }, () => BLANK))
    .compile()
}
/** Compiled once, by the thread that adds rows: only the values differ. */
let insertMany: Insert | undefined
let insertOne: Insert | undefined

/** Rows and position together or not at all; the words that had no number yet, with the one they got. */
export function* addRowsUnit(add: AddRows): Steps<ReadonlyMap<string, number>> {
  const { rows, point, words, plans } = add
  const found = new Map<string, number>()
  for (const row of rows)
    for (const text of [row.api, row.operation, row.client, row.code, row.rule])
      if (text !== null && !words.has(text) && !found.has(text))
        found.set(text, yield* numberOf(text))
  const number = (text: string | null): number | null =>
    text === null ? null : (words.get(text) ?? found.get(text) ?? null)
  const valuesOf = (row: IndexRow): unknown[] => {
    const { n, at, id, ordinal, start, outcome, subject, consent } = row
    const { api, operation, client, code, rule } = row
    const words = [number(api), number(operation), number(client), number(code), number(rule)]
    return [n, at, id, ordinal, start, outcome, ...words, subject, consent]
  }
  insertMany ??= compiledInsert(ROWS_PER_INSERT)
  insertOne ??= compiledInsert(1)
  let next = 0
  for (; next + ROWS_PER_INSERT <= rows.length; next += ROWS_PER_INSERT) {
    const parameters = rows.slice(next, next + ROWS_PER_INSERT).flatMap(valuesOf)
    yield { ...insertMany, parameters }
  }
  for (const row of rows.slice(next)) yield { ...insertOne, parameters: valuesOf(row) }
  for (const [plan, n] of plans)
    yield db()
      .insertInto('plan_use')
      .values({ plan, n })
      .onConflict((conflict) => conflict.column('plan').doUpdateSet({ n }))
      .compile()
  yield setProgress(point)
  return found
}

function* numberOf(text: string): Steps<number> {
  const [known] = yield db().selectFrom('word').select('id').where('text', '=', text).compile()
  if (known !== undefined) return Number(known['id'])
  const [made] = yield db().insertInto('word').values(word(text)).returning('id').compile()
  return Number(made?.['id'])
}

/** SQLite numbers the words itself. */
function word(text: string): EventTables['word'] {
  return { text } as EventTables['word'] // sound: a missing INTEGER PRIMARY KEY is filled in
}

function setProgress(point: IndexPoint) {
  const { seq, hash, ordinal, offset } = point
  return db()
    .insertInto('progress')
    .values({ ...point, ready: 0 })
    .onConflict((conflict) =>
      conflict.column('partition').doUpdateSet({ seq, hash, ordinal, offset }),
    )
    .compile()
}

export interface IndexState {
  readonly point: IndexPoint | null
  readonly ready: boolean
}

export function* readStateUnit(partition: number): Steps<IndexState> {
  const [row] = yield db()
    .selectFrom('progress')
    .selectAll()
    .where('partition', '=', partition)
    .compile()
  if (row === undefined) return { point: null, ready: false }
  const { seq, hash, ordinal, offset, ready } = row
  // Sound: the columns are STRICT and NOT NULL, and the migration's digest was compared.
  const point = { partition, seq, hash, ordinal, offset } as unknown as IndexPoint
  return { point, ready: ready === 1 }
}

/** Sorting once is many times quicker than keeping nine orders while filling. One at a time: a transaction is as large as what it makes. */
export function* makeIndexUnit(name: string): Steps<null> {
  const found = EVENT_INDEXES.find((one) => one.name === name)
  if (found === undefined) throw new TypeError(`there is no index ${name}`)
  const { columns, partial } = found
  let index = db()
    .schema.createIndex(name)
    .ifNotExists()
    .on('event')
    .columns([...columns])
  if (partial !== undefined) index = index.where(partial, 'is not', null)
  yield index.compile()
  return null
}

/** Once every secondary index stands. */
export function* makeReadyUnit(point: IndexPoint): Steps<null> {
  yield setProgress(point)
  yield db()
    .updateTable('progress')
    .set({ ready: 1 })
    .where('partition', '=', point.partition)
    .compile()
  return null
}

export interface Forget {
  readonly partition: number
  /** First record that the spool still has. */
  readonly firstSeq: number
  /** Events before this time are forgotten too; milliseconds since the epoch. */
  readonly before: number
  readonly limit: number
}

/** How many rows it took away: fewer than `limit` when nothing more is to be forgotten. */
export function* forgetUnit({ partition, firstSeq, before, limit }: Forget): Steps<number> {
  const from = partition * PARTITION_STEP
  const byPlace = db()
    .selectFrom('event')
    .select('n')
    .where('n', '>=', from)
    .where('n', '<', from + firstSeq)
  const byTime = db().selectFrom('event').select('n').where('at', '<', before)
  let removed = 0
  for (const query of [byPlace, byTime]) {
    const rows: Rows = yield db()
      .deleteFrom('event')
      .where('n', 'in', query.limit(limit))
      .returning('n')
      .compile()
    removed += rows.length
  }
  return removed
}

/** Digests of the plans that events from record `n` on name. */
export function* plansInUseUnit(n: number): Steps<readonly string[]> {
  const rows = yield db().selectFrom('plan_use').select('plan').where('n', '>=', n).compile()
  return rows.map((row) => String(row['plan']))
}
