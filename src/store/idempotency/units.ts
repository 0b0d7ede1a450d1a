/** Units over idempotency keys. Each is one transaction: of requests with one key at once, one is the first and the others see it. */
import { compiledQuery } from '../compiled-query.ts'
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Unit } from '../unit.ts'
import type { IdempotencyTables } from './tables.ts'

const db = queryBuilder<IdempotencyTables>()
type KeyRow = IdempotencyTables['idempotency_key']
export type Steps<R> = ReturnType<Unit<unknown, R>>

export interface KeyReservation {
  readonly id: string
  readonly digest: string
  readonly owner: string
  readonly decision: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly expiresAt: number
  /** Whoever else has been pending since this time or longer is not there any more. */
  readonly abandonedBefore: number
}

export type KeyState =
  | { readonly kind: 'taken' }
  | { readonly kind: 'other-request' }
  | { readonly kind: 'pending'; readonly decision: string }
  | { readonly kind: 'in-doubt'; readonly decision: string }
  | { readonly kind: 'answered'; readonly decision: string; readonly answer: Uint8Array }

/** What is no use of a consent. */
const NO_USE = { consent: null, payments: null, untold: null }

/** Takes a key that nobody has, or whose window ended; gives a row if it did. */
export const takeKey = compiledQuery(
  ['id', 'digest', 'owner', 'decision', 'at', 'expiresAt'],
  ({ id, digest, owner, decision, at, expiresAt }: Omit<KeyReservation, 'abandonedBefore'>) => {
    const pending = { digest, state: 'pending', owner, decision, at, answer: null } as const
    const fresh = { ...pending, ...NO_USE, expires_at: expiresAt }
    return db()
      .insertInto('idempotency_key')
      .values({ id, ...fresh })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(fresh).where('idempotency_key.expires_at', '<=', at),
      )
      .returning('id')
      .compile()
  },
)

export const findKey = compiledQuery(['id'], ({ id }: { readonly id: string }) =>
  db().selectFrom('idempotency_key').selectAll().where('id', '=', id).compile(),
)

/** Takes the key, or says what became of the request that has it. */
export function* reserveKeyUnit(asked: KeyReservation): Steps<KeyState> {
  const { id, digest, owner, abandonedBefore } = asked
  if ((yield takeKey(asked)).length === 1) return { kind: 'taken' }
  const [row] = yield findKey({ id })
  const first = String(row?.['decision'])
  if (row?.['digest'] !== digest) return { kind: 'other-request' }
  if (row['state'] === 'pending') {
    // Its own process asks only about requests that it does not hold any more.
    const abandoned = row['owner'] === owner || Number(row['at']) <= abandonedBefore
    return { kind: abandoned ? 'in-doubt' : 'pending', decision: first }
  }
  const answer = row['answer']
  return row['state'] === 'answered' && answer instanceof Uint8Array
    ? { kind: 'answered', decision: first, answer }
    : { kind: 'in-doubt', decision: first }
}

export interface KeySettlement {
  readonly id: string
  readonly decision: string
  /** `null`: whether the bank did it is not known. */
  readonly answer: Uint8Array | null
}

export const endKey = compiledQuery(
  ['id', 'decision', 'state', 'answer'],
  ({ id, decision, state, answer }: Pick<KeyRow, 'id' | 'decision' | 'state' | 'answer'>) =>
    db()
      .updateTable('idempotency_key')
      .set({ state, answer })
      .where('id', '=', id)
      .where('decision', '=', decision)
      .where('state', '=', 'pending')
      .returning('id')
      .compile(),
)

/** Only of the request that took the key, and once. */
export function* settleKeyUnit(settlement: KeySettlement): Steps<boolean> {
  const state = settlement.answer === null ? 'doubt' : 'answered'
  return (yield endKey({ ...settlement, state })).length === 1
}

/** Gives the key back: nothing was sent. */
export function* releaseKeyUnit({ id, decision }: Omit<KeySettlement, 'answer'>): Steps<null> {
  yield db()
    .deleteFrom('idempotency_key')
    .where('id', '=', id)
    .where('decision', '=', decision)
    .where('state', '=', 'pending')
    .compile()
  return null
}

/** Keys whose window ended; gives how many went, fewer than `limit` when no more are left. */
export function* forgetKeysUnit(ended: {
  readonly now: number
  readonly limit: number
}): Steps<number> {
  const old = db()
    .selectFrom('idempotency_key')
    .select('id')
    .where('expires_at', '<=', ended.now)
    .limit(ended.limit)
  const rows = yield db()
    .deleteFrom('idempotency_key')
    .where('id', 'in', old)
    .returning('id')
    .compile()
  return rows.length
}

export const reserveKey = defineUnit(import.meta.url, 'reserveKeyUnit', reserveKeyUnit)
export const settleKey = defineUnit(import.meta.url, 'settleKeyUnit', settleKeyUnit)
export const releaseKey = defineUnit(import.meta.url, 'releaseKeyUnit', releaseKeyUnit)
export const forgetKeys = defineUnit(import.meta.url, 'forgetKeysUnit', forgetKeysUnit)
