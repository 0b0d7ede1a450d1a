/**
 * What the customer is shown of a transaction before he agrees (RTS Art. 5(1)(a)): made from the canonical payments that his code is linked to,
 * and from nothing else, so that no text can say one thing and be signed as another.
 */
import {
  amountText,
  type CanonicalPayment,
  type PaymentOrder,
  sumOfMinorUnits,
} from '../../lib/index.ts'
import type { ReadChange } from '../registers/change.ts'

export interface ShownPayment {
  /** `10.50`; absent for a file of payments without a sum. */
  readonly amount?: string
  /** ISO 4217; absent for a file, whose sum is over all currencies. */
  readonly currency?: string
  readonly payeeName?: string
  /** `DE89 3704 0044 0532 0130 00`, with its scheme before it where that is no IBAN. */
  readonly payeeAccount?: string
  readonly debtorAccount?: string
  readonly remittance?: string
  readonly reference?: string
  readonly executionDate?: string
  /** In which the payee is paid, where that is not the currency of the amount; at which rate, as it was agreed; who pays charges; to where. */
  readonly transferCurrency?: string
  readonly exchangeRate?: string
  readonly chargeBearer?: string
  readonly destination?: string
  /** Of a standing order: how often, on which day, until when, how many, and the other amounts. */
  readonly frequency?: string
  readonly countPerPeriod?: string
  readonly executionDay?: string
  /** What happens on days without business. */
  readonly executionRule?: string
  /** `1 4 10` where its months are listed. */
  readonly executionMonths?: string
  readonly count?: string
  readonly lastDate?: string
  readonly recurringAmount?: string
  readonly finalAmount?: string
  /** Digest of a file of payments. */
  readonly fileHash?: string
}

export interface Shown {
  readonly payments: readonly ShownPayment[]
  /** One for each currency, in the order in which they come; RTS Art. 5(3)(b). */
  readonly totals: readonly { readonly amount: string; readonly currency: string }[]
  /** Of a change of the customer's list of trusted payees, or of a series. */
  readonly change?: ShownChange
}

export interface ShownChange {
  readonly as: ReadChange['as']
  readonly payees: readonly Required<Pick<ShownPayment, 'payeeName' | 'payeeAccount'>>[]
  readonly series?: string
  /** Of each payment of the series: `800.00 EUR`. */
  readonly amount?: string
}

export function shownChange({ as, payees, series, amount }: ReadChange): ShownChange {
  return {
    as,
    payees: payees.map(({ name, account: of }) => ({
      payeeName: name,
      payeeAccount: account(of) ?? '',
    })),
    ...(series === undefined ? {} : { series }),
    ...(amount === undefined ? {} : { amount }),
  }
}

export function shownPayments(
  payments: readonly CanonicalPayment[],
  orders: readonly PaymentOrder[],
): Shown {
  return {
    payments: payments.map((payment, at) => shownPayment(payment, orders[at])),
    totals: totalsOf(payments),
  }
}

function shownPayment({ fields }: CanonicalPayment, order: PaymentOrder | undefined): ShownPayment {
  const currency = fields.get('currency')
  const amount = fields.get('amount')
  const money = (text: string | undefined): string | undefined => {
    const [minor = '', code = ''] = text?.split(' ') ?? []
    return text === undefined ? undefined : `${amountText(minor, code)} ${code}`
  }
  return present({
    amount:
      amount === undefined || currency === undefined
        ? fields.get('controlSum')
        : amountText(amount, currency),
    currency,
    payeeName: payeeName(order),
    payeeAccount: account(fields.get('creditorAccount')),
    debtorAccount: account(fields.get('debtorAccount')),
    remittance: fields.get('remittance'),
    reference: fields.get('reference'),
    executionDate: fields.get('executionDate'),
    transferCurrency: fields.get('transferCurrency'),
    exchangeRate: exchangeRate(fields.get('exchangeRate')),
    chargeBearer: fields.get('chargeBearer'),
    destination: fields.get('destination'),
    frequency: fields.get('frequency'),
    countPerPeriod: fields.get('countPerPeriod'),
    executionDay: fields.get('executionDay'),
    executionRule: fields.get('executionRule'),
    executionMonths: fields.get('executionMonths'),
    count: fields.get('count'),
    lastDate: fields.get('lastDate'),
    recurringAmount: money(fields.get('recurringAmount')),
    finalAmount: money(fields.get('finalAmount')),
    fileHash: fields.get('fileHash'),
  })
}

/** As people write it: compatibility forms and runs of spaces as in the canonical form, the case as it was. */
function payeeName(order: PaymentOrder | undefined): string | undefined {
  const name = order?.creditorName
    ?.normalize('NFKC')
    .replaceAll(/\p{Zs}+/gu, ' ')
    .trim()
  return name === '' ? undefined : name
}

/** `RateType: Agreed, UnitCurrency: GBP`, of the structure that is compared as a whole. */
function exchangeRate(canonical: string | undefined): string | undefined {
  return canonical?.replaceAll(/[{}"]/g, '').replaceAll(/([:,])/g, '$1 ')
}

/** `iban:DE…` in groups of four; other schemes keep their name. */
function account(canonical: string | undefined): string | undefined {
  if (canonical === undefined) return undefined
  if (!canonical.startsWith('iban:')) return canonical
  return canonical.slice(5).replaceAll(/(.{4})(?=.)/g, '$1 ')
}

function totalsOf(payments: readonly CanonicalPayment[]): Shown['totals'] {
  const amounts = new Map<string, string[]>()
  for (const { fields } of payments) {
    const currency = fields.get('currency')
    const amount = fields.get('amount')
    if (currency !== undefined && amount !== undefined)
      amounts.set(currency, [...(amounts.get(currency) ?? []), amount])
  }
  return [...amounts].map(([currency, list]) => ({
    amount: amountText(sumOfMinorUnits(list), currency),
    currency,
  }))
}

type Optional = { readonly [K in keyof ShownPayment]: ShownPayment[K] | undefined }

function present(all: Optional): ShownPayment {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
