/** Units over payments that wait for their authorisation. Each is one transaction: of two payments under one id neither is released. */
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Unit } from '../unit.ts'
import type { InitiatedTables } from './tables.ts'

const db = queryBuilder<InitiatedTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface NewInitiated {
  readonly id: string
  readonly digest: string
  readonly decision: string
  readonly sealed: Uint8Array
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly expiresAt: number
}

/** `doubt`: something else stands under this id, now and for as long as it is kept. */
export function* keepInitiatedUnit(asked: NewInitiated): Steps<'kept' | 'doubt'> {
  const { id, digest, decision, sealed, at, expiresAt } = asked
  const [row] = yield db()
    .selectFrom('initiated_payment')
    .selectAll()
    .where('id', '=', id)
    .compile()
  if (row !== undefined && Number(row['expires_at']) > at) {
    if (row['state'] === 'known' && row['digest'] === digest) return 'kept'
    yield db()
      .updateTable('initiated_payment')
      .set({ state: 'doubt', expires_at: expiresAt })
      .where('id', '=', id)
      .compile()
    return 'doubt'
  }
  const fresh = { digest, state: 'known', decision, sealed, expires_at: expiresAt } as const
  yield db()
    .insertInto('initiated_payment')
    .values({ id, ...fresh })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(fresh))
    .compile()
  return 'kept'
}

/** In the order of `ids`. `unknown`: nothing that has not ended. `doubt`: two payments came under this id. */
export function* findInitiatedUnit({
  ids,
  now,
}: {
  readonly ids: readonly string[]
  readonly now: number
}): Steps<readonly ('unknown' | 'doubt' | Uint8Array)[]> {
  const rows = yield db()
    .selectFrom('initiated_payment')
    .select(['id', 'state', 'sealed'])
    .where('id', 'in', [...ids])
    .where('expires_at', '>', now)
    .compile()
  const byId = new Map(rows.map((row) => [String(row['id']), row]))
  return ids.map((id) => {
    const row = byId.get(id)
    const sealed = row?.['sealed']
    if (row === undefined) return 'unknown'
    return row['state'] === 'known' && sealed instanceof Uint8Array ? sealed : 'doubt'
  })
}

/** What has ended; gives how many went, fewer than `limit` when no more are left. */
export function* forgetInitiatedUnit({
  now,
  limit,
}: {
  readonly now: number
  readonly limit: number
}): Steps<number> {
  const old = db()
    .selectFrom('initiated_payment')
    .select('id')
    .where('expires_at', '<=', now)
    .limit(limit)
  const rows = yield db()
    .deleteFrom('initiated_payment')
    .where('id', 'in', old)
    .returning('id')
    .compile()
  return rows.length
}

export const keepInitiated = defineUnit(import.meta.url, 'keepInitiatedUnit', keepInitiatedUnit)
export const findInitiated = defineUnit(import.meta.url, 'findInitiatedUnit', findInitiatedUnit)
export const forgetInitiated = defineUnit(
  import.meta.url,
  'forgetInitiatedUnit',
  forgetInitiatedUnit,
)
