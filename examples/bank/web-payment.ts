/**
 * A payment in the bank's own web bank, as the bank's program makes it: is authentication needed → create → present → verify → code → redeem →
 * settle → order. What the customer sees, what her device answers to, and what is ordered are one object; its amount or payee changed on the way is another
 * payment, for which the code is no good.
 */
import { randomUUID } from 'node:crypto'
import type { Elements } from '../customer/device.ts'
import type { Said, ScaCalls } from './sca.ts'

export interface WebPayment {
  readonly subject: string
  readonly debtor: string
  readonly amount: string
  readonly currency: string
  readonly payee: string
  readonly payeeName: string
}
/** What the customer is shown, and what her device is asked. */
export interface Shown {
  readonly transaction: string
  readonly decision: string
  /** As it is signed. */
  readonly text: string
  readonly question: string
}
export interface WebBank {
  /** Decides, and where the customer has to authenticate, gives what she is shown. */
  begin(payment: WebPayment): Promise<Shown | Pick<Shown, 'decision'>>
  /** Her answers for the code of this very transaction. @throws Error when they are not right */
  verify(shown: Shown, answers: Elements): Promise<string>
  /** Spends the code for this payment, and lets it be ordered; what is refused is said as it came. */
  redeem(payment: WebPayment, code: string): Promise<Said>
  /** It takes place, or never will: the last word is the ledger's. @throws Error: it is neither exempt nor authenticated */
  settle(decision: string, as: 'done' | 'void'): Promise<void>
}

/** Whom the codes are for. */
const AUDIENCE = 'https://web.examplebank.example'
/** From where she answers; the bank knows it of its own connection. */
const NETWORK = '203.0.113.7'

export function webBank(sca: ScaCalls): WebBank {
  return {
    async begin(payment) {
      const id = `web.${randomUUID()}`
      const { subject, debtor, amount, currency, payee, payeeName } = payment
      const act = {
        kind: 'remote-payment',
        instrument: 'credit-transfer',
        amount: { value: amount, currency },
        payees: [`iban:${payee}`],
        debtor: `iban:${debtor}`,
        payeeName,
      }
      const decided = done(await sca.post('/decisions', { id, subject, act }))
      if (decided['outcome'] === 'exempt') return { decision: id }
      if (decided['outcome'] !== 'required') throw new Error('the bank does not allow it')
      const of = { ...about(payment), decisionId: id }
      const transaction = text(done(await sca.post('/transactions', of))['id'])
      const presented = done(await sca.get(`/transactions/${transaction}`))
      const [one] = member(presented, 'shown', 'payments') as readonly unknown[] // sound: as its document promises
      return {
        transaction,
        decision: id,
        text: `${text(member(one, 'amount'))} ${text(member(one, 'currency'))} to ${text(member(one, 'payeeName'))}`,
        question: text(member(presented, 'questions', 'transaction-code', 'question')),
      }
    },
    async verify({ transaction, question }, { passcode, codeFor }) {
      const answers = [
        { kind: 'passcode', value: passcode },
        { kind: 'transaction-code', value: codeFor(question) },
      ]
      done(await sca.post(`/transactions/${transaction}/answers`, { network: NETWORK, answers }))
      const issued = done(await sca.post(`/transactions/${transaction}/code`))
      return text(issued['code'])
    },
    redeem: (payment, code) => sca.post('/redemptions', { ...about(payment), code }),
    async settle(decision, as) {
      done(await sca.post(`/decisions/${decision}/settlement`, { as }))
    },
  }
}

function about({ subject, debtor, amount, currency, payee, payeeName }: WebPayment) {
  const payment = {
    instructedAmount: { amount, currency },
    debtorAccount: { iban: debtor },
    creditorAccount: { iban: payee },
    creditorName: payeeName,
  }
  return { subject, audience: AUDIENCE, purpose: { kind: 'payment', payments: [payment] } }
}

function done({ status, body }: Said): Said['body'] {
  if (status < 300) return body
  throw new Error(`/sca/v1 answers ${status} ${text(body['code'])}`)
}
function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
function member(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (of, name) =>
      typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[name] : undefined, // sound: an object of unknowns
    value,
  )
}
