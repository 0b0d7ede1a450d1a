/** Whether what is asked for is what was authenticated, field by field. A difference names the field and never a value. */
import { sumOfMinorUnits } from './amount.ts'
import { type CanonicalPayment, PAYMENT_FIELDS, type PaymentField } from './order.ts'

export interface PaymentDifference {
  readonly field: PaymentField
  /** `added`: asked for, and nothing of it was authenticated. */
  readonly kind: 'changed' | 'added' | 'missing'
}

/** Payments in one request; more are refused before anything is compared. */
export const MAX_PAYMENTS = 1000

/** A request that says nothing of these is paid as authenticated: the payer chose the account, the bank knows it. */
const MAY_STAY_UNSAID: ReadonlySet<PaymentField> = new Set(['debtorAccount'])

/**
 * Compares payments with those that were authenticated: one with one, or a batch by its total and its payees, each with its amount
 * (RTS Art. 5(3)(b)). `free`: fields that may be asked for though nothing was authenticated about them. Empty: they are the same.
 */
export function comparePayments(
  authenticated: readonly CanonicalPayment[],
  asked: readonly CanonicalPayment[],
  free: ReadonlySet<PaymentField> = new Set(),
): readonly PaymentDifference[] {
  const [first] = authenticated
  const [one] = asked
  if (first === undefined || one === undefined)
    return [{ field: 'amount', kind: first === undefined ? 'added' : 'missing' }]
  if (authenticated.length === 1 && asked.length === 1) return compareOne(first, one, free)
  return compareBatch(authenticated, asked, free)
}

function compareOne(
  authenticated: CanonicalPayment,
  asked: CanonicalPayment,
  free: ReadonlySet<PaymentField>,
): readonly PaymentDifference[] {
  const found: PaymentDifference[] = []
  for (const field of PAYMENT_FIELDS) {
    const was = authenticated.fields.get(field)
    const is = asked.fields.get(field)
    if (was === is) continue
    if (was === undefined) {
      if (!free.has(field)) found.push({ field, kind: 'added' })
    } else if (is !== undefined) found.push({ field, kind: 'changed' })
    else if (!MAY_STAY_UNSAID.has(field)) found.push({ field, kind: 'missing' })
  }
  return found
}

function compareBatch(
  authenticated: readonly CanonicalPayment[],
  asked: readonly CanonicalPayment[],
  free: ReadonlySet<PaymentField>,
): readonly PaymentDifference[] {
  const found = new Map<PaymentField, PaymentDifference>()
  if (totals(authenticated) !== totals(asked))
    found.set('amount', { field: 'amount', kind: 'changed' })
  if (payees(authenticated) !== payees(asked))
    found.set('creditorAccount', { field: 'creditorAccount', kind: 'changed' })
  if (found.size > 0) return [...found.values()]
  // The same payees and total: each payee still gets its own amount, name and text.
  const was = authenticated.toSorted(inOrder)
  const is = asked.toSorted(inOrder)
  was.forEach((payment, at) => {
    const other = is[at]
    for (const difference of other === undefined ? [] : compareOne(payment, other, free))
      if (!found.has(difference.field)) found.set(difference.field, difference)
  })
  return [...found.values()]
}

/** `EUR 12300` for each currency. */
function totals(payments: readonly CanonicalPayment[]): string {
  const byCurrency = new Map<string, string[]>()
  for (const { fields } of payments) {
    const currency = fields.get('currency') ?? ''
    const amounts = byCurrency.get(currency) ?? []
    amounts.push(fields.get('amount') ?? '0')
    byCurrency.set(currency, amounts)
  }
  return [...byCurrency]
    .map(([currency, amounts]) => `${currency} ${sumOfMinorUnits(amounts)}`)
    .sort()
    .join()
}

function payees(payments: readonly CanonicalPayment[]): string {
  return JSON.stringify(payments.map(({ fields }) => fields.get('creditorAccount') ?? '').sort())
}

/** By what two payments to one payee most likely differ in. */
const ORDER: readonly PaymentField[] = [
  'creditorAccount',
  'currency',
  'amount',
  'endToEndId',
  'reference',
  'remittance',
  'creditorName',
]

function inOrder(a: CanonicalPayment, b: CanonicalPayment): number {
  for (const field of ORDER) {
    const [x, y] = [a.fields.get(field) ?? '', b.fields.get(field) ?? '']
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}
