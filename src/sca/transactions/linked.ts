/**
 * What is authenticated, in the one form that is shown, signed and compared (RTS Art. 5). A `LinkedTransaction` is made from a request alone;
 * its `challenge` is a digest over everything that the customer agrees to, so that an answer to it is an answer to nothing else.
 */
import { hash } from 'node:crypto'
import {
  canonicalJson,
  canonicalPayment,
  type CanonicalPayment,
  MAX_PAYMENTS,
  type PaymentFault,
  type PaymentOrder,
  paymentText,
  type Result,
} from '../../lib/index.ts'
import type { RiskyAct } from '../decision/context.ts'
import type { RegisterChange } from '../ledger/question.ts'
import { actOfChange, type ReadChange, readChange } from '../registers/change.ts'
import { heapsMarks, mixesScripts } from './payee-name.ts'
import { type Shown, shownChange, shownPayments } from './shown.ts'

/** Why a customer authenticates (PSD2 Art. 97(1)). */
export type Purpose =
  /** One payment, or a batch. */
  | { readonly kind: 'payment'; readonly payments: readonly PaymentOrder[] }
  | { readonly kind: 'account-access' }
  | {
      readonly kind: 'risky-act'
      readonly what: RiskyAct['what']
      /** Of a change of elements: the id of the one that is removed, the kind of the one that is added. */
      readonly element?: string
      /** Of a list or series of the customer's: exactly what. */
      readonly change?: RegisterChange
    }

export interface TransactionRequest {
  /** The customer, as the bank names him. */
  readonly subject: string
  /** Who asks: the third party, or the bank's own channel; a code is of use to nobody else. */
  readonly client: string
  /** Where the code may be redeemed. */
  readonly audience: string
  readonly consentId?: string
  /** Of the decision of the ledger that wants this authentication. */
  readonly decisionId?: string
  readonly purpose: Purpose
}

/** Characters of each of the names in a request. */
export const MAX_NAME_CHARS = 256
/** Characters of a request as JSON; a batch of the most payments fits. */
export const MAX_REQUEST_CHARS = 1_048_576

export interface LinkedTransaction extends Omit<TransactionRequest, 'purpose'> {
  readonly id: string
  readonly kind: Purpose['kind']
  /** Of a risky act. */
  readonly what?: RiskyAct['what']
  readonly element?: string
  readonly change?: ReadChange
  /** Empty unless it is about payments. */
  readonly payments: readonly CanonicalPayment[]
  readonly shown: Shown
  /** SHA-256 over all of it. */
  readonly challenge: Buffer
}

export interface TransactionFault {
  /** `subject`, or `payments/2/creditorName`. */
  readonly path: string
  readonly reason: PaymentFault['reason'] | 'mixed-scripts' | 'too-many'
}

/** `nonce`: random, so that the same payment twice has two challenges. Equal arguments give an equal challenge, on every node, for ever. */
export function linkTransaction(
  id: string,
  nonce: string,
  request: TransactionRequest,
): Result<LinkedTransaction, readonly TransactionFault[]> {
  const { subject, client, audience, consentId, decisionId, purpose } = request
  const faults: TransactionFault[] = []
  const element = purpose.kind === 'risky-act' ? purpose.element : undefined
  const texts = { subject, client, audience, consentId, decisionId, element }
  for (const [path, name] of Object.entries(texts)) {
    if (name === undefined) continue
    if (name === '') faults.push({ path, reason: 'missing' })
    else if (name.length > MAX_NAME_CHARS) faults.push({ path, reason: 'too-long' })
    else if (!name.isWellFormed() || /\p{Cc}/u.test(name))
      faults.push({ path, reason: 'hidden-characters' })
  }
  const orders = purpose.kind === 'payment' ? purpose.payments : []
  const payments = readOrders(purpose, orders, faults)
  const change = changeIn(purpose, faults)
  if (faults.length > 0) return { ok: false, error: faults }
  const what =
    purpose.kind === 'risky-act'
      ? { what: purpose.what, ...(element === undefined ? {} : { element }) }
      : {}
  const names = {
    subject,
    client,
    audience,
    ...(consentId === undefined ? {} : { consentId }),
    ...(decisionId === undefined ? {} : { decisionId }),
  }
  const shown = {
    ...shownPayments(payments, orders),
    ...(change && { change: shownChange(change) }),
  }
  const text = canonicalJson({
    v: 1,
    id,
    nonce,
    ...names,
    kind: purpose.kind,
    ...what,
    ...(change && { change: change.text }),
    payments: payments.map(paymentText),
    totals: shown.totals,
  })
  const challenge = hash('sha256', text, 'buffer')
  return {
    ok: true,
    value: {
      id,
      ...names,
      kind: purpose.kind,
      ...what,
      ...(change && { change }),
      payments,
      shown,
      challenge,
    },
  }
}

function changeIn(purpose: Purpose, faults: TransactionFault[]): ReadChange | undefined {
  if (purpose.kind !== 'risky-act' || purpose.change === undefined) return undefined
  const read = readChange(purpose.change)
  if (!read.ok) faults.push(...read.error)
  if (actOfChange(purpose.change) !== purpose.what)
    faults.push({ path: 'what', reason: 'malformed' })
  return read.ok ? read.value : undefined
}

function readOrders(
  { kind }: Purpose,
  orders: readonly PaymentOrder[],
  faults: TransactionFault[],
): readonly CanonicalPayment[] {
  if (kind !== 'payment') return []
  if (orders.length === 0) faults.push({ path: 'payments', reason: 'missing' })
  if (orders.length > MAX_PAYMENTS) {
    faults.push({ path: 'payments', reason: 'too-many' })
    return []
  }
  return orders.flatMap((order, at) => {
    const read = canonicalPayment(order)
    if (!read.ok) {
      for (const { field, reason } of read.faults)
        faults.push({ path: `payments/${at}/${field}`, reason })
      return []
    }
    if (mixesScripts((order.creditorName ?? '').normalize('NFKC')))
      faults.push({ path: `payments/${at}/creditorName`, reason: 'mixed-scripts' })
    if (heapsMarks(order.creditorName ?? ''))
      faults.push({ path: `payments/${at}/creditorName`, reason: 'hidden-characters' })
    if (order.remittance?.some(heapsMarks) === true)
      faults.push({ path: `payments/${at}/remittance`, reason: 'hidden-characters' })
    return [read.payment]
  })
}
