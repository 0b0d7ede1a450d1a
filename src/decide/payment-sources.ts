/** What the customer authenticated, by token and consent, and whether what is to be paid is that. */
import {
  type AuthenticatedPayments,
  type CanonicalPayment,
  comparePayments,
  type ErrorCode,
  mappingOf,
  type PaymentDifference,
  type PaymentField,
  type PaymentMapping,
  type PaymentsRead,
  readPayments,
} from '../lib/index.ts'
import { isReadable } from './body-tree.ts'
import { bodyValue } from './body-value.ts'
import type { Facts } from './facts.ts'
import type { Failure } from './rule.ts'
import { ownConsent } from './selection.ts'

export type Source = AuthenticatedPayments & {
  readonly kind: 'known'
  /** As `sca.digest` of a token is. */
  readonly digest?: string
}

/** Those of token and consent that hold payments; where both do, the request must be as both say. Empty: neither does. */
export function sourcesOf(facts: Facts): readonly Source[] | Failure {
  const token = facts.token?.kind === 'verified' ? facts.token : undefined
  const found: Source[] = []
  for (const holder of [token, ownConsent(facts)]) {
    if (holder?.payments === undefined) continue
    const { payments: source, paymentsDigest: digest } = holder
    if (source.kind === 'unreadable') return UNREADABLE
    if (source.payments.length > 0)
      found.push(digest === undefined ? source : { ...source, digest })
  }
  return found
}

export const NOTHING: Failure = {
  code: 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED',
  detail: 'neither token nor consent holds a payment',
}
const UNREADABLE: Failure = {
  code: 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED',
  detail: 'the payment that token or consent holds cannot be read',
}

/** Levels of a body that are read; the body itself is judged by `request.validation`. */
export const MAX_PAYMENT_DEPTH = 64

/** `mappings`: of the operation; the body says which of them is its own. */
export function paymentsOfBody(
  { body }: Facts,
  mappings: readonly [PaymentMapping, ...PaymentMapping[]],
): PaymentsRead {
  const value =
    body?.kind === 'text' && isReadable(body.mediaType)
      ? bodyValue(body, MAX_PAYMENT_DEPTH)
      : undefined
  const mapping = value === undefined ? undefined : mappingOf(value, mappings)
  return value === undefined || mapping === undefined
    ? { ok: false, fault: { field: 'amount', reason: 'unreadable' } }
    : readPayments(value, mapping)
}

export function unreadable({ fault }: Extract<PaymentsRead, { readonly ok: false }>): Failure {
  return {
    code: 'GH_GATEWAY_PAYMENT_UNREADABLE',
    detail: `${fault.field} of the request: ${fault.reason}`,
  }
}

/** `together`: all that was authenticated is paid at once. Else the request may be for any of several: the nearest is told. */
export function compareWith(
  sources: readonly Source[],
  asked: readonly CanonicalPayment[],
  free: ReadonlySet<PaymentField>,
  together = false,
): Failure | undefined {
  for (const { payments } of sources) {
    const differences = nearest(together ? [payments.flat()] : payments, asked, free)
    if (differences.length > 0) return refuse(differences)
  }
  return undefined
}

/**
 * Which of the authenticated payments a request is for that `compareWith` let pass: of those of the consent, where it holds any. Of two that
 * differ only in fields that are free, the one that says the same in these too.
 */
export function paidBy(
  sources: readonly Source[],
  asked: readonly CanonicalPayment[],
  free: ReadonlySet<PaymentField>,
  together = false,
): readonly CanonicalPayment[] | undefined {
  const payments = sources.at(-1)?.payments ?? []
  const choices = together ? [payments.flat()] : payments
  return (
    choices.find((payment) => comparePayments(payment, asked).length === 0) ??
    choices.find((payment) => comparePayments(payment, asked, free).length === 0)
  )
}

function nearest(
  payments: Source['payments'],
  asked: readonly CanonicalPayment[],
  free: ReadonlySet<PaymentField>,
): readonly PaymentDifference[] {
  let best: readonly PaymentDifference[] | undefined
  for (const payment of payments) {
    const found = comparePayments(payment, asked, free)
    if (best === undefined || found.length < best.length) best = found
  }
  return best ?? [{ field: 'amount', kind: 'added' }]
}

const CODES: Readonly<Record<PaymentField, ErrorCode>> = {
  amount: 'GH_GATEWAY_PAYMENT_AMOUNT',
  currency: 'GH_GATEWAY_PAYMENT_CURRENCY',
  creditorAccount: 'GH_GATEWAY_PAYMENT_PAYEE',
  creditorName: 'GH_GATEWAY_PAYMENT_PAYEE_NAME',
  creditorAgent: 'GH_GATEWAY_PAYMENT_PAYEE',
  debtorAccount: 'GH_GATEWAY_PAYMENT_DEBTOR',
  remittance: 'GH_GATEWAY_PAYMENT_REMITTANCE',
  reference: 'GH_GATEWAY_PAYMENT_REFERENCE',
  endToEndId: 'GH_GATEWAY_PAYMENT_REFERENCE',
  executionDate: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  recurringAmount: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  finalAmount: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  frequency: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  transferCurrency: 'GH_GATEWAY_PAYMENT_CURRENCY',
  exchangeRate: 'GH_GATEWAY_PAYMENT_CURRENCY',
  chargeBearer: 'GH_GATEWAY_PAYMENT_CHARGES',
  destination: 'GH_GATEWAY_PAYMENT_PAYEE',
  lastDate: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  count: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  executionRule: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  executionDay: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  countPerPeriod: 'GH_GATEWAY_PAYMENT_SCHEDULE',
  fileHash: 'GH_GATEWAY_PAYMENT_FILE',
  fileType: 'GH_GATEWAY_PAYMENT_FILE',
  controlSum: 'GH_GATEWAY_PAYMENT_AMOUNT',
  fileReference: 'GH_GATEWAY_PAYMENT_REFERENCE',
  executionMonths: 'GH_GATEWAY_PAYMENT_SCHEDULE',
}

/** The code is of the first difference; the event names them all, and no value. */
function refuse(differences: readonly PaymentDifference[]): Failure {
  const [first] = differences
  return {
    code: CODES[first?.field ?? 'amount'],
    detail: differences.map(({ field, kind }) => `${field} ${WORDS[kind]}`).join(', '),
  }
}
const WORDS: Readonly<Record<PaymentDifference['kind'], string>> = {
  changed: 'is not what was authenticated',
  added: 'was not authenticated',
  missing: 'was authenticated and is missing',
}
