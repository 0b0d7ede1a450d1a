/** A consent in the customer's words: what may be seen, what is paid, how it stands. */
import {
  amountText,
  canonicalPayment,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ordersInDetails,
  sumOfMinorUnits,
} from '../../lib/index.ts'
import type { Actor, Consent, ConsentStatus } from '../consents/consent.ts'
import { textAt } from '../consents/shape.ts'
import type { Message } from './english.ts'
import { foreign, html, type Html } from './html.ts'
import type { Language } from './language.ts'
import { termRows } from './payment-terms.ts'

/** Codes of every regime; a code that is not here is shown as it is written. */
const SEEN: ReadonlyMap<string, Message> = new Map<string, Message>([
  ['ReadAccountsBasic', 'seeAccounts'],
  ['ReadAccountsDetail', 'seeAccountDetails'],
  ['ReadBalances', 'seeBalances'],
  ['ReadTransactionsBasic', 'seeTransactions'],
  ['ReadTransactionsDetail', 'seeTransactions'],
  ['ReadTransactionsCredits', 'seeIncoming'],
  ['ReadTransactionsDebits', 'seeOutgoing'],
  ['ReadBeneficiariesBasic', 'seeBeneficiaries'],
  ['ReadBeneficiariesDetail', 'seeBeneficiaries'],
  ['ReadDirectDebits', 'seeDirectDebits'],
  ['ReadStandingOrdersBasic', 'seeStandingOrders'],
  ['ReadStandingOrdersDetail', 'seeStandingOrders'],
  ['ReadScheduledPaymentsBasic', 'seeScheduledPayments'],
  ['ReadScheduledPaymentsDetail', 'seeScheduledPayments'],
  ['ReadStatementsBasic', 'seeStatements'],
  ['ReadStatementsDetail', 'seeStatements'],
  ['ReadProducts', 'seeProducts'],
  ['ReadOffers', 'seeOffers'],
  ['ReadParty', 'seeParty'],
  ['ReadPartyPSU', 'seeParty'],
  ['ReadPAN', 'seeCards'],
  ['ReadFundsConfirmations', 'seeFunds'],
  ['accounts', 'seeAccountDetails'],
  ['balances', 'seeBalances'],
  ['transactions', 'seeTransactions'],
  ['ownerName', 'seeParty'],
])
const STATUS: Readonly<Record<ConsentStatus, Message>> = {
  awaiting: 'statusAwaiting',
  'partly-authorised': 'statusPartly',
  authorised: 'statusAuthorised',
  rejected: 'statusRejected',
  withdrawn: 'statusWithdrawn',
  cancelled: 'statusCancelled',
  terminated: 'statusTerminated',
  expired: 'statusExpired',
  consumed: 'statusConsumed',
}

export const statusText = (language: Language, status: ConsentStatus): string =>
  language.say(STATUS[status])

export function actorText(language: Language, by: Actor, subject: string): string {
  switch (by.kind) {
    case 'customer':
      return language.say(by.id === subject ? 'byCustomer' : 'byOther')
    case 'third-party':
      return language.say('byThirdParty')
    case 'bank':
      return language.say('byBank')
    case 'time':
      return language.say('byTime')
  }
}

/** What may be seen, or what is paid: for the page of a request and for that of a permission. */
export function consentText(language: Language, consent: Consent): Html {
  const { say } = language
  if (consent.payments.length > 0)
    return html`${consent.payments.map((payment) => paymentText(language, payment))}`
  const codes = [...new Set(consent.permissions.map((code) => SEEN.get(code) ?? code))]
  const seen = codes.map((code) => {
    const known = [...SEEN.values()].find((message) => message === code)
    return html`<li>${known === undefined ? foreign(code) : say(known)}</li>`
  })
  const { expiresAt, transactionsFrom, transactionsTo } = consent
  return html`<h2>${say('whatAsked')}</h2>
    <ul>
      ${seen}
    </ul>
    <dl>
      ${row(say('until'), expiresAt === undefined ? say('untilEnded') : language.day(expiresAt - 1))}
      ${transactionsFrom === undefined ? undefined : row(say('transactionsFrom'), language.day(transactionsFrom))}
      ${transactionsTo === undefined ? undefined : row(say('transactionsTo'), language.day(transactionsTo))}
    </dl>`
}

const row = (name: string, value: string | Html): Html =>
  html`<dt>${name}</dt>
    <dd>${value}</dd>`

/** RTS (EU) 2018/389 Art. 5(1)(a): amount and payee; and everything else that is compared. */
function paymentText(language: Language, payment: JsonObject): Html {
  const { say } = language
  const money = (name: Message, value: JsonValue | undefined): Html | undefined => {
    if (value === undefined || !isJsonObject(value)) return undefined
    const amount = language.amount(textAt(value, 'amount'), textAt(value, 'currency'))
    return row(say(name), html`<span class="amount">${amount}</span>`)
  }
  const text = (name: Message, value: JsonValue | undefined): Html | undefined =>
    value === undefined ? undefined : row(say(name), foreign(plain(value)))
  const term = (name: string): string | undefined => {
    const value = payment[name]
    return value === undefined ? undefined : plain(value)
  }
  const recurring = payment['recurringPaymentAmount'] !== undefined
  const several = payment['payments']
  if (Array.isArray(several)) {
    const batch = (several as readonly JsonValue[]).filter(isJsonObject)
    // What holds for all of them stands before them, once.
    return html`<dl>
        ${row(say('howMany'), String(batch.length))}
        ${totalsOf([payment]).map((total) => money('total', { ...total }))}
        ${text('fromAccount', payment['debtorAccount'])}
        ${text('onDay', payment['requestedExecutionDate'] ?? payment['requestedExecutionTime'])}
      </dl>
      ${batch.map((one) => paymentText(language, one))}`
  }
  return html`<dl>
    ${money(recurring ? 'firstAmount' : 'amount', payment['instructedAmount'])}
    ${money('laterAmount', payment['recurringPaymentAmount'])}
    ${money('lastAmount', payment['finalPaymentAmount'])} ${text('payee', payment['creditorName'])}
    ${text('payeeAccount', payment['creditorAccount'])}
    ${text('fromAccount', payment['debtorAccount'])}
    ${text('reference', payment['remittanceInformationUnstructured'])}
    ${text('payeeReference', payment['remittanceInformationStructured'] ?? payment['remittanceInformationStructuredArray'])}
    ${text('onDay', payment['requestedExecutionDate'])}
    ${termRows(language, {
      transferCurrency: term('currencyOfTransfer'),
      exchangeRate: term('exchangeRateInformation'),
      chargeBearer: term('chargeBearer'),
      destination: term('destinationCountryCode'),
      frequency: term('frequency'),
      countPerPeriod: term('countPerPeriod'),
      executionDay: term('dayOfExecution'),
      executionRule: term('executionRule'),
      executionMonths: term('monthsOfExecution'),
      count: term('numberOfPayments'),
      lastDate: term('endDate'),
    })}
  </dl>`
}

/** One for each currency (RTS Art. 5(3)(b)). */
function totalsOf(payments: readonly JsonObject[]) {
  const amounts = new Map<string, string[]>()
  for (const order of ordersInDetails(payments) ?? []) {
    const read = canonicalPayment(order)
    const fields = read.ok ? read.payment.fields : undefined
    const currency = fields?.get('currency') ?? ''
    amounts.set(currency, [...(amounts.get(currency) ?? []), fields?.get('amount') ?? '0'])
  }
  return [...amounts].map(([currency, list]) => ({
    amount: amountText(sumOfMinorUnits(list), currency),
    currency,
  }))
}

/** Every text in it, in order. */
function plain(value: JsonValue): string {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(plain).join(', ')
  if (typeof value === 'string') return value
  if (!isJsonObject(value)) return JSON.stringify(value)
  const { identification, iban } = value
  if (typeof iban === 'string') return iban
  if (typeof identification === 'string') return identification
  return Object.values(value)
    .map((member) => (member === undefined ? '' : plain(member)))
    .join(', ')
}
