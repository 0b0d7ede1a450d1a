/** Payments as they are drawn, as they are written down by whoever sends them, and the ways in which one may be written as another. */
import type { JsonObject } from '../../../src/lib/index.ts'

/** One payment that is agreed to. Minor units. */
export interface Agreed {
  readonly cents: number
  readonly currency: 'EUR' | 'USD'
  readonly payee: number
  /** Of a standing order. */
  readonly frequency?: 'Monthly'
}

const IBANS = ['DE89370400440532013000', 'DE02100100109307118603', 'FR1420041010050500013M02606']
const NAMES = ['Anna Paal', 'Bäckerei Müller', 'Copa SA']

export const decimal = (cents: number): string =>
  `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
/** As a decision names it. */
export const accountOf = (one: Agreed): string => `iban:${iban(one)}`
const iban = ({ payee }: Agreed): string => IBANS[payee] ?? ''
const nameOf = ({ payee }: Agreed): string => NAMES[payee] ?? ''

/** Whether two are one payment, or one batch in whatever order: by what they mean, not by how they are written. */
export const same = (one: readonly Agreed[], other: readonly Agreed[]): boolean =>
  one.map(keyOf).toSorted().join() === other.map(keyOf).toSorted().join()
const keyOf = (one: Agreed): string =>
  [one.cents, one.currency, one.payee, one.frequency ?? 'once'].join(' ')

/** As `authorization_details` have it (RFC 9396); several: one batch. */
export function detailOf(list: readonly Agreed[]): JsonObject {
  const one = (agreed: Agreed): JsonObject => ({
    instructedAmount: { amount: decimal(agreed.cents), currency: agreed.currency },
    creditorAccount: { iban: iban(agreed) },
    creditorName: nameOf(agreed),
    ...(agreed.frequency === undefined ? {} : { frequency: agreed.frequency }),
  })
  const [first] = list
  if (first === undefined) throw new TypeError('a detail is about something')
  const type = 'payment_initiation'
  return list.length === 1 ? { type, ...one(first) } : { type, payments: list.map(one) }
}

/** As the bank's own app has it. */
export const orderOf = (agreed: Agreed) => ({
  amount: decimal(agreed.cents),
  currency: agreed.currency,
  creditorAccount: { scheme: 'iban', identification: iban(agreed) },
  creditorName: nameOf(agreed),
  ...(agreed.frequency === undefined ? {} : { frequency: agreed.frequency }),
})

interface Written {
  amount: string
  currency: string
  payee: Record<string, string>
  name: string
  frequency?: string
  debtor?: Record<string, string>
}

const written = (agreed: Agreed): Written => ({
  amount: decimal(agreed.cents),
  currency: agreed.currency,
  payee: { iban: iban(agreed) },
  name: nameOf(agreed),
  ...(agreed.frequency === undefined ? {} : { frequency: agreed.frequency }),
})

/** What may happen to a payment on its way; `same`: it still means what it meant. */
export const ALTERATIONS: readonly {
  readonly name: string
  readonly same: boolean
  readonly alter: (one: Written) => Written
}[] = [
  { name: 'nothing', same: true, alter: (one) => one },
  { name: 'zeros', same: true, alter: (one) => ({ ...one, amount: `${one.amount}0` }) },
  { name: 'case', same: true, alter: (one) => ({ ...one, currency: one.currency.toLowerCase() }) },
  {
    name: 'spaces',
    same: true,
    alter: (one) => ({
      ...one,
      payee: { iban: (one.payee['iban'] ?? '').replaceAll(/(.{4})/g, '$1 ').trim() },
      name: ` ${one.name.replace(' ', '  ').toUpperCase()}`,
    }),
  },
  {
    name: 'two cents more',
    same: false,
    alter: (one) => ({ ...one, amount: decimal(Math.round(Number(one.amount) * 100) + 2) }),
  },
  {
    name: 'two cents less',
    same: false,
    alter: (one) => ({ ...one, amount: decimal(Math.round(Number(one.amount) * 100) - 2) }),
  },
  { name: 'another currency', same: false, alter: (one) => ({ ...one, currency: 'GBP' }) },
  {
    name: 'another payee',
    same: false,
    alter: (one) => ({ ...one, payee: { iban: 'GB33BUKB20201555555555' } }),
  },
  { name: 'another name', same: false, alter: (one) => ({ ...one, name: 'Mallory' }) },
  {
    name: 'a homoglyph',
    same: false,
    alter: (one) => ({ ...one, name: one.name.replace(/[ae]/, 'е') }),
  },
  {
    name: 'a letter of no width',
    same: false,
    alter: (one) => ({ ...one, name: `${one.name}\u200b` }),
  },
  {
    name: 'a debtor',
    same: false,
    alter: (one) => ({ ...one, debtor: { iban: 'GB33BUKB20201555555555' } }),
  },
  { name: 'every week', same: false, alter: (one) => ({ ...one, frequency: 'Weekly' }) },
  {
    name: 'two payees',
    same: false,
    alter: (one) => ({ ...one, payee: { ...one.payee, bban: '370400440532013000' } }),
  },
]

/** What a third party sends; of a batch the first is altered. */
export function bodyOf(list: readonly Agreed[], alter: (one: Written) => Written): string {
  const [first, ...others] = list.map(written)
  if (first === undefined) throw new TypeError('a request is about something')
  return JSON.stringify(
    others.length === 0 ? alter(first) : { payments: [alter(first), ...others] },
  )
}
