/** Steps by which other units tell gateways, and the unit by which they are heard. */
import type { ChangeKind } from '../../feed/index.ts'
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Rows, type Unit } from '../unit.ts'
import type { ChangeTables } from './tables.ts'

const db = queryBuilder<ChangeTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface StoredChange {
  readonly kind: ChangeKind
  readonly key: string
  readonly seq: number
  readonly at: number
  /** JSON; `null`: gone. */
  readonly value: string | null
}

/** What a unit tells gateways of what it changes; `null`: nothing. */
export type Told = Omit<StoredChange, 'seq'>

/** Part of a unit that changes what gateways must know. The counter is one row, so the numbers follow the commits. */
export function* keepChange(change: Omit<StoredChange, 'seq'>): Steps<null> {
  const [head] = yield db()
    .insertInto('feed_head')
    .values({ id: 1, seq: 1 })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((set) => ({ seq: set('feed_head.seq', '+', 1) })),
    )
    .returning('seq')
    .compile()
  const { kind, key, at, value } = change
  const rest = { seq: Number(head?.['seq']), at, value }
  yield db()
    .insertInto('feed_change')
    .values({ kind, key, ...rest })
    .onConflict((conflict) => conflict.columns(['kind', 'key']).doUpdateSet(rest))
    .compile()
  return null
}

/** What is there, by its name after one, and the place up to which their changes are in it. */
export function* changesNowUnit({
  after,
  limit,
}: {
  readonly after: Pick<StoredChange, 'kind' | 'key'> | null
  readonly limit: number
}): Steps<{ readonly place: number; readonly changes: readonly StoredChange[] }> {
  const [head] = yield db().selectFrom('feed_head').select('seq').compile()
  const there = db().selectFrom('feed_change').selectAll().where('value', 'is not', null)
  const later =
    after === null
      ? there
      : // As a row value, so that the index is entered where the page before ended.
        there.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('kind', 'key'), '>', tuple(after.kind, after.key)),
        )
  const rows = yield later.orderBy('kind').orderBy('key').limit(limit).compile()
  return { place: Number(head?.['seq'] ?? 0), changes: rows.map(changeOf) }
}

/** What came after `seq`, in order; fewer than `limit` when nothing more is there. */
export function* changesAfterUnit({
  seq,
  limit,
}: {
  readonly seq: number
  readonly limit: number
}): Steps<readonly StoredChange[]> {
  const rows = yield db()
    .selectFrom('feed_change')
    .selectAll()
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
    .compile()
  return rows.map(changeOf)
}

/** Part of a unit that forgets what is gone, long after every gateway has heard of it. */
export function* forgetChange({ kind, key }: Pick<StoredChange, 'kind' | 'key'>): Steps<null> {
  yield db()
    .deleteFrom('feed_change')
    .where('kind', '=', kind)
    .where('key', '=', key)
    .where('value', 'is', null)
    .compile()
  return null
}

function changeOf({ kind, key, seq, at, value }: Rows[number]): StoredChange {
  return {
    kind: kind as ChangeKind, // sound: `keepChange` alone writes them
    key: String(key),
    seq: Number(seq),
    at: Number(at),
    value: typeof value === 'string' ? value : null,
  }
}

export const changesNow = defineUnit(import.meta.url, 'changesNowUnit', changesNowUnit)
export const changesAfter = defineUnit(import.meta.url, 'changesAfterUnit', changesAfterUnit)
