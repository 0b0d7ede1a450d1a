/**
 * A payment as it is written somewhere, and the same payment in the one form in which it is compared, signed or linked. Two payments
 * are one payment exactly when their canonical forms say so; the table of what equals what is `test/lib/payment-table.json`.
 */
import { canonicalAccount, type PaymentAccount } from './account.ts'
import { canonicalAmount, canonicalCount, canonicalCurrency, canonicalSum } from './amount.ts'
import { type Canonical, type CanonicalFault, canonical, noCanonical } from './canonical.ts'
import { canonicalName, canonicalReference, canonicalText } from './text.ts'

export interface PaymentAmount {
  readonly amount: string
  readonly currency: string
}

/** Texts as written; absent and empty are one. */
export interface PaymentOrder {
  readonly amount?: string
  readonly currency?: string
  readonly creditorAccount?: PaymentAccount
  readonly creditorName?: string
  /** BIC, or another code of the payee's bank. */
  readonly creditorAgent?: string
  readonly debtorAccount?: PaymentAccount
  readonly remittance?: readonly string[]
  /** Structured reference of the payee. */
  readonly reference?: string
  readonly endToEndId?: string
  readonly executionDate?: string
  /** Of a standing order. */
  readonly recurringAmount?: PaymentAmount
  readonly finalAmount?: PaymentAmount
  readonly frequency?: string
  /** In which the payee is paid, where that is not the currency of the amount. */
  readonly transferCurrency?: string
  /** Units of what for what, and how it is agreed; compared as a whole. */
  readonly exchangeRate?: string
  /** Who bears the charges. */
  readonly chargeBearer?: string
  /** Country to which it goes. */
  readonly destination?: string
  /** Of a standing order: its last day, and how often. */
  readonly lastDate?: string
  readonly count?: string
  /** What happens on days without business, and on which day of a period. */
  readonly executionRule?: string
  readonly executionDay?: string
  /** Payments in each period of the frequency. */
  readonly countPerPeriod?: string
  /** Of a file of payments: its digest, kind, sum over all of it whatever their currencies, and reference. */
  readonly fileHash?: string
  readonly fileType?: string
  readonly controlSum?: string
  readonly fileReference?: string
  /** Of a standing order whose months are listed: their numbers. */
  readonly executionMonths?: readonly string[]
}
export type PaymentField = keyof PaymentOrder

/**
 * Without amount, currency and payee there is nothing that anybody could have agreed to (RTS Art. 5(1)(a)); a file stands for all of its
 * payments, so its digest is all of them.
 */
const ESSENTIAL: readonly PaymentField[] = ['amount', 'currency', 'creditorAccount']
const ESSENTIAL_OF_FILES: readonly PaymentField[] = ['fileHash', 'fileType']

/** Made by `canonicalPayment` only. */
export interface CanonicalPayment {
  /** In a fixed order; fields that are absent or empty are not there. */
  readonly fields: ReadonlyMap<PaymentField, string>
}
export interface PaymentFault {
  readonly field: PaymentField
  readonly reason: CanonicalFault | 'missing'
}

export type CanonicalOutcome =
  | { readonly ok: true; readonly payment: CanonicalPayment }
  /** In the order of the fields; at least one. */
  | { readonly ok: false; readonly faults: readonly PaymentFault[] }

type Reader = (order: PaymentOrder) => Canonical | undefined

/** In the order of `CanonicalPayment.fields`, which is part of what `paymentText` means: add at the end only. */
const READERS: { readonly [F in PaymentField]-?: Reader } = {
  amount: ({ amount, currency = '' }) => read(amount, (text) => canonicalAmount(text, currency)),
  currency: ({ currency }) => read(currency, canonicalCurrency),
  creditorAccount: ({ creditorAccount }) => creditorAccount && canonicalAccount(creditorAccount),
  creditorName: ({ creditorName }) => read(creditorName, canonicalName),
  creditorAgent: ({ creditorAgent }) => read(creditorAgent, canonicalAgent),
  debtorAccount: ({ debtorAccount }) => debtorAccount && canonicalAccount(debtorAccount),
  remittance: ({ remittance }) => remittance && canonicalLines(remittance),
  reference: ({ reference }) => read(reference, canonicalReference),
  endToEndId: ({ endToEndId }) => read(endToEndId, canonicalReference),
  executionDate: ({ executionDate }) => read(executionDate, canonicalDate),
  recurringAmount: ({ recurringAmount }) => recurringAmount && canonicalMoney(recurringAmount),
  finalAmount: ({ finalAmount }) => finalAmount && canonicalMoney(finalAmount),
  frequency: ({ frequency }) => read(frequency, canonicalReference),
  transferCurrency: ({ transferCurrency }) => read(transferCurrency, canonicalCurrency),
  exchangeRate: ({ exchangeRate }) => read(exchangeRate, canonicalReference),
  chargeBearer: ({ chargeBearer }) => read(chargeBearer, canonicalReference),
  destination: ({ destination }) => read(destination, canonicalReference),
  lastDate: ({ lastDate }) => read(lastDate, canonicalDate),
  count: ({ count }) => read(count, canonicalCount),
  executionRule: ({ executionRule }) => read(executionRule, canonicalReference),
  executionDay: ({ executionDay }) => read(executionDay, canonicalReference),
  countPerPeriod: ({ countPerPeriod }) => read(countPerPeriod, canonicalCount),
  fileHash: ({ fileHash }) => read(fileHash, canonicalReference),
  fileType: ({ fileType }) => read(fileType, canonicalReference),
  controlSum: ({ controlSum }) => read(controlSum, canonicalSum),
  fileReference: ({ fileReference }) => read(fileReference, canonicalReference),
  executionMonths: ({ executionMonths }) => executionMonths && canonicalMonths(executionMonths),
}
/** Sound: the keys of `READERS` are the fields. */
export const PAYMENT_FIELDS = Object.keys(READERS) as readonly PaymentField[]

/** The payment in its canonical form, or every field that has none. */
export function canonicalPayment(order: PaymentOrder): CanonicalOutcome {
  const fields = new Map<PaymentField, string>()
  const faults: PaymentFault[] = []
  const essential = order.fileHash === undefined ? ESSENTIAL : ESSENTIAL_OF_FILES
  for (const field of PAYMENT_FIELDS) {
    const value = READERS[field](order)
    if (value?.ok === false) {
      // An amount is judged by its currency; where that is at fault, it alone is told.
      if (field !== 'amount' || currencyIsSound(order)) faults.push({ field, reason: value.reason })
    } else if (value !== undefined && value.value !== '') fields.set(field, value.value)
    else if (essential.includes(field)) faults.push({ field, reason: 'missing' })
  }
  return faults.length === 0 ? { ok: true, payment: { fields } } : { ok: false, faults }
}

/**
 * One text for one payment, for a code or signature that is to be specific to it (RTS Art. 5(1)(b)): a line `field=value` for each field.
 * No value holds a line break but that of an account with a secondary identification, which is written as `\n`.
 */
export function paymentText({ fields }: CanonicalPayment): string {
  return [...fields]
    .map(([field, value]) => `${field}=${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`)
    .join('\n')
}

function currencyIsSound({ currency = '' }: PaymentOrder): boolean {
  return canonicalCurrency(currency).ok
}

function read(
  text: string | undefined,
  reader: (text: string) => Canonical,
): Canonical | undefined {
  return text === undefined || text === '' ? undefined : reader(text)
}

function canonicalMoney({ amount, currency }: PaymentAmount): Canonical {
  const minor = canonicalAmount(amount, currency)
  return minor.ok ? canonical(`${minor.value} ${currency.toUpperCase()}`) : minor
}

/** Lines in order; empty ones say nothing. */
function canonicalLines(lines: readonly string[]): Canonical {
  const kept: string[] = []
  for (const line of lines) {
    const one = canonicalText(line)
    if (!one.ok) return one
    if (one.value !== '') kept.push(one.value)
  }
  return canonical(kept.join('\n'))
}

/** Each once, in whatever order they are listed. */
function canonicalMonths(months: readonly string[]): Canonical {
  const sound = months.every((month) => /^(?:[1-9]|1[0-2])$/.test(month))
  if (!sound || new Set(months).size < months.length) return noCanonical('malformed')
  return canonical(months.toSorted((a, b) => Number(a) - Number(b)).join(' '))
}

/** ISO 9362: eleven characters of which the last three are XXX are the eight before them. Other codes are compared as written. */
function canonicalAgent(text: string): Canonical {
  if (!/^[A-Za-z]{6}[A-Za-z0-9]{2}(?:[A-Za-z0-9]{3})?$/.test(text)) return canonicalReference(text)
  return canonical(text.toUpperCase().replace(/^(.{8})XXX$/, '$1'))
}

const DATE =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2}))?$/

/** A day, or an instant with its offset: the same instant at another offset is another promise. RFC 3339 §5.6. */
function canonicalDate(text: string): Canonical {
  const match = DATE.exec(text)
  if (match === null) return noCanonical('malformed')
  const [, day = '', time, fraction = '', zone = ''] = match
  if (time === undefined) return canonical(day)
  const part = fraction.replace(/0+$/, '')
  const offset = /^([Zz]|[+-]00:00)$/.test(zone) ? 'Z' : zone
  return canonical(`${day}T${time}${part === '' ? '' : `.${part}`}${offset}`)
}
