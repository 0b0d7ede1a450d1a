/** What a payment says beside amount and payee, in the customer's words: a series, another currency, charges. All of it is compared, so all of it is shown. */
import type { Message } from './english.ts'
import { foreign, html, type Html } from './html.ts'
import type { Language } from './language.ts'

/** As the payment has them; absent ones are not shown. */
interface PaymentTerms {
  readonly transferCurrency?: string | undefined
  readonly exchangeRate?: string | undefined
  readonly chargeBearer?: string | undefined
  readonly destination?: string | undefined
  readonly frequency?: string | undefined
  readonly countPerPeriod?: string | undefined
  readonly executionDay?: string | undefined
  readonly executionRule?: string | undefined
  readonly executionMonths?: string | undefined
  readonly count?: string | undefined
  readonly lastDate?: string | undefined
}

const NAMES: Readonly<Record<keyof PaymentTerms, Message>> = {
  transferCurrency: 'transferCurrency',
  exchangeRate: 'exchangeRate',
  chargeBearer: 'charges',
  destination: 'destination',
  frequency: 'howOften',
  countPerPeriod: 'perPeriod',
  executionMonths: 'months',
  executionDay: 'dayOfPeriod',
  executionRule: 'onHolidays',
  count: 'howMany',
  lastDate: 'lastDay',
}
/** Codes of the UK (ISO 20022 from v4 on) and of the Berlin Group; one that is not here is shown as it is written. */
const WORDS: ReadonlyMap<string, Message> = new Map<string, Message>([
  ['chargeBearer BorneByDebtor', 'chargesPayer'],
  ['chargeBearer DEBT', 'chargesPayer'],
  ['chargeBearer BorneByCreditor', 'chargesPayee'],
  ['chargeBearer CRED', 'chargesPayee'],
  ['chargeBearer Shared', 'chargesShared'],
  ['chargeBearer SHAR', 'chargesShared'],
  // SEPA: each party pays its own bank.
  ['chargeBearer SLEV', 'chargesShared'],
  ['frequency DAIL', 'daily'],
  ['frequency Daily', 'daily'],
  ['frequency WEEK', 'weekly'],
  ['frequency Weekly', 'weekly'],
  ['frequency MNTH', 'monthly'],
  ['frequency EveryTwoWeeks', 'everyTwoWeeks'],
  ['frequency Monthly', 'monthly'],
  ['frequency EveryTwoMonths', 'everyTwoMonths'],
  ['frequency QURT', 'quarterly'],
  ['frequency Quarterly', 'quarterly'],
  ['frequency MIAN', 'halfYearly'],
  ['frequency SemiAnnual', 'halfYearly'],
  ['frequency YEAR', 'yearly'],
  ['frequency Annual', 'yearly'],
  ['frequency MonthlyVariable', 'someMonths'],
  ['executionRule following', 'dayAfter'],
  ['executionRule preceding', 'dayBefore'],
])

/** Sound: the keys of `NAMES` are the terms. */
const TERMS = Object.keys(NAMES) as readonly (keyof PaymentTerms)[]

/** Rows of a list. */
export function termRows({ say }: Language, terms: PaymentTerms): Html {
  return html`${TERMS.map((term) => {
    const value = terms[term]
    if (value === undefined) return undefined
    const word = WORDS.get(`${term} ${value}`)
    return html`<dt>${say(NAMES[term])}</dt>
      <dd>${word === undefined ? foreign(value) : say(word)}</dd>`
  })}`
}
