/** Units on the way of a code, their queries compiled once: a transaction is found, its code is given out once and redeemed once. */
import { compiledQuery, defineUnit, queryBuilder, type Rows, type Unit } from '../../store/index.ts'
import type { TransactionState, TransactionTables } from '../tables/index.ts'
import { takeStep } from './steps.ts'

const db = queryBuilder<TransactionTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface TransactionRow {
  readonly id: string
  readonly subject: string
  readonly state: TransactionState
  readonly createdAt: number
  readonly expiresAt: number
  readonly body: Uint8Array
  readonly asked: Uint8Array | null
  readonly askedVersion: number
  readonly proof: Uint8Array | null
}

const readTransaction = compiledQuery(['id'], ({ id }: { readonly id: string }) =>
  db().selectFrom('sca_transaction').selectAll().where('id', '=', id).compile(),
)
const takeCode = compiledQuery(
  ['id', 'code', 'now'],
  ({ id, code, now }: { readonly id: string; readonly code: string; readonly now: number }) =>
    db()
      .updateTable('sca_transaction')
      .set({ state: 'redeemed', settled_at: now })
      .where('id', '=', id)
      .where('code', '=', code)
      .where('state', '=', 'issued')
      .returningAll()
      .compile(),
)

export function* findTransactionUnit({
  id,
}: {
  readonly id: string
}): Steps<TransactionRow | null> {
  const [row] = yield readTransaction({ id })
  return row === undefined ? null : transactionOf(row)
}

function transactionOf(row: Rows[number]): TransactionRow {
  // Sound: the columns are as the migration declares them.
  const found = row as unknown as TransactionTables['sca_transaction']
  return {
    id: found.id,
    subject: found.subject,
    state: found.state,
    createdAt: found.created_at,
    expiresAt: found.expires_at,
    body: found.body,
    asked: found.asked,
    askedVersion: found.asked_version,
    proof: found.proof,
  }
}

/** True for the first: from now on the code with this id, and no other, is the transaction's. */
export function* issueCodeUnit({
  id,
  trace,
  code,
  forgetAt,
  now,
}: {
  readonly id: string
  readonly trace: string
  readonly code: string
  readonly forgetAt: number
  readonly now: number
}): Steps<boolean> {
  const [verified] = yield db()
    .selectFrom('sca_transaction')
    .select('id')
    .where('id', '=', id)
    .where('state', '=', 'verified')
    .where('expires_at', '>', now)
    .compile()
  if (verified === undefined || !(yield* takeStep(trace, 'issued', forgetAt))) return false
  yield db()
    .updateTable('sca_transaction')
    .set({ state: 'issued', code, forget_at: forgetAt })
    .where('id', '=', id)
    .compile()
  return true
}

export interface Spent {
  /** True for the first who brings the code. */
  readonly first: boolean
  readonly row: TransactionRow
}

/**
 * Whatever comes of it, the code is of no use afterwards; what it is compared with comes back, so that one commit is waited for and nothing else.
 * `null`: there is no transaction of this id.
 */
export function* spendCodeUnit({
  id,
  trace,
  code,
  forgetAt,
  now,
}: {
  readonly id: string
  /** Of what the code is linked to. */
  readonly trace: string
  readonly code: string
  readonly forgetAt: number
  readonly now: number
}): Steps<Spent | null> {
  const [taken] = yield takeCode({ id, code, now })
  const [row] = taken === undefined ? yield readTransaction({ id }) : [taken]
  if (row === undefined) return null
  const first = taken !== undefined && (yield* takeStep(trace, 'spent', forgetAt))
  return { first, row: transactionOf(row) }
}

/** It came with something else than was agreed, or from somebody else. */
export function* voidCodeUnit({
  id,
  code,
}: {
  readonly id: string
  readonly code: string
}): Steps<null> {
  yield db()
    .updateTable('sca_transaction')
    .set({ state: 'void' })
    .where('id', '=', id)
    .where('code', '=', code)
    .where('state', '=', 'redeemed')
    .compile()
  return null
}

const here = import.meta.url
export const findTransaction = defineUnit(here, 'findTransactionUnit', findTransactionUnit)
export const issueCode = defineUnit(here, 'issueCodeUnit', issueCodeUnit)
export const spendCode = defineUnit(here, 'spendCodeUnit', spendCodeUnit)
export const voidCode = defineUnit(here, 'voidCodeUnit', voidCodeUnit)
