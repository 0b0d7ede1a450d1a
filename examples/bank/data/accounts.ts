import { type AccountKind, type Customer, CUSTOMERS } from './people.ts'
import { digits, seeded } from './random.ts'

export interface BankAccount {
  readonly id: string
  readonly owner: Customer
  readonly kind: AccountKind
  readonly nickname: string
  readonly sortCode: string
  readonly number: string
  readonly iban: string
  /** Cards only. */
  readonly pan?: string
}

const NICKNAMES: Readonly<Record<AccountKind, string>> = {
  current: 'Bills',
  savings: 'Rainy day',
  card: 'Credit card',
  business: 'Shop',
  joint: 'Household',
}

/** 25 accounts, in the order of their owners; the first id is 22289. */
export const ACCOUNTS: readonly BankAccount[] = CUSTOMERS.flatMap((owner) =>
  owner.accounts.map((kind) => ({ owner, kind })),
).map(({ owner, kind }, index) => {
  const random = seeded(`account ${owner.id} ${kind}`)
  const number = digits(random, 8)
  const sortCode = '040004'
  return {
    id: String(22289 + index * 137),
    owner,
    kind,
    nickname: NICKNAMES[kind],
    sortCode,
    number,
    iban: iban(`EXBK${sortCode}${number}`),
    ...(kind === 'card' ? { pan: cardNumber(random) } : {}),
  }
})

/** ISO 13616 check digits over `GB` and the given BBAN. */
function iban(bban: string): string {
  const numeric = Array.from(`${bban}GB00`, (letter) => Number.parseInt(letter, 36)).join('')
  const check = 98n - (BigInt(numeric) % 97n)
  return `GB${check.toString().padStart(2, '0')}${bban}`
}

/** A card number with a right Luhn digit in a range that is never issued (ISO/IEC 7812: 9xxx is for national use). */
function cardNumber(random: () => number): string {
  const body = `9${digits(random, 14)}`
  const sum = Array.from(body)
    .toReversed()
    .map((digit, i) => (i % 2 === 0 ? Number(digit) * 2 : Number(digit)))
    .reduce((total, n) => total + (n > 9 ? n - 9 : n), 0)
  return body + String((10 - (sum % 10)) % 10)
}
