/** What a life consists of: who is there, what was foretold, what was met; and how what happens is compared with it. */
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { JsonValue } from '../../../src/lib/index.ts'
import type { Answer, Presentation } from '../../../src/sca/index.ts'
import { CLEAR } from '../../sca/ledger/rig.ts'
import {
  type ExpectedConsent,
  isOpen,
  Payer,
  Sendings,
  type Terms,
  type Transaction,
  Transactions,
} from './expected.ts'
import {
  APPROVAL_ENDS,
  BEGIN,
  codeFor,
  ENTITIES,
  type Entity,
  type House,
  PASSCODE,
  signedBy,
} from './house.ts'
import { type Agreed, decimal } from './orders.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
/** Nights in which a clock is put forward or back, the end of a quarter, and a day like any other. */
const BEGINNINGS = [
  Date.UTC(2026, 2, 29, 0, 58),
  Date.UTC(2026, 9, 25, 0, 30),
  APPROVAL_ENDS - 10 * MINUTE,
  BEGIN + 40 * 24 * HOUR,
]
const AMOUNTS = [1, 10_00, 30_00, 30_01, 25_00, 99_99, 250_00]
export const APP = 'bank-app'

export interface Journey {
  readonly name: string
  readonly subject: string
  readonly consent: ExpectedConsent
}
/** A payment in the bank's own app. */
export interface AppPayment {
  readonly id: string
  readonly subject: string
  readonly payments: readonly Agreed[]
  readonly exempt: boolean
  transaction?: Transaction
}

export type Chance = () => number

export class LifeState {
  protected readonly house: House
  protected readonly chance: Chance
  protected readonly seed: string
  protected readonly entity: Entity
  protected readonly customers: readonly string[]
  protected readonly clients: readonly string[]
  protected readonly payers = new Map<string, Payer>()
  protected readonly enrolled: string[] = []
  protected readonly consents: ExpectedConsent[] = []
  protected readonly journeys: Journey[] = []
  protected readonly apps: AppPayment[] = []
  protected readonly transactions = new Transactions()
  protected readonly sendings = new Sendings()
  protected readonly sent: {
    key: string
    consent: ExpectedConsent
    body: string
    paid: readonly Agreed[]
  }[] = []
  /** Consents and app payments that a customer authenticated by right answers, or that were exempt. */
  protected readonly allowed = new Set<string>()
  /** What the bank executes, by what it is for. */
  protected readonly executed = new Set<string>()
  /** What was met, for the test that it looked at something. */
  readonly met: Set<string>
  /** A process died in the middle: nobody foretells what it had done, and what must never be still must not. */
  protected unsure = false
  protected count = 0

  constructor(house: House, seed: string, chance: Chance, met: Set<string>) {
    this.house = house
    this.chance = chance
    this.seed = seed
    this.met = met
    this.entity = this.one(ENTITIES)
    this.customers = [`anna-${seed}`, `bert-${seed}`]
    this.clients = [`tpp-a-${seed}`, `tpp-b-${seed}`]
    for (const subject of this.customers) this.payers.set(subject, new Payer())
    house.now = this.one(BEGINNINGS)
    house.signals = CLEAR
  }

  /** Most lives are of one customer. */
  async begin(): Promise<void> {
    // A life before may have died in the middle of switching.
    if (this.entity === 'switched') await this.house.exempt(false)
    for (const subject of this.customers.slice(0, this.chance() < 0.4 ? 2 : 1)) {
      await this.house.enrol(subject)
      this.enrolled.push(subject)
    }
  }

  /** What he sees is what was agreed. */
  protected opened(
    begun: Presentation | undefined,
    of: Pick<Transaction, 'subject' | 'client' | 'consentId' | 'payments' | 'decision'>,
  ): Transaction {
    assert.ok(begun !== undefined)
    const { id, shown, questions } = begun
    assert.deepEqual(
      shown.payments.map(({ amount, currency, frequency }) => [amount, currency, frequency]),
      of.payments.map((one) => [decimal(one.cents), one.currency, one.frequency]),
    )
    for (const { currency, amount } of shown.totals) {
      const all = of.payments.filter((one) => one.currency === currency)
      assert.equal(amount, decimal(all.reduce((sum, one) => sum + one.cents, 0)))
    }
    const challenge = Buffer.from(textOf(questions.approval?.['challenge']), 'base64url')
    const made: Transaction = { id, ...of, openedAt: this.house.now, challenge, state: 'open' }
    this.transactions.open(made)
    return made
  }

  /** What he answers, and whether it is right. */
  protected answersTo(
    { id, challenge, subject }: Transaction,
    kind: string,
  ): { readonly answers: readonly Answer[]; readonly right: boolean; readonly strong: boolean } {
    const other = this.transactions.all.find((one) => one.id !== id && one.subject === subject)
    const foreign = this.customers.find((one) => one !== subject) ?? ''
    const of = { id, challenge }
    const passcode = (value: JsonValue = PASSCODE): Answer => ({ kind: 'passcode', value })
    const code = (value: JsonValue): Answer => ({ kind: 'transaction-code', value })
    const approval = (value: JsonValue): Answer => ({ kind: 'approval', value })
    const wrong = { right: false, strong: true }
    switch (kind) {
      case 'code':
        return { answers: [passcode(), code(codeFor(subject, of))], right: true, strong: true }
      case 'device':
        return {
          answers: [approval(signedBy(subject, of, 'approve')), passcode()],
          right: true,
          strong: true,
        }
      case 'one element':
        return { answers: [passcode()], right: false, strong: false }
      case 'two of a kind':
        return {
          answers: [code(codeFor(subject, of)), approval(signedBy(subject, of, 'approve'))],
          right: false,
          strong: false,
        }
      case 'of another customer':
        return { answers: [passcode(), approval(signedBy(foreign, of, 'approve'))], ...wrong }
      case 'of another transaction':
        return {
          answers: [
            passcode(),
            approval(other === undefined ? '' : signedBy(subject, other, 'approve')),
          ],
          ...wrong,
        }
      case 'a refusal':
        return { answers: [passcode(), approval(signedBy(subject, of, 'refuse'))], ...wrong }
      case 'wrong passcode':
        return { answers: [passcode('correct house'), code(codeFor(subject, of))], ...wrong }
      default:
        return { answers: [passcode(), code('00000000')], ...wrong }
    }
  }

  protected kindOfAnswer(): string {
    return this.one([
      'code',
      'code',
      'code',
      'device',
      'device',
      'one element',
      'two of a kind',
      'of another customer',
      'of another transaction',
      'a refusal',
      'wrong passcode',
      'wrong code',
      'wrong code',
    ])
  }

  /** Foretells `verify` of the desk: `verified`, or why not. */
  protected verified(
    transaction: Transaction,
    { right, strong }: { right: boolean; strong: boolean },
  ): string {
    const { now } = this.house
    if (!isOpen(transaction, now)) return 'over'
    if (!strong) return 'failed'
    const outcome = this.payer(transaction.subject).attempt(right, now)
    if (outcome === 'right') transaction.state = 'verified'
    return outcome
  }

  protected same(actual: unknown, expected: unknown, what: string): void {
    if (this.unsure) return
    assert.ok(
      isDeepStrictEqual(actual, expected),
      `seed ${this.seed} (${this.entity}): ${what}: ${String(actual)} and not ${String(expected)}`,
    )
  }

  protected decided(subject: string, id: string, agreed: readonly Agreed[]): string {
    const { now, signals, exemptOn } = this.house
    const counts: Partial<Record<Entity, Terms['counts']>> = {
      payments: 'payments',
      sum: 'sum',
      ends: now < APPROVAL_ENDS ? 'payments' : undefined,
      switched: exemptOn(now) ? 'payments' : undefined,
    }
    const terms = { monitored: this.entity !== 'nothing', counts: counts[this.entity] }
    const outcome = this.payer(subject).decide(id, agreed, terms, signals === CLEAR, now)
    this.met.add(outcome)
    return outcome
  }

  protected async asked({ subject, consent, name }: Journey) {
    const found = await this.house.book.peek(consent.id)
    assert.ok(found !== undefined)
    return { subject, consent: found, journey: name }
  }

  protected strong() {
    return this.house.of(this.entity).strong
  }
  protected payer(subject: string): Payer {
    const found = this.payers.get(subject)
    assert.ok(found !== undefined)
    return found
  }
  protected agreed(): Agreed {
    const currency = this.chance() < 0.93 ? 'EUR' : 'USD'
    return { cents: this.one(AMOUNTS), currency, payee: Math.floor(this.chance() * 3) }
  }
  protected one<T>(list: readonly T[]): T {
    const found = this.any(list)
    if (found === undefined) throw new TypeError('an empty list')
    return found
  }
  protected any<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.chance() * list.length)]
  }
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
