/** Units over enrolments: one hand at a time, and what was ended meanwhile comes to nothing. */
import { defineUnit, type Ended, forgetRows, queryBuilder, type Unit } from '../../store/index.ts'
import type { EnrolmentTables, FactorTables, TransactionTables } from '../tables/index.ts'
import { takeStep } from '../transactions/steps.ts'

const db = queryBuilder<EnrolmentTables & FactorTables & TransactionTables>()
type Row = EnrolmentTables['sca_enrolment']
type Steps<R> = ReturnType<Unit<unknown, R>>

/** The customer's older one of this step and kind ends with it, also one in somebody's hand. */
export function* putEnrolmentUnit(row: NewEnrolment): Steps<null> {
  yield db()
    .deleteFrom('sca_enrolment')
    .where('subject', '=', row.subject)
    .where('step', '=', row.step)
    .where('kind', 'in', [row.kind, ''])
    .compile()
  yield db()
    .insertInto('sca_enrolment')
    .values({ ...row, in_hand: 0 })
    .compile()
  return null
}
export type NewEnrolment = Omit<Row, 'in_hand'>

/** Its body for the first who asks, who has it in hand from now on; for others there is none. */
export function* takeEnrolmentUnit({
  id,
  step,
  subject,
  now,
}: InHand & { readonly subject: string; readonly now: number }): Steps<Uint8Array | null> {
  const [row] = yield db()
    .updateTable('sca_enrolment')
    .set({ in_hand: 1 })
    .where('id', '=', id)
    .where('step', '=', step)
    .where('in_hand', '=', 0)
    .where('subject', '=', subject)
    .where('expires_at', '>', now)
    .returning('body')
    .compile()
  const body = row?.['body']
  return body instanceof Uint8Array ? body : null
}
export interface InHand {
  readonly id: string
  readonly step: Row['step']
}

/** Out of the hand that has it: with another body, or (`null`) as it was. What was ended meanwhile stays ended. */
export function* giveBackEnrolmentUnit({
  id,
  step,
  body,
}: InHand & { readonly body: Uint8Array | null }): Steps<null> {
  yield db()
    .updateTable('sca_enrolment')
    .set(body === null ? { in_hand: 0 } : { in_hand: 0, body })
    .where('id', '=', id)
    .where('step', '=', step)
    .where('in_hand', '=', 1)
    .compile()
  return null
}

/** What is in hand is used up. False: it was ended meanwhile. Inside another unit, or by itself. */
export function* spendEnrolmentUnit({ id, step }: InHand): Steps<boolean> {
  const gone = yield db()
    .deleteFrom('sca_enrolment')
    .where('id', '=', id)
    .where('step', '=', step)
    .where('in_hand', '=', 1)
    .returning('id')
    .compile()
  return gone.length > 0
}

/** Whether in a hand or not, it does not count. */
export function* withdrawEnrolmentUnit({ id, step }: InHand): Steps<null> {
  yield db().deleteFrom('sca_enrolment').where('id', '=', id).where('step', '=', step).compile()
  return null
}

/** The body of one that waits and is in no hand. */
export function* findEnrolmentUnit({
  id,
  step,
  now,
}: InHand & { readonly now: number }): Steps<Uint8Array | null> {
  const [row] = yield db()
    .selectFrom('sca_enrolment')
    .select('body')
    .where('id', '=', id)
    .where('step', '=', step)
    .where('in_hand', '=', 0)
    .where('expires_at', '>', now)
    .compile()
  const body = row?.['body']
  return body instanceof Uint8Array ? body : null
}

/** How many codes, proposals and enrolments of this customer have not come to their end, in whichever hand. */
export function* pendingEnrolmentsUnit({
  subject,
  now,
}: {
  readonly subject: string
  readonly now: number
}): Steps<number> {
  const rows = yield db()
    .selectFrom('sca_enrolment')
    .select('id')
    .where('subject', '=', subject)
    .where('expires_at', '>', now)
    .compile()
  return rows.length
}

/** By whatever it was allowed: a code of the bank in hand, or elements that are still in use. */
export interface Allowance {
  /** Id of the activation; absent: it was no code of the bank. */
  readonly activation?: string
  /** Ids of the elements with which the customer authenticated for it. */
  readonly elements: readonly string[]
}

/** An enrolment begins. False: what allowed it was ended meanwhile. */
export function* beginEnrolmentUnit({
  row,
  by,
}: {
  readonly row: NewEnrolment
  readonly by: Allowance
}): Steps<boolean> {
  const { activation, elements } = by
  if (
    activation !== undefined &&
    !(yield* spendEnrolmentUnit({ id: activation, step: 'activation' }))
  )
    return false
  if (!(yield* areInUse(row.subject, elements))) return false
  yield* putEnrolmentUnit(row)
  return true
}

/** Whether each of them is this customer's, and not revoked. Inside another unit. */
export function* areInUse(subject: string, elements: readonly string[]): Steps<boolean> {
  if (elements.length === 0) return true
  const found = yield db()
    .selectFrom('sca_factor')
    .select('id')
    .where('subject', '=', subject)
    .where('state', '=', 'active')
    .where('id', 'in', elements)
    .compile()
  return found.length === new Set(elements).size
}

const NOT_DONE = ['verified', 'issued'] as const
/** What was authenticated with the elements of this customer, and not done yet. */
export function* waitingTransactionsUnit({
  subject,
}: {
  readonly subject: string
}): Steps<readonly WaitingTransaction[]> {
  const rows = yield db()
    .selectFrom('sca_transaction')
    .select(['id', 'forget_at'])
    .where('subject', '=', subject)
    .where('state', 'in', NOT_DONE)
    .compile()
  return rows as unknown as readonly WaitingTransaction[] // sound: the columns are as the migration declares them
}
export type WaitingTransaction = Pick<TransactionTables['sca_transaction'], 'id' | 'forget_at'>

/**
 * Ends all elements in use, with all codes and enrolments that wait or are in somebody's hand, and what was authenticated and not done: none of
 * them comes after it.
 */
export function* endElementsUnit({
  subject,
  spent,
  now,
}: {
  readonly subject: string
  /** Keyed hashes of what was agreed, of transactions that are known to wait: that they are over stands beside them. */
  readonly spent: readonly { readonly trace: string; readonly forgetAt: number }[]
  readonly now: number
}): Steps<ElementsEnded> {
  for (const { trace, forgetAt } of spent) yield* takeStep(trace, 'spent', forgetAt)
  const transactions = yield db()
    .updateTable('sca_transaction')
    .set({ state: 'void', settled_at: now })
    .where('subject', '=', subject)
    .where('state', 'in', NOT_DONE)
    .returning('id')
    .compile()
  const codes = yield db()
    .deleteFrom('sca_enrolment')
    .where('subject', '=', subject)
    .returning('id')
    .compile()
  const elements = yield db()
    .updateTable('sca_factor')
    .set({ state: 'revoked', ended_at: now, body: GONE })
    .where('subject', '=', subject)
    .where('state', '=', 'active')
    .returning(['id', 'kind'])
    .compile()
  // Sound: the columns are as the migration declares them.
  const ended = elements as unknown as readonly EndedNow[]
  return { elements: ended, codes: codes.length, transactions: transactions.length }
}
export interface ElementsEnded {
  readonly elements: readonly EndedNow[]
  readonly codes: number
  readonly transactions: number
}
export type EndedNow = Pick<FactorTables['sca_factor'], 'id' | 'kind'>
/** What is revoked is destroyed (RTS Art. 27): only that there was one stays. */
export const GONE = new Uint8Array()

/** Activation codes that wait for this customer, oldest first. */
export function* waitingEnrolmentsUnit({
  subject,
  now,
}: {
  readonly subject: string
  readonly now: number
}): Steps<readonly WaitingRow[]> {
  const rows = yield db()
    .selectFrom('sca_enrolment')
    .select(['id', 'created_at', 'expires_at', 'body'])
    .where('subject', '=', subject)
    .where('step', '=', 'activation')
    .where('in_hand', '=', 0)
    .where('expires_at', '>', now)
    .orderBy('created_at')
    .orderBy('id')
    .compile()
  return rows as unknown as readonly WaitingRow[] // sound: the columns are as the migrations declare them
}

/** Codes and enrolments of this customer, of one kind or (absent) all: whoever has one has nothing any more. Gives how many went. */
export function* dropEnrolmentsUnit({ subject, kind }: DropAsked): Steps<number> {
  const all = db().deleteFrom('sca_enrolment').where('subject', '=', subject)
  const rows = yield (kind === undefined ? all : all.where('kind', 'in', [kind, '']))
    .returning('id')
    .compile()
  return rows.length
}

export interface DropAsked {
  readonly subject: string
  readonly kind?: string
}
export type WaitingRow = Pick<Row, 'id' | 'created_at' | 'expires_at' | 'body'>

export function* forgetEnrolmentsUnit(ended: Ended): Steps<number> {
  return yield* forgetRows('sca_enrolment', 'expires_at', ended)
}

const here = import.meta.url
export const putEnrolment = defineUnit(here, 'putEnrolmentUnit', putEnrolmentUnit)
export const takeEnrolment = defineUnit(here, 'takeEnrolmentUnit', takeEnrolmentUnit)
export const giveBackEnrolment = defineUnit(here, 'giveBackEnrolmentUnit', giveBackEnrolmentUnit)
export const withdrawEnrolment = defineUnit(here, 'withdrawEnrolmentUnit', withdrawEnrolmentUnit)
export const findEnrolment = defineUnit(here, 'findEnrolmentUnit', findEnrolmentUnit)
export const spendEnrolment = defineUnit(here, 'spendEnrolmentUnit', spendEnrolmentUnit)
export const beginEnrolment = defineUnit(here, 'beginEnrolmentUnit', beginEnrolmentUnit)
export const waitingTransactions = defineUnit(
  here,
  'waitingTransactionsUnit',
  waitingTransactionsUnit,
)
export const endElements = defineUnit(here, 'endElementsUnit', endElementsUnit)
export const pendingEnrolments = defineUnit(here, 'pendingEnrolmentsUnit', pendingEnrolmentsUnit)
export const waitingEnrolments = defineUnit(here, 'waitingEnrolmentsUnit', waitingEnrolmentsUnit)
export const dropEnrolments = defineUnit(here, 'dropEnrolmentsUnit', dropEnrolmentsUnit)
export const forgetEnrolments = defineUnit(here, 'forgetEnrolmentsUnit', forgetEnrolmentsUnit)
