/**
 * Payments that a customer authenticated, as a token or a consent record carries them: `authorization_details` (RFC 9396 §2), an object
 * for each, in the form of the RFC's own example `payment_initiation`. Objects that hold no amount are about something else.
 */
import { isJsonObject, type JsonValue } from '../json.ts'
import { type PaymentMapping, readPayments } from './mapping.ts'
import type { CanonicalPayment, PaymentOrder } from './order.ts'

/** Objects in one list; a token that authorises more is no authorisation of a payment. */
export const MAX_DETAILS = 32

export type AuthenticatedPayments =
  /** One list for each payment or batch; the request may be for any one of them. Empty: nothing was authenticated. */
  | { readonly kind: 'known'; readonly payments: readonly (readonly CanonicalPayment[])[] }
  /** Something that says it is a payment cannot be read: nothing may be paid under it. */
  | { readonly kind: 'unreadable' }

export const NOTHING_AUTHENTICATED: AuthenticatedPayments = { kind: 'known', payments: [] }
const UNREADABLE: AuthenticatedPayments = { kind: 'unreadable' }

const DETAIL: PaymentMapping = {
  id: 'rfc9396',
  payments: '/payments',
  fields: {
    amount: ['/instructedAmount/amount'],
    currency: ['/instructedAmount/currency'],
    creditorAccount: ['/creditorAccount'],
    creditorName: ['/creditorName'],
    creditorAgent: ['/creditorAgent', '/creditorAccount/bic'],
    debtorAccount: ['/debtorAccount'],
    remittance: ['/remittanceInformationUnstructured', '/remittanceInformationUnstructuredArray'],
    reference: ['/remittanceInformationStructured', '/remittanceInformationStructuredArray'],
    endToEndId: ['/endToEndIdentification'],
    executionDate: ['/requestedExecutionDate', '/requestedExecutionTime'],
    recurringAmount: ['/recurringPaymentAmount'],
    finalAmount: ['/finalPaymentAmount'],
    frequency: ['/frequency'],
    transferCurrency: ['/currencyOfTransfer'],
    exchangeRate: ['/exchangeRateInformation'],
    chargeBearer: ['/chargeBearer'],
    destination: ['/destinationCountryCode'],
    lastDate: ['/endDate'],
    count: ['/numberOfPayments'],
    executionRule: ['/executionRule'],
    executionDay: ['/dayOfExecution'],
    countPerPeriod: ['/countPerPeriod'],
    fileHash: ['/fileHash'],
    fileType: ['/fileType'],
    controlSum: ['/controlSum'],
    fileReference: ['/fileReference'],
    executionMonths: ['/monthsOfExecution'],
  },
}

/** Members that say something here of a payment; what else an object holds nobody is shown, and nobody signs. */
export const DETAIL_MEMBERS: readonly string[] = [
  ...new Set(
    Object.values(DETAIL.fields)
      .flat()
      .map((pointer) => pointer.split('/')[1] ?? ''),
  ),
]

const ABOUT_PAYMENTS = ['instructedAmount', 'payments', 'fileHash']

/** `value` is the claim or member as parsed; `undefined` when there is none. */
export function readAuthorizationDetails(value: JsonValue | undefined): AuthenticatedPayments {
  if (value === undefined) return NOTHING_AUTHENTICATED
  if (!Array.isArray(value) || value.length > MAX_DETAILS) return UNREADABLE
  const payments: (readonly CanonicalPayment[])[] = []
  for (const detail of value as readonly JsonValue[]) {
    if (!isJsonObject(detail) || typeof detail['type'] !== 'string') return UNREADABLE
    if (!ABOUT_PAYMENTS.some((name) => Object.hasOwn(detail, name))) continue
    const read = readPayments(detail, DETAIL)
    if (!read.ok) return UNREADABLE
    payments.push(read.payments)
  }
  return payments.length === 0 ? NOTHING_AUTHENTICATED : { kind: 'known', payments }
}

/** The same payments as they are written, for whoever shows or signs them; `undefined` where one of them cannot be read. */
export function ordersInDetails(
  details: readonly JsonValue[],
): readonly PaymentOrder[] | undefined {
  const orders: PaymentOrder[] = []
  for (const detail of details) {
    const read = readPayments(detail, DETAIL)
    if (!read.ok) return undefined
    orders.push(...read.orders)
  }
  return orders
}
