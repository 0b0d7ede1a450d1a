/** What is decided, shown and signed of a batch and of a series of the Berlin Group: total and payees (RTS Art. 5(3)(b)), the series as such (Art. 14(1)). */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { JsonObject } from '../../../src/lib/index.ts'
import { MAX_BULK_PAYMENTS } from '../../../src/identity/consents/berlin-group/bulk-payment.ts'
import { makeClient } from '../client.ts'
import { callResource, ownToken } from '../consents/bank.ts'
import { back, begin, page, Person, type Shown, tokensFor } from '../consents/journey.ts'
import { PASSCODE, startStrongBank } from './strong-bank.ts'

const BULK = '/v1/bulk-payments/instant-sepa-credit-transfers'
const PERIODIC = '/v1/periodic-payments/target-2-payments'
const ANN = 'DE02100100109307118603'
const BOB = 'DE88100900001234567892'
const transfer = (amount: string, name: string, iban: string): JsonObject => ({
  instructedAmount: { currency: 'EUR', amount },
  creditorAccount: { iban },
  creditorName: name,
})
const batch = (...payments: readonly JsonObject[]): JsonObject => ({
  debtorAccount: { iban: 'DE89370400440532013000' },
  payments,
})
const BATCH = batch(
  transfer('0.10', 'Ann', ANN),
  transfer('0.20', 'Bob', BOB),
  transfer('1000000.00', 'Ann', ANN),
)
const SERIES: JsonObject = {
  ...transfer('1.00', 'Ann', ANN),
  debtorAccount: { iban: 'DE89370400440532013000' },
  startDate: '2099-01-01',
  frequency: 'EveryTwoWeeks',
  executionRule: 'preceding',
}

async function started(t: TestContext) {
  const client = await makeClient('tpp', { client_name: 'Budget Buddy' })
  const bank = await startStrongBank(t, [client])
  const own = await ownToken(bank.ask, client, 'payments')
  const call = (method: string, path: string, body?: unknown) =>
    callResource(bank.ask, client, own, method, path, { body })
  return {
    ...bank,
    client,
    call,
    async pay(path: string, body: JsonObject, ui_locales = 'en') {
      const made = await call('POST', path, body)
      assert.equal(made.status, 201, made.text)
      const id = String(made.body.paymentId)
      const person = new Person(bank.ask)
      const params = { scope: 'openid payments', consent_id: id, ui_locales }
      const login = page(await person.open(await begin(bank.ask, client, params)))
      return { id, person, shown: page(await person.login(login)) }
    },
    state: async (path: string, id: string) =>
      (await call('GET', `${path}/${id}/status`)).body.transactionStatus,
  }
}
const questionIn = ({ text }: Shown): string => /<code>([0-9a-f]{64})<\/code>/.exec(text)?.[1] ?? ''

test('a batch: its total, its payees and their number are decided about; each is shown; one answer is for all of it', async (t) => {
  const bank = await started(t)
  for (const [tag, words] of [
    ['de', ['0,10 EUR', '1000000,00 EUR', 'Summe', '1000000,30 EUR']],
    ['en', ['0.10 EUR', '0.20 EUR', '1000000.00 EUR', 'Total', '1000000.30 EUR']],
  ] as const) {
    const { shown } = await bank.pay(BULK, BATCH, tag)
    for (const seen of [...words, 'DE02 1001 0010 9307 1186 03', 'DE88 1009 0000 1234 5678 92', 'Ann', 'Bob']) // prettier-ignore
      assert.ok(shown.text.includes(seen) && shown.text.indexOf(seen) < shown.text.indexOf('<form'), seen) // prettier-ignore
    assert.doesNotMatch(shown.text, /<script/)
  }
  const { id, person, shown } = await bank.pay(BULK, BATCH)
  assert.deepEqual(bank.questions.at(-1)?.act, {
    kind: 'remote-payment',
    instrument: 'credit-transfer',
    amount: { value: '1000000.30', currency: 'EUR' },
    payees: [`iban:${ANN}`, `iban:${BOB}`],
    payments: 3,
    debtor: 'iban:DE89370400440532013000',
  })
  // A code over another batch of the same total and payees is none of this one.
  const swapped = batch(transfer('0.20', 'Ann', ANN), transfer('0.10', 'Bob', BOB), transfer('1000000.00', 'Ann', ANN)) // prettier-ignore
  const other = await bank.pay(BULK, swapped)
  const answer = (of: Shown, code: string) =>
    person.send(of, /\/sca$/, [
      ['passcode', PASSCODE],
      ['transaction-code', code],
    ])
  const again = page(await answer(shown, bank.token(questionIn(other.shown))), 403)
  assert.equal(await bank.state(BULK, id), 'RCVD')
  const tokens = await tokensFor(bank.ask, bank.client, back(await answer(again, bank.token(questionIn(again))))) // prettier-ignore
  assert.equal(await bank.state(BULK, id), 'ACTC')
  assert.equal(await bank.state(BULK, other.id), 'RCVD')
  assert.equal(tokens.claims['consent_id'], id)
  const record = await bank.record()
  assert.equal(record?.replayed, 'same')
})

test('a series is told to be one, however small its first payment, and its schedule stands before the answer', async (t) => {
  const bank = await started(t)
  for (const [tag, words] of [
    ['en', ['Every two weeks', 'The working day before', '2099-01-01']],
    ['de', ['Alle zwei Wochen', 'Am Bankarbeitstag davor', '2099-01-01']],
  ] as const) {
    const { shown } = await bank.pay(PERIODIC, SERIES, tag)
    for (const seen of words)
      assert.ok(shown.text.includes(seen) && shown.text.indexOf(seen) < shown.text.indexOf('<form'), seen) // prettier-ignore
    assert.ok(!shown.text.includes('EveryTwoWeeks'))
    const act = bank.questions.at(-1)?.act
    assert.ok(act?.kind === 'remote-payment' && act.beginsSeries === true)
  }
  const record = await bank.record()
  assert.equal(record?.evidence.decision.outcome, 'required')
})

test('of the largest batch all payees are on the page, and all of it is signed', async (t) => {
  const bank = await started(t)
  const payments = Array.from({ length: MAX_BULK_PAYMENTS }, (_, at) =>
    transfer(`${at + 1}.01`, `Payee ${at + 1}`, at % 2 === 0 ? ANN : BOB),
  )
  const { id, person, shown } = await bank.pay(BULK, batch(...payments))
  for (let at = 1; at <= MAX_BULK_PAYMENTS; at++)
    assert.ok(shown.text.includes(`>Payee ${at}<`), `${at}`)
  const total = `${(MAX_BULK_PAYMENTS * (MAX_BULK_PAYMENTS + 1)) / 2 + MAX_BULK_PAYMENTS / 100} EUR`
  assert.ok(shown.text.includes(total.replace('.5 ', '.50 ')), total)
  const code = bank.token(questionIn(shown))
  back(await person.send(shown, /\/sca$/, [['passcode', PASSCODE], ['transaction-code', code]])) // prettier-ignore
  assert.equal(await bank.state(BULK, id), 'ACTC')
})
