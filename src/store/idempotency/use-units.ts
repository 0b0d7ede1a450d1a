/**
 * Units over what a customer authenticated and that pays once: rows of the idempotency keys, whose id no key has. Of a consent that the
 * store keeps, each says so, in the transaction that makes it a use: whoever keeps the consent reads it there and acts on it.
 */
import type { ChangeTables } from '../changes/tables.ts'
import { compiledQuery } from '../compiled-query.ts'
import { queryBuilder } from '../query-builder.ts'
import { defineUnit } from '../unit.ts'
import type { IdempotencyTables } from './tables.ts'
import { findKey, type KeyReservation, type Steps } from './units.ts'

const db = queryBuilder<IdempotencyTables & ChangeTables>()

export interface UseReservation extends KeyReservation {
  /** Name of the consent in the log of changes; `null`: it is of none. Kept only where that log has it. */
  readonly consent: string | null
  /** How many of its payments are paid with it. */
  readonly payments: number
}

type UseState =
  | { readonly kind: 'taken' }
  /** It was used for the very same before, and may be again; there is nothing to settle. */
  | { readonly kind: 'same' }
  /** By `decision`, for something else, or still under way. */
  | { readonly kind: 'in-use' | 'used' | 'in-doubt'; readonly decision: string }

const takeUse = compiledQuery(
  ['id', 'digest', 'owner', 'decision', 'at', 'expiresAt', 'consent', 'payments'],
  (asked: Omit<UseReservation, 'abandonedBefore'>) => {
    const { id, digest, owner, decision, at, expiresAt, consent, payments } = asked
    const pending = { digest, state: 'pending', owner, decision, at, answer: null } as const
    const fresh = { ...pending, expires_at: expiresAt, payments, untold: null }
    // Consents of files and of other providers are not in it, and nobody here could act on them.
    const kept = db()
      .selectFrom('feed_change')
      .select('key')
      .where('kind', '=', 'consent')
      .where('key', '=', consent)
    return db()
      .insertInto('idempotency_key')
      .values({ id, ...fresh, consent: kept })
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet((set) => ({ ...fresh, consent: set.ref('excluded.consent') }))
          .where('idempotency_key.expires_at', '<=', at),
      )
      .returning('id')
      .compile()
  },
)

/** `digest`: what it is used for. Of many at once one takes it. */
export function* reserveUseUnit(asked: UseReservation): Steps<UseState> {
  const { id, digest, owner, abandonedBefore } = asked
  if ((yield takeUse(asked)).length === 1) return { kind: 'taken' }
  const [row] = yield findKey({ id })
  // Given back between the two statements, where the database lets that be: whoever had it is done, and who asks again takes it.
  if (row === undefined) return { kind: 'in-use', decision: '' }
  const decision = String(row['decision'])
  const held = row['state'] === 'pending' && row['owner'] !== owner
  // Only its holder may give it back, so that nobody uses it in between: not even for the very same.
  if (held && Number(row['at']) > abandonedBefore) return { kind: 'in-use', decision }
  if (row['digest'] === digest) return { kind: 'same' }
  return { kind: row['state'] === 'answered' ? 'used' : 'in-doubt', decision }
}

interface UseSettlement {
  readonly id: string
  readonly decision: string
  /** Else whether it was is not known. */
  readonly used: boolean
}

const endUse = compiledQuery(
  ['id', 'decision', 'state', 'untold'],
  ({
    id,
    decision,
    state,
    untold,
  }: {
    id: string
    decision: string
    state: 'answered' | 'doubt'
    untold: number | null
  }) =>
    db()
      .updateTable('idempotency_key')
      .set({ state, untold })
      .where('id', '=', id)
      .where('decision', '=', decision)
      .where('state', '=', 'pending')
      .returning('id')
      .compile(),
)

/** Only of the request that took it, and once. What is used, and of a consent that is kept here, is to be told. */
export function* settleUseUnit({ id, decision, used }: UseSettlement): Steps<boolean> {
  const state = used ? 'answered' : 'doubt'
  return (yield endUse({ id, decision, state, untold: used ? 1 : null })).length === 1
}

/** A use of a consent, as the store knows it. */
export interface StoredUse {
  readonly id: string
  /** Not settled is in doubt, once nobody holds it any more. */
  readonly state: 'pending' | 'used' | 'doubt'
  /** Of the request that used it. */
  readonly decision: string
  /** Milliseconds since the epoch, when it was taken. */
  readonly at: number
  readonly payments: number
  /** Nobody acted on it yet. */
  readonly untold: boolean
}

/** Of a consent, by its name in the log of changes: oldest first. */
export function* usesOfUnit({
  consent,
  limit,
}: {
  readonly consent: string
  readonly limit: number
}): Steps<readonly StoredUse[]> {
  const rows = yield db()
    .selectFrom('idempotency_key')
    .select(['id', 'state', 'decision', 'at', 'payments', 'untold'])
    .where('consent', '=', consent)
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
    .compile()
  return rows.map((row) => ({
    id: String(row['id']),
    state: row['state'] === 'answered' ? 'used' : row['state'] === 'doubt' ? 'doubt' : 'pending',
    decision: String(row['decision']),
    at: Number(row['at']),
    payments: Number(row['payments']),
    untold: row['untold'] !== null,
  }))
}

/** Names of consents that were used, and on which nobody has acted yet. */
export function* untoldUsesUnit({ limit }: { readonly limit: number }): Steps<readonly string[]> {
  const rows = yield db()
    .selectFrom('idempotency_key')
    .select('consent')
    .distinct()
    .where('untold', 'is not', null)
    .where('consent', 'is not', null)
    .limit(limit)
    .compile()
  return rows.map((row) => String(row['consent']))
}

/** Whoever keeps the consent has acted on these. */
export function* toldUsesUnit({ ids }: { readonly ids: readonly string[] }): Steps<null> {
  yield db().updateTable('idempotency_key').set({ untold: null }).where('id', 'in', ids).compile()
  return null
}

const here = import.meta.url
export const reserveUse = defineUnit(here, 'reserveUseUnit', reserveUseUnit)
export const settleUse = defineUnit(here, 'settleUseUnit', settleUseUnit)
export const usesOf = defineUnit(here, 'usesOfUnit', usesOfUnit)
export const untoldUses = defineUnit(here, 'untoldUsesUnit', untoldUsesUnit)
export const toldUses = defineUnit(here, 'toldUsesUnit', toldUsesUnit)
