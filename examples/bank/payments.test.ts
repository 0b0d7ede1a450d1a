import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { initiation, order, proposal } from '../third-party/payment.ts'
import { type PaymentBook, paymentBook } from './payments.ts'

const NOW = Date.UTC(2026, 10, 29, 4)
const CLIENT = 'budget-buddy-pay'

const book = (): PaymentBook => paymentBook(() => NOW, 'https://gateway.example')
const post = (bank: PaymentBook, path: string, body: string) =>
  bank.answer({ method: 'POST', path, client: CLIENT, body: JSON.parse(body) as unknown })
const get = (bank: PaymentBook, path: string, client = CLIENT) =>
  bank.answer({ method: 'GET', path, client, body: undefined })
const data = (body: unknown): Record<string, unknown> =>
  (body as { Data: Record<string, unknown> }).Data

function proposed(bank: PaymentBook, kind = 'domestic-payment'): string {
  const { status, body } = post(bank, `/${kind}-consents`, proposal(initiation('950.00')))
  assert.equal(status, 201)
  return String(data(body)['ConsentId'])
}

test('a payment is proposed, found again, ordered and found again', () => {
  const bank = book()
  const consent = proposed(bank)
  assert.equal(data(get(bank, `/domestic-payment-consents/${consent}`).body)['Status'], 'AWAU')
  const funds = get(bank, `/domestic-payment-consents/${consent}/funds-confirmation`)
  assert.match(JSON.stringify(funds.body), /"FundsAvailable":true.*AvailableBalance/)
  const { status, body } = post(bank, '/domestic-payments', order(consent, initiation('950.00')))
  assert.equal(status, 201)
  const id = String(data(body)['DomesticPaymentId'])
  assert.deepEqual(get(bank, `/domestic-payments/${id}`).body, body)
  const details = get(bank, `/domestic-payments/${id}/payment-details`)
  assert.match(JSON.stringify(details.body), /"PaymentStatus":\[/)
  assert.equal(get(bank, `/domestic-payments/${id}`, 'lendwise').status, 400)
  assert.equal(bank.orders.length, 1)
})

test('the bank orders whatever it is told, as often as it is told: that is what there is to protect', () => {
  const bank = book()
  const consent = proposed(bank)
  for (const amount of ['950.00', '950.00', '9500.00'])
    assert.equal(post(bank, '/domestic-payments', order(consent, initiation(amount))).status, 201)
  assert.equal(bank.orders.length, 3)
})

test('consents that somebody else keeps are no matter of the bank: it orders, and says whether there are funds', () => {
  const bank = book()
  const kept = 'kept-at-the-authorization-server'
  const funds = get(bank, `/domestic-payment-consents/${kept}/funds-confirmation`)
  assert.match(JSON.stringify(funds.body), /"FundsAvailable":true/)
  assert.equal(post(bank, '/domestic-payments', order(kept, initiation('1.00'))).status, 201)
  assert.deepEqual(
    bank.orders.map(({ intent }) => intent),
    [kept],
  )
})

test('nothing is known that was never there', () => {
  const bank = book()
  assert.equal(post(bank, '/domestic-payments', '{}').status, 400)
  assert.equal(post(bank, '/domestic-payment-consents', '{}').status, 400)
  assert.equal(get(bank, '/domestic-payments/none').status, 400)
  assert.equal(get(bank, '/domestic-payment-consents/none').status, 400)
  assert.equal(get(bank, '/file-payments/none').status, 404)
  assert.equal(get(bank, '/domestic-payments').status, 405)
  assert.equal(bank.orders.length, 0)
})

test('every kind of payment of the specification but files has its consents and its orders', () => {
  const file = join(import.meta.dirname, 'spec', 'payment-initiation-openapi.yaml')
  const { paths } = parse(readFileSync(file, 'utf8')) as {
    readonly paths: Record<string, { readonly post?: unknown }>
  }
  const orders = Object.keys(paths).filter(
    (path) => paths[path]?.post !== undefined && /^\/(?!file).*s$/.test(path),
  )
  const kinds = orders.filter((path) => !path.endsWith('-consents'))
  assert.equal(kinds.length, 6)
  for (const path of kinds) {
    const bank = book()
    const consent = proposed(bank, path.slice(1, -1))
    assert.equal(post(bank, path, order(consent, {})).status, 201, path)
  }
})
