/** The challenge is a digest over all that the customer agrees to: whatever is another is another challenge (RTS Art. 5(1)(b) to (d), 5(3)). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PaymentOrder } from '../../lib/index.ts'
import { linkTransaction, type TransactionRequest } from './linked.ts'

const ORDER: PaymentOrder = {
  amount: '12.50',
  currency: 'EUR',
  creditorName: 'Shop',
  creditorAccount: { scheme: 'iban', identification: 'DE89370400440532013000' },
  debtorAccount: { scheme: 'iban', identification: 'FR1420041010050500013M02606' },
  remittance: ['Invoice 7'],
}
const IBAN = { scheme: 'iban', identification: 'GB29NWBK60161331926819' }
const pay = (changes: Partial<PaymentOrder> = {}, ...more: PaymentOrder[]): TransactionRequest => ({
  subject: 'anna',
  client: 'shop',
  audience: 'https://bank.example',
  consentId: 'c-1',
  decisionId: 'd-1',
  purpose: { kind: 'payment', payments: [{ ...ORDER, ...changes }, ...more] },
})
const risky = (what: 'limits' | 'trusted-payees'): TransactionRequest => ({
  ...pay(),
  purpose: { kind: 'risky-act', what },
})

function challengeOf(request: TransactionRequest, id = 'id', nonce = 'nonce'): string {
  const linked = linkTransaction(id, nonce, request)
  assert.ok(linked.ok, JSON.stringify(linked))
  return linked.value.challenge.toString('hex')
}

test('each of two transactions that differ in anything has a challenge of its own', () => {
  const { consentId: _consent, ...noConsent } = pay()
  const { decisionId: _decision, ...noDecision } = pay()
  const { debtorAccount: _debtor, ...noDebtor } = ORDER
  const others: Readonly<Record<string, string>> = {
    itself: challengeOf(pay()),
    id: challengeOf(pay(), 'id-2'),
    nonce: challengeOf(pay(), 'id', 'nonce-2'),
    subject: challengeOf({ ...pay(), subject: 'bert' }),
    client: challengeOf({ ...pay(), client: 'bert' }),
    audience: challengeOf({ ...pay(), audience: 'bert' }),
    consent: challengeOf({ ...pay(), consentId: 'bert' }),
    'no consent': challengeOf(noConsent),
    decision: challengeOf({ ...pay(), decisionId: 'bert' }),
    'no decision': challengeOf(noDecision),
    amount: challengeOf(pay({ amount: '12.51' })),
    currency: challengeOf(pay({ currency: 'USD' })),
    payee: challengeOf(pay({ creditorName: 'Shop 2' })),
    account: challengeOf(pay({ creditorAccount: IBAN })),
    debtor: challengeOf(pay({ debtorAccount: IBAN })),
    'no debtor': challengeOf({ ...pay(), purpose: { kind: 'payment', payments: [noDebtor] } }),
    text: challengeOf(pay({ remittance: ['Invoice 8'] })),
    twice: challengeOf(pay({}, ORDER)),
    'thrice, of which one is another': challengeOf(pay({}, ORDER, { ...ORDER, amount: '1' })),
    access: challengeOf({ ...pay(), purpose: { kind: 'account-access' } }),
    limits: challengeOf(risky('limits')),
    'trusted payees': challengeOf(risky('trusted-payees')),
  }
  const names = new Map<string, string>()
  for (const [name, challenge] of Object.entries(others)) {
    assert.equal(names.get(challenge), undefined, `${name} has the challenge of another`)
    names.set(challenge, name)
    assert.match(challenge, /^[0-9a-f]{64}$/)
  }
})

test('what means the same has the same challenge, on every node and for ever', () => {
  const spaced = { scheme: 'iban', identification: 'DE89 3704 0044 0532 0130 00' }
  assert.equal(
    challengeOf(pay()),
    challengeOf(pay({ amount: '12.5', currency: 'eur', creditorAccount: spaced })),
  )
  // Written down when it was made: another one would void what customers are about to sign while a new version is rolled out.
  assert.equal(
    challengeOf(pay()),
    'ce511d7ef835ca0a6a874b2ded163418ceb71be25eb164ab7cc52e172f64d92e',
  )
})
