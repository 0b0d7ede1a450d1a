/** The customer of test runs has no elements: beside strong authentication it authorises nothing that needs it. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { makeClient } from '../client.ts'
import { callResource, ownToken, SCA } from '../consents/bank.ts'
import { back, begin, Person } from '../consents/journey.ts'
import { startStrongBank } from './strong-bank.ts'

const PAYMENT = {
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  debtorAccount: { iban: 'DE89370400440532013000' },
  creditorAccount: { iban: 'DE02100100109307118603' },
  creditorName: 'Merchant 123',
}
const PAYMENTS = '/v1/payments/sepa-credit-transfers'

async function paid(t: TestContext, exempt: boolean) {
  const client = await makeClient('tpp')
  const automatic = {
    subject: 'cust-amira',
    acr: SCA,
    approves: new Set(['tpp']),
    refuses: new Set<string>(),
  }
  const bank = await startStrongBank(t, [client], { automatic, exempt })
  const own = await ownToken(bank.ask, client, 'accounts payments')
  const headers = { 'x-request-id': randomUUID() }
  const made = await callResource(bank.ask, client, own, 'POST', PAYMENTS, {
    body: PAYMENT,
    headers,
  })
  const id: string = made.body.paymentId
  const request = { scope: 'openid payments', consent_id: id }
  const answered = await new Person(bank.ask).open(await begin(bank.ask, client, request))
  const status = await callResource(bank.ask, client, own, 'GET', `${PAYMENTS}/${id}/status`)
  return { answered, status: String(status.body.transactionStatus) }
}

test('what needs strong authentication is not authorised by it, whatever it is said to have done', async (t) => {
  const { answered, status } = await paid(t, false)
  assert.notEqual(status, 'ACTC')
  if (answered instanceof URL) assert.equal(back(answered).get('error'), 'access_denied')
  else assert.ok(answered.status >= 400, answered.text)
})

test('what is exempt it authorises, as ever', async (t) => {
  const { answered, status } = await paid(t, true)
  assert.notEqual(back(answered).get('code'), null)
  assert.equal(status, 'ACTC')
})
