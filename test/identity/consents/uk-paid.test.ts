/**
 * From a consent of the UK to its payment, for every kind: made at the face, seen and confirmed by its customer, heard of by a gateway through the
 * store, and paid under the newest template as it was confirmed. Whatever is altered in the payment is refused.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../src/app/system-ports.ts'
import { createProjection } from '../../../src/feed/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/index.ts'
import { openStoreFeed } from '../../../src/store/index.ts'
import { changed, decidedPayment, paymentPlan } from '../../support/decided-payment.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { makeClient } from '../client.ts'
import { callResource, ownToken, startBank } from './bank.ts'
import { begin, page, Person, tokensFor, back } from './journey.ts'

const SPEC = join(
  import.meta.dirname,
  '../../../examples/bank/spec/payment-initiation-openapi.yaml',
)
const ROOT = '/open-banking/v4.0/pisp'
const LATER = '2099-06-30T09:00:00+00:00'
const spec = readFileSync(SPEC, 'utf8')
const NEWEST = paymentPlan({ spec })
const OLDER = paymentPlan({ spec, template: 'pis@1.2.0' })
const HEADERS = { 'x-idempotency-key': 'key-1', 'x-jws-signature': 'a..b' }

const PAYEE = {
  CreditorAccount: {
    SchemeName: 'UK.OBIE.SortCodeAccountNumber',
    Identification: '08080021325690',
    Name: 'ACME Inc',
  },
  RemittanceInformation: { Unstructured: ['Invoice 42'] },
}
const ONCE = {
  ...PAYEE,
  InstructionIdentification: 'ACME412',
  EndToEndIdentification: 'FRESCO.21302.GFX.20',
  InstructedAmount: { Amount: '165.88', Currency: 'GBP' },
}
const MANDATE = {
  Frequency: { Type: 'MNTH', CountPerPeriod: 1, PointInTime: '05' },
  FirstPaymentDateTime: LATER,
  FinalPaymentDateTime: '2100-05-30T09:00:00+00:00',
}
const ABROAD = {
  CurrencyOfTransfer: 'USD',
  ChargeBearer: 'BorneByDebtor',
  DestinationCountryCode: 'US',
}
/** The rate is written with its zero: what a gateway reads is the text. */
const RATE = { UnitCurrency: 'GBP', RateType: 'Agreed', ExchangeRate: '#1.2500#' }
const written = (value: JsonValue): string => JSON.stringify(value).replaceAll(/"#|#"/g, '')

const OF_MANDATE = [
  'NumberOfPayments = "13"',
  'NumberOfPayments = -',
  'MandateRelatedInformation/Frequency/Type = WEEK',
  'MandateRelatedInformation/Frequency/CountPerPeriod = 2',
  'MandateRelatedInformation/Frequency/CountPerPeriod = -',
  'MandateRelatedInformation/Frequency/PointInTime = "06"',
  'MandateRelatedInformation/Frequency/PointInTime = -',
  'MandateRelatedInformation/FirstPaymentDateTime = "2099-07-01T09:00:00+00:00"',
  'MandateRelatedInformation/FinalPaymentDateTime = "2101-05-30T09:00:00+00:00"',
  'MandateRelatedInformation/FinalPaymentDateTime = -',
]
const OF_ABROAD = [
  'CurrencyOfTransfer = EUR',
  'ChargeBearer = Shared',
  'ChargeBearer = -',
  'DestinationCountryCode = DE',
  'DestinationCountryCode = -',
]
const OF_RATE = [
  'ExchangeRateInformation/ExchangeRate = "#1.2501#"',
  'ExchangeRateInformation/RateType = Indicative',
  'ExchangeRateInformation/ContractIdentification = C-1',
  'ExchangeRateInformation = -',
]
const SEEN_MANDATE = [/Every month/, /2100-05-30/, /<dd><bdi>12<\/bdi>/, /<bdi>05<\/bdi>/]
const SEEN_ABROAD = [/USD/, /You pay them/, /<bdi>US<\/bdi>/]

const KINDS: readonly {
  readonly kind: string
  readonly initiation: JsonObject
  /** Below `Data.Initiation`. */
  readonly altered: readonly string[]
  readonly seen: readonly RegExp[]
  /** Paid under what was the newest before these members were compared. */
  readonly before: boolean
}[] = [
  { kind: 'domestic-payment', initiation: ONCE, altered: [], seen: [], before: true },
  {
    kind: 'domestic-scheduled-payment',
    initiation: { ...ONCE, RequestedExecutionDateTime: LATER },
    altered: ['RequestedExecutionDateTime = "2099-07-01T09:00:00+00:00"'],
    seen: [/2099-06-30/],
    before: true,
  },
  {
    kind: 'domestic-standing-order',
    initiation: {
      ...PAYEE,
      FirstPaymentAmount: { Amount: '165.88', Currency: 'GBP' },
      RecurringPaymentAmount: { Amount: '10.00', Currency: 'GBP' },
      FinalPaymentAmount: { Amount: '9.00', Currency: 'GBP' },
      NumberOfPayments: '12',
      MandateRelatedInformation: MANDATE,
    },
    altered: [
      ...OF_MANDATE,
      'FirstPaymentAmount/Amount = "165.89"',
      'RecurringPaymentAmount/Amount = "10.01"',
      'FinalPaymentAmount/Amount = "9.01"',
    ],
    seen: SEEN_MANDATE,
    before: false,
  },
  {
    kind: 'international-payment',
    initiation: { ...ONCE, ...ABROAD, ExchangeRateInformation: RATE },
    altered: [...OF_ABROAD, ...OF_RATE],
    seen: [...SEEN_ABROAD, /1\.2500/],
    before: false,
  },
  {
    kind: 'international-scheduled-payment',
    initiation: {
      ...ONCE,
      ...ABROAD,
      ExchangeRateInformation: RATE,
      RequestedExecutionDateTime: LATER,
    },
    altered: [...OF_ABROAD, ...OF_RATE, 'RequestedExecutionDateTime = "2099-07-01T09:00:00+00:00"'],
    seen: SEEN_ABROAD,
    before: false,
  },
  {
    kind: 'international-standing-order',
    initiation: {
      ...PAYEE,
      ...ABROAD,
      InstructedAmount: { Amount: '165.88', Currency: 'GBP' },
      NumberOfPayments: '12',
      MandateRelatedInformation: MANDATE,
    },
    altered: [...OF_ABROAD, ...OF_MANDATE],
    seen: [...SEEN_ABROAD, ...SEEN_MANDATE],
    before: false,
  },
]

/** Made, confirmed by its customer, and as a gateway hears of it. */
async function authorised(t: TestContext) {
  const client = await makeClient('tpp')
  const { ask, store } = await startBank(t, { testClients: [client] })
  const token = await ownToken(ask, client, 'payments')
  const feed = openStoreFeed({ store, clock: systemClock, scheduler: realScheduler })
  t.after(() => feed.close())
  const gateway = await createProjection(feed, systemClock)
  return async (kind: string, initiation: JsonObject) => {
    const Permission = /scheduled|standing/.test(kind) ? { Permission: 'Create' } : {}
    const made = await callResource(ask, client, token, 'POST', `${ROOT}/${kind}-consents`, {
      body: written({ Data: { ...Permission, Initiation: initiation }, Risk: {} }),
      headers: { 'x-idempotency-key': randomUUID() },
    })
    assert.equal(made.status, 201, `${kind} ${made.text}`)
    const id = String(made.body.Data.ConsentId)
    const person = new Person(ask)
    const start = await begin(ask, client, { scope: 'openid payments', consent_id: id })
    const shown = page(await person.login(page(await person.open(start))))
    await tokensFor(ask, client, back(await person.send(shown, /\/confirm$/)))
    await feed.refresh()
    const consent = gateway.consent(id)
    assert.ok(consent?.payments, kind)
    return { text: shown.text, consent }
  }
}

test('each kind is paid as its customer saw and confirmed it, and nothing of it may be altered', async (t) => {
  const authorise = await authorised(t)
  for (const { kind, initiation, altered, seen, before } of KINDS) {
    const { text, consent } = await authorise(kind, initiation)
    for (const part of seen) assert.match(text, part, kind)
    const request = `POST /${kind}s`
    assert.deepEqual([...consent.permissions], [`${kind}s`])
    const of = { request, permission: `${kind}s`, headers: HEADERS, token: undefined }
    const decide = (sent: JsonValue, plan = NEWEST): string =>
      decidedPayment(plan, {
        ...of,
        text: written({ Data: { ConsentId: 'consent-1', Initiation: sent }, Risk: {} }),
        consent: consent.payments,
      })
    assert.equal(decide(initiation), 'allow', kind)
    for (const row of altered) {
      const [path = '', value = ''] = row.split(' = ')
      const sent = changed(initiation, path.split('/'), value)
      assert.ok(isJsonObject(sent) && written(sent) !== written(initiation), row)
      assert.match(decide(sent), /^GH_GATEWAY_PAYMENT_/, `${kind}: ${row}`)
    }
    assert.match(
      decide({ ...initiation, CreditorAccount: { ...PAYEE.CreditorAccount, Name: 'ACNE Inc' } }),
      /^GH_GATEWAY_PAYMENT_PAYEE_NAME$/,
    )
    // A template that does not look for what was confirmed would let it be another: it refuses.
    assert.equal(decide(initiation, OLDER) === 'allow', before, `${kind} under pis@1.2.0`)
  }
})

test('what was not confirmed is not added: a payment without each of these members gets none of them', async (t) => {
  const authorise = await authorised(t)
  const bare = { ...ONCE, CurrencyOfTransfer: 'USD' }
  const { consent } = await authorise('international-payment', bare)
  const request = 'POST /international-payments'
  const permission = 'international-payments'
  const decide = (more: JsonObject): string =>
    decidedPayment(NEWEST, {
      request,
      permission,
      headers: HEADERS,
      token: undefined,
      consent: consent.payments,
      text: written({
        Data: { ConsentId: 'consent-1', Initiation: { ...bare, ...more } },
        Risk: {},
      }),
    })
  assert.equal(decide({}), 'allow')
  for (const more of [
    { ChargeBearer: 'Shared' },
    { DestinationCountryCode: 'US' },
    { ExchangeRateInformation: RATE },
  ])
    assert.match(decide(more), /^GH_GATEWAY_PAYMENT_/, JSON.stringify(more))
})

test('a count that no gateway could compare makes no consent', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startBank(t, { testClients: [client] })
  const token = await ownToken(ask, client, 'payments')
  const order = KINDS.find(({ kind }) => kind === 'domestic-standing-order')?.initiation ?? {}
  for (const [row, status] of [
    ['NumberOfPayments = twelve', 400],
    ['NumberOfPayments = "0"', 400],
    ['MandateRelatedInformation/Frequency/CountPerPeriod = "#1.0#"', 400],
    ['MandateRelatedInformation/Frequency/CountPerPeriod = "#12#"', 201],
  ] as const) {
    const [path = '', value = ''] = row.split(' = ')
    const Initiation = changed(order, path.split('/'), value)
    const body = written({ Data: { Permission: 'Create', Initiation }, Risk: {} })
    const made = await callResource(
      ask,
      client,
      token,
      'POST',
      `${ROOT}/domestic-standing-order-consents`,
      { body, headers: { 'x-idempotency-key': randomUUID() } },
    )
    assert.equal(made.status, status, `${row}: ${made.text}`)
  }
})
