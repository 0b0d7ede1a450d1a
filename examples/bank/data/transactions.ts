import { ACCOUNTS, type BankAccount } from './accounts.ts'
import { between, pick, type Random, seeded } from './random.ts'

export interface BankTransaction {
  readonly id: string
  readonly account: BankAccount
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly pending: boolean
  /** Minor units; negative is money out. */
  readonly pence: number
  /** Balance after it, in minor units. */
  readonly balance: number
  readonly text: string
  readonly merchant?: { readonly name: string; readonly category: string }
  readonly counterparty?: { readonly name: string; readonly iban: string }
}

const DAY = 86_400_000
const SHOPS = [
  ['Greenfield Market', '5411', 400, 9800],
  ['Northern Rail', '4112', 320, 6400],
  ['Bean & Gone', '5814', 250, 1150],
  ['Halden Pharmacy', '5912', 300, 4200],
  ['Lumen Energy', '4900', 5400, 16400],
  ['Odeon Lane Cinema', '7832', 700, 3800],
  ['Saint Bride Clinic', '8011', 2500, 18000],
  ['Kestrel Fuel', '5541', 2200, 8900],
] as const

/** Twelve months of one account up to `now`, oldest first; the same for the same account and day. */
function history(account: BankAccount, now: number): BankTransaction[] {
  const today = Math.floor(now / DAY)
  const random = seeded(`history ${account.id}`)
  const rows: Omit<BankTransaction, 'balance'>[] = []
  for (let day = today - 364; day <= today; day++) {
    const date = new Date(day * DAY)
    if (date.getUTCDate() === 25 && account.kind !== 'card') rows.push(salary(account, day, random))
    if (date.getUTCDate() === 1 && account.kind === 'current') rows.push(rent(account, day, random))
    if (random() < (account.kind === 'savings' ? 0.05 : 0.55))
      rows.push(purchase(account, day, today, random))
  }
  let balance = between(random, 40_000, 900_000)
  return rows
    .toSorted((a, b) => a.at - b.at)
    .filter((row) => row.at <= now)
    .map((row) => ({ ...row, balance: (balance += row.pence) }))
}

function salary(
  account: BankAccount,
  day: number,
  random: Random,
): Omit<BankTransaction, 'balance'> {
  const savings = account.kind === 'savings'
  return {
    id: `${account.id}-${day}-in`,
    account,
    at: day * DAY + 6 * 3_600_000,
    pending: false,
    pence: savings ? between(random, 5_000, 30_000) : account.owner.income * 100,
    text: savings ? 'TRANSFER TO RAINY DAY' : `SALARY REF ${account.owner.name.toUpperCase()}`,
    counterparty: {
      name: savings ? account.owner.name : 'Wharf & Sons Ltd',
      iban: 'GB33BUKB20201555555555',
    },
  }
}

function rent(account: BankAccount, day: number, random: Random): Omit<BankTransaction, 'balance'> {
  return {
    id: `${account.id}-${day}-rent`,
    account,
    at: day * DAY + 7 * 3_600_000,
    pending: false,
    pence: -between(random, 62_000, 118_000),
    text: 'RENT STANDING ORDER',
    counterparty: { name: 'Penrose Lettings', iban: 'GB94BARC10201530093459' },
  }
}

function purchase(
  account: BankAccount,
  day: number,
  today: number,
  random: Random,
): Omit<BankTransaction, 'balance'> {
  const [name, category, low, high] = pick(random, SHOPS)
  return {
    id: `${account.id}-${day}-${between(random, 100, 999)}`,
    account,
    at: day * DAY + between(random, 8 * 60, 21 * 60) * 60_000,
    pending: day === today,
    pence: -between(random, low, high),
    text: `${name.toUpperCase()} ${account.owner.town.toUpperCase()}`,
    merchant: { name, category },
  }
}

/** All rows of the bank by account id, newest first. */
export function ledger(now: number): ReadonlyMap<string, readonly BankTransaction[]> {
  return new Map(ACCOUNTS.map((account) => [account.id, history(account, now).toReversed()]))
}
