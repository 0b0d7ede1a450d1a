/** Steps by which other units tell gateways, and the unit by which they are heard. */
import type { ChangeKind } from '../../feed/index.ts'
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Unit } from '../unit.ts'
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
  return rows.map(({ kind, key, seq: number, at, value }) => ({
    kind: kind as ChangeKind, // sound: `keepChange` alone writes them
    key: String(key),
    seq: Number(number),
    at: Number(at),
    value: typeof value === 'string' ? value : null,
  }))
}

export const changesAfter = defineUnit(import.meta.url, 'changesAfterUnit', changesAfterUnit)
