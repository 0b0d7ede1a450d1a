/**
 * The questions. Which index answers is decided here, by how few events each condition can leave, and not by the database, which keeps
 * no statistics of so young a file: a column under `coalesce` is one that no index is looked up for.
 */
import { queryBuilder, type Rows, type Unit } from '../store/index.ts'
import type { EventFilter, Grouping, ListQuestion } from './event-question.ts'
import { MAX_GROUP_ROWS } from './event-question.ts'
import { type EventTables, OUTCOMES } from './event-tables.ts'
import { pseudonymBytes, storable } from './index-row.ts'

const db = queryBuilder<EventTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

const WORDS = ['client', 'api', 'operation', 'code', 'rule'] as const
const HASHES = ['subject', 'consent'] as const
/** By which of the conditions rows are looked up: the first that is there. `operation` has no index of its own. */
const NARROWEST = ['consent', 'subject', 'rule', 'code', 'client', 'api', 'outcome'] as const
const HOUR_MS = 3_600_000

interface Condition {
  readonly column: (typeof NARROWEST)[number] | 'operation'
  readonly value: number | Uint8Array
}

/** `undefined`: a word that no event ever held, so nothing can match. */
function* conditionsOf(filter: EventFilter): Steps<readonly Condition[] | undefined> {
  const found: Condition[] = []
  for (const column of WORDS) {
    const text = filter[column]
    if (text === undefined) continue
    const [row] = yield db()
      .selectFrom('word')
      .select('id')
      .where('text', '=', storable(text))
      .compile()
    if (row === undefined) return undefined
    found.push({ column, value: Number(row['id']) })
  }
  for (const column of HASHES) {
    const text = filter[column]
    if (text === undefined) continue
    const value = pseudonymBytes(text)
    if (value === null) return undefined
    found.push({ column, value })
  }
  if (filter.outcome !== undefined)
    found.push({ column: 'outcome', value: OUTCOMES.indexOf(filter.outcome) })
  return found
}

function matching(filter: EventFilter, conditions: readonly Condition[]) {
  const leading = NARROWEST.find((name) => conditions.some(({ column }) => column === name))
  let query = db()
    .selectFrom('event')
    .where('at', '>=', filter.since)
    .where('at', '<', filter.until)
  for (const { column, value } of conditions)
    query =
      column === leading
        ? query.where(column, '=', value)
        : query.where((eb) => eb(eb.fn.coalesce(column, eb.lit(null)), '=', value))
  return query
}

/** Places of the events of one page, in the order of time, then of the spool; one more than asked for if there is one. */
export function* listUnit(question: ListQuestion): Steps<Rows> {
  const conditions = yield* conditionsOf(question)
  if (conditions === undefined) return []
  const { after, limit, since } = question
  let query = matching({ ...question, since: Math.max(since, after?.at ?? since) }, conditions)
  if (after !== undefined)
    query = query.where((eb) =>
      eb.or([eb('at', '>', after.at), eb.and([eb('at', '=', after.at), eb('n', '>', after.n)])]),
    )
  return yield query
    .select(['n', 'at', 'id', 'ordinal', 'start'])
    .orderBy('at')
    .orderBy('n')
    .limit(limit + 1)
    .compile()
}

export function* countUnit(filter: EventFilter): Steps<number> {
  const conditions = yield* conditionsOf(filter)
  if (conditions === undefined) return 0
  const [row] = yield matching(filter, conditions)
    .select((eb) => eb.fn.countAll().as('count'))
    .compile()
  return Number(row?.['count'] ?? 0)
}

export interface GroupRow {
  readonly key: string | null
  readonly operation: string | null
  readonly outcome: number
  readonly count: number
  readonly first: number
  readonly last: number
}

/** Decisions by key, operation and outcome; `undefined` when they are more than may be added up. Notices are no decisions. */
export function* groupUnit(
  question: EventFilter & { readonly by: Grouping },
): Steps<readonly GroupRow[] | undefined> {
  const conditions = yield* conditionsOf(question)
  if (conditions === undefined) return []
  const { by } = question
  const rows = yield matching(question, conditions)
    .where('outcome', 'is not', null)
    .select((eb) => [
      by === 'hour'
        ? eb(eb.cast<number>('at', 'integer'), '/', eb.lit(HOUR_MS)).as('key')
        : eb.ref(by).as('key'),
      'operation',
      'outcome',
      eb.fn.countAll().as('count'),
      eb.fn.min('at').as('first'),
      eb.fn.max('at').as('last'),
    ])
    .groupBy(['key', 'operation', 'outcome'])
    .limit(MAX_GROUP_ROWS + 1)
    .compile()
  if (rows.length > MAX_GROUP_ROWS) return undefined
  const words = new Map<unknown, string>()
  for (const row of yield db().selectFrom('word').selectAll().compile())
    words.set(row['id'], String(row['text']))
  return rows.map((row) => ({
    key: keyText(by, row['key'], words),
    operation: words.get(row['operation']) ?? null,
    outcome: Number(row['outcome']),
    count: Number(row['count']),
    first: Number(row['first']),
    last: Number(row['last']),
  }))
}

function keyText(by: Grouping, key: unknown, words: ReadonlyMap<unknown, string>): string | null {
  if (by === 'hour') return new Date(Number(key) * HOUR_MS).toISOString()
  if (by === 'outcome') return OUTCOMES[Number(key)] ?? null
  return words.get(key) ?? null
}

/** Where the event with this id stands. */
export function* locateUnit(id: string): Steps<Rows> {
  return yield db()
    .selectFrom('event')
    .select(['n', 'at', 'id', 'ordinal', 'start'])
    .where('id', '=', storable(id))
    .compile()
}
