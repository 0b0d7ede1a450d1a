/** Units over transactions. Each is one transaction of the store: what happens to a transaction happens once, however many ask. */
import { defineUnit, type Ended, forgetRows, queryBuilder, type Unit } from '../../store/index.ts'
import { coolDown, supersedeAsked, takeAsk, warmUp } from '../attempts/asks.ts'
import { type AttemptTaken, succeedAttemptUnit } from '../attempts/units.ts'
import { type FactorUse, useFactorsUnit } from '../factors/units.ts'
import type { TransactionTables } from '../tables/index.ts'
import { isFresh, takeStep } from './steps.ts'

const db = queryBuilder<TransactionTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/**
 * Opens it. Of the customer's open ones of its kind beyond `most` the oldest make way, and whoever answers them is told: what he does on other
 * pages puts no payment of his aside. False: there is one of this id,
 * and nothing was changed.
 */
export function* openTransactionUnit({
  row,
  most,
}: {
  readonly row: Pick<
    TransactionTables['sca_transaction'],
    | 'id'
    | 'subject'
    | 'client'
    | 'kind'
    | 'created_at'
    | 'expires_at'
    | 'forget_at'
    | 'bytes'
    | 'body'
  >
  readonly most: number
}): Steps<boolean> {
  const [before] = yield db()
    .selectFrom('sca_transaction')
    .select('id')
    .where('id', '=', row.id)
    .compile()
  if (before !== undefined) return false
  const open = yield db()
    .selectFrom('sca_transaction')
    .select('id')
    .where('subject', '=', row.subject)
    .where('state', '=', 'open')
    .where('kind', '=', row.kind)
    .where('expires_at', '>', row.created_at)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(most * 2)
    .compile()
  for (const { id } of open.slice(most - 1))
    yield db()
      .updateTable('sca_transaction')
      .set({ state: 'superseded', settled_at: row.created_at })
      .where('id', '=', String(id))
      .compile()
  yield db()
    .insertInto('sca_transaction')
    .values({
      ...row,
      state: 'open',
      asked: null,
      asked_version: 0,
      proof: null,
      code: null,
      settled_at: null,
    })
    .compile()
  return true
}

export type AskOutcome =
  | { readonly kind: 'asked' }
  /** It is not open any more, or somebody asked something else meanwhile. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'too-often'; readonly until: number }

/** Asks the customer's devices about it, and about nothing else that waits. */
export function* askUnit({
  id,
  trace,
  subject,
  asks,
  asked,
  version,
  now,
}: {
  readonly id: string
  /** Keyed hash of what was agreed: under it stands what is done once. */
  readonly trace: string
  readonly subject: string
  /** Keyed hash of the customer as one who is asked. */
  readonly asks: string
  readonly asked: Uint8Array
  readonly version: number
  readonly now: number
}): Steps<AskOutcome> {
  const [open] = yield db()
    .selectFrom('sca_transaction')
    .select('id')
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('expires_at', '>', now)
    .where('asked_version', '=', version)
    .compile()
  if (open === undefined || !(yield* isFresh(trace))) return { kind: 'closed' }
  const until = yield* takeAsk(asks, now)
  if (until !== null) return { kind: 'too-often', until }
  yield db()
    .updateTable('sca_transaction')
    .set({ asked, asked_version: version + 1 })
    .where('id', '=', id)
    .compile()
  yield* supersedeAsked(subject, id, now)
  return { kind: 'asked' }
}

export interface Proven {
  readonly id: string
  /** Keyed hash of what was agreed: under it stands what is done once. */
  readonly trace: string
  readonly proof: Uint8Array
  readonly now: number
  readonly uses: readonly FactorUse[]
  readonly attempt: AttemptTaken
  /** Keyed hash of the customer as one who is asked. */
  readonly asks: string
}

/**
 * The elements are proven: each is used as far as it may be (a counter goes forward only, a revoked one is none), the attempt was none that
 * failed, and the transaction is verified. `used`: an element was used or revoked meanwhile, the attempt stays counted. `closed`: the
 * transaction was refused, superseded or verified by somebody else.
 */
export function* proveUnit({
  id,
  trace,
  proof,
  now,
  uses,
  attempt,
  asks,
}: Proven): Steps<'verified' | 'used' | 'closed'> {
  const [open] = yield db()
    .selectFrom('sca_transaction')
    .select('asked_version')
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('expires_at', '>', now)
    .compile()
  if (open === undefined || !(yield* isFresh(trace))) return 'closed'
  if (!(yield* useFactorsUnit({ uses, now }))) return 'used'
  yield db()
    .updateTable('sca_transaction')
    .set({ state: 'verified', proof, settled_at: now })
    .where('id', '=', id)
    .compile()
  yield* succeedAttemptUnit({ attempt, now })
  if (Number(open['asked_version']) > 0) yield* warmUp(asks, now)
  return 'verified'
}

/** True for the first: the customer does not want it. What he was asked on his devices is followed by a pause. */
export function* refuseTransactionUnit({
  id,
  trace,
  asks,
  forgetAt,
  now,
}: {
  readonly id: string
  readonly trace: string
  readonly asks: string
  readonly forgetAt: number
  readonly now: number
}): Steps<boolean> {
  const rows = yield db()
    .updateTable('sca_transaction')
    .set({ state: 'refused', settled_at: now })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('expires_at', '>', now)
    .returning('asked_version')
    .compile()
  const [refused] = rows
  if (refused === undefined) return false
  if (!(yield* takeStep(trace, 'refused', forgetAt))) return false
  if (Number(refused['asked_version']) > 0) yield* coolDown(asks, now)
  return true
}

export function* forgetTransactionsUnit(ended: Ended): Steps<number> {
  const transactions = yield* forgetRows('sca_transaction', 'forget_at', ended)
  return Math.max(transactions, yield* forgetRows('sca_step', 'forget_at', ended))
}

const here = import.meta.url
export const openTransaction = defineUnit(here, 'openTransactionUnit', openTransactionUnit)
export const ask = defineUnit(here, 'askUnit', askUnit)
export const prove = defineUnit(here, 'proveUnit', proveUnit)
export const refuseTransaction = defineUnit(here, 'refuseTransactionUnit', refuseTransactionUnit)
export const forgetTransactions = defineUnit(here, 'forgetTransactionsUnit', forgetTransactionsUnit)
