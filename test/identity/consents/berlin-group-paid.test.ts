/**
 * From a batch or series of the Berlin Group to its payment: made at the face, seen by its customer, heard of by a gateway through the store, and paid
 * under the newest template as it was seen. One altered cent, payee, day or number of payments is another.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../src/app/system-ports.ts'
import { createProjection } from '../../../src/feed/index.ts'
import { textAt } from '../../../src/identity/consents/shape.ts'
import type { JsonObject, JsonValue } from '../../../src/lib/index.ts'
import { openStoreFeed } from '../../../src/store/index.ts'
import { changed, decidedPayment, paymentPlan } from '../../support/decided-payment.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { makeClient, refresh } from '../client.ts'
import { callResource, ownToken, startBank } from './bank.ts'
import { BERLIN_GROUP_FILE } from './berlin-group-spec.ts'
import { back, begin, page, Person, pushed, tokensFor } from './journey.ts'

const MAKE = 'POST /v1/{payment-service}/{payment-product}'
const PLAN = paymentPlan({
  spec: readFileSync(BERLIN_GROUP_FILE, 'utf8'),
  permissions: { [MAKE]: ['payments'] },
})
const BULK = '/v1/bulk-payments/sepa-credit-transfers'
const PERIODIC = '/v1/periodic-payments/sepa-credit-transfers'
const DEBTOR = { iban: 'DE89370400440532013000' }
const PAYEE = { iban: 'DE02100100109307118603' }
const OTHER = { iban: 'DE88100900001234567892' }
const transfer = (amount: string, name: string, account = PAYEE): JsonObject => ({
  instructedAmount: { currency: 'EUR', amount },
  creditorAccount: account,
  creditorName: name,
  endToEndIdentification: `E2E-${name}`,
})
const BATCH: JsonObject = {
  batchBookingPreferred: true,
  debtorAccount: DEBTOR,
  requestedExecutionDate: '2099-12-31',
  payments: [
    { ...transfer('1.10', 'Ann'), remittanceInformationUnstructured: 'Invoice 1', chargeBearer: 'SLEV' }, // prettier-ignore
    { ...transfer('2.20', 'Bob', OTHER), remittanceInformationStructured: { reference: 'RF18539007547034' } }, // prettier-ignore
    { ...transfer('3.30', 'Ann'), remittanceInformationUnstructuredArray: ['One', 'Two'] },
  ],
}
const SERIES: JsonObject = {
  ...transfer('50.00', 'Landlord'),
  debtorAccount: DEBTOR,
  startDate: '2099-01-01',
  endDate: '2099-12-31',
  frequency: 'EveryTwoMonths',
  dayOfExecution: '31',
  executionRule: 'preceding',
}

const KINDS: readonly {
  readonly path: string
  readonly body: JsonObject
  /** Pointers without their slash, and what stands there instead. */
  readonly altered: readonly string[]
  readonly seen: Readonly<Record<'en' | 'de', readonly string[]>>
}[] = [
  {
    path: BULK,
    body: BATCH,
    altered: [
      'payments/0/instructedAmount/amount = "1.11"',
      'payments/2/instructedAmount/amount = "3.31"',
      'payments/0/instructedAmount/currency = USD',
      'payments/1/creditorAccount/iban = DE02100100109307118603',
      'payments/1/creditorName = Mallory',
      'payments/0/remittanceInformationUnstructured = Invoice 2',
      'payments/2/remittanceInformationUnstructuredArray = [One, Three]',
      'payments/1/remittanceInformationStructured/reference = RF0000000000000',
      'payments/0/chargeBearer = DEBT',
      'payments/0/chargeBearer = -',
      'payments/0/endToEndIdentification = -',
      'debtorAccount/iban = DE02100100109307118603',
      'requestedExecutionDate = "2100-01-01"',
      'requestedExecutionDate = -',
    ],
    seen: {
      en: ['6.60 EUR', 'Total', 'Number of payments', '2099-12-31'],
      de: ['6,60 EUR', 'Summe', 'Anzahl der Zahlungen'],
    },
  },
  {
    path: PERIODIC,
    body: SERIES,
    altered: [
      'instructedAmount/amount = "50.01"',
      'creditorAccount/iban = DE88100900001234567892',
      'creditorName = Mallory',
      'startDate = "2099-01-02"',
      'endDate = "2100-12-31"',
      'endDate = -',
      'frequency = Daily',
      'dayOfExecution = "30"',
      'dayOfExecution = -',
      'executionRule = following',
      'executionRule = -',
    ],
    seen: {
      en: ['50.00 EUR', 'Every two months', '2099-01-01', '2099-12-31', 'The working day before'],
      de: ['50,00 EUR', 'Alle zwei Monate', 'Am Bankarbeitstag davor'],
    },
  },
  {
    path: PERIODIC,
    body: { ...SERIES, frequency: 'MonthlyVariable', monthsOfExecution: ['10', '1', '4'] },
    altered: [
      'monthsOfExecution = ["1", "4"]',
      'monthsOfExecution = ["1", "4", "11"]',
      'monthsOfExecution = ["1", "4", "10", "11"]',
      'monthsOfExecution = -',
      'frequency = Monthly',
    ],
    seen: {
      en: ['In some months', '10, 1, 4', 'The working day before'],
      de: ['In einzelnen Monaten', 'Monate', '10, 1, 4'],
    },
  },
]

async function bank(t: TestContext) {
  const client = await makeClient('tpp', { client_name: 'Budget Buddy' })
  const { ask, store } = await startBank(t, { testClients: [client] })
  const own = await ownToken(ask, client, 'payments')
  const feed = openStoreFeed({ store, clock: systemClock, scheduler: realScheduler })
  t.after(() => feed.close())
  const gateway = await createProjection(feed, systemClock)
  const call = (method: string, path: string, body?: unknown) =>
    callResource(ask, client, own, method, path, { body })
  const make = async (path: string, body: JsonObject): Promise<string> => {
    const made = await call('POST', path, body)
    assert.equal(made.status, 201, made.text)
    return String(made.body.paymentId)
  }
  return {
    ask,
    client,
    call,
    make,
    /** The page on which the customer decides, and what comes of it. */
    async journey(id: string, more: Readonly<Record<string, string>> = {}) {
      const person = new Person(ask)
      const params = { scope: 'openid payments offline_access', consent_id: id, ...more }
      const shown = page(await person.open(await begin(ask, client, params)))
      return {
        shown,
        agree: async () => tokensFor(ask, client, back(await person.login(shown))),
        refuse: async () => back(await person.send(shown, /\/refuse$/)),
      }
    },
    async heard(id: string) {
      await feed.refresh()
      return gateway.consent(id)
    },
  }
}

test('a batch and a series are paid as their customer saw them, and nothing of them may be altered, added or left out', async (t) => {
  const { call, make, journey, heard } = await bank(t)
  for (const { path, body, altered, seen } of KINDS) {
    const id = await make(path, body)
    for (const tag of ['de', 'en'] as const) {
      const { shown } = await journey(id, { ui_locales: tag })
      for (const word of seen[tag]) assert.ok(shown.text.includes(word), `${word} in ${shown.text}`)
      // Every payee with its amount, above what is asked, and readable without script.
      assert.doesNotMatch(shown.text, /<script/)
      const form = shown.text.indexOf('<form')
      for (const word of wordsOf(body, tag)) {
        const at = shown.text.indexOf(word)
        assert.ok(at > 0 && at < form, `${word} in ${shown.text}`)
      }
    }
    const { claims } = await (await journey(id)).agree()
    assert.equal(claims['consent_id'], id)
    assert.equal((await call('GET', `${path}/${id}/status`)).body.transactionStatus, 'ACTC')
    assert.equal((await call('GET', `${path}/${id}/authorisations/1`)).body.scaStatus, 'finalised')
    const consent = await heard(id)
    assert.equal(consent?.status, 'valid')
    const decide = (sent: JsonValue): string =>
      decidedPayment(PLAN, {
        request: MAKE,
        path,
        permission: 'payments',
        headers: {
          'x-request-id': '99391c7e-ad88-49ec-a2ad-99ddcb1f7721',
          'psu-ip-address': '192.168.8.78',
        },
        token: undefined,
        text: JSON.stringify(sent),
        consent: consent?.payments,
      })
    assert.equal(decide(body), 'allow', path)
    for (const row of altered) {
      const [pointer = '', value = ''] = row.split(' = ')
      const sent = changed(body, pointer.split('/'), value)
      assert.notDeepEqual(sent, body, row)
      assert.match(decide(sent), /^GH_GATEWAY_PAYMENT_/, `${path}: ${row}`)
    }
    const list = body['payments']
    if (!Array.isArray(list)) continue
    const [first, second, third] = list as readonly JsonObject[]
    for (const [payments, allowed] of [
      [[third, first, second], true],
      [[first, second], false],
      [[first, second, third, transfer('0.01', 'Mallory')], false],
      [[first, second, third, third], false],
      [[first, second, second], false],
      // The same total and the same payees, each with the other's amount.
      [[{ ...first, instructedAmount: second?.['instructedAmount'] }, { ...second, instructedAmount: first?.['instructedAmount'] }, third], false], // prettier-ignore
    ] as const) {
      const sent = { ...body, payments } as JsonObject // sound: what stands in it is JSON
      assert.equal(decide(sent) === 'allow', allowed, JSON.stringify(payments))
    }
    // The booking is between customer and bank, and pays nobody.
    assert.equal(decide({ ...body, batchBookingPreferred: false }), 'allow')
  }
})

/** Names, accounts and amounts of each payment. */
function wordsOf(body: JsonObject, tag: string): readonly string[] {
  const list = (body['payments'] ?? [body]) as readonly JsonObject[] // sound: as the bodies above are
  return list.flatMap((one) => {
    const { amount } = one['instructedAmount'] as { amount: string } // sound: likewise
    const { iban } = one['creditorAccount'] as { iban: string } // sound: likewise
    return [`${tag === 'de' ? amount.replace('.', ',') : amount} EUR`, iban, textAt(one, 'creditorName')] // prettier-ignore
  })
}

test('the details of a batch and of a series go into the token as they were agreed, and no others', async (t) => {
  const { ask, client, make, journey } = await bank(t)
  for (const [path, body, detail, other] of [
    [
      BULK,
      BATCH,
      { ...BATCH, batchBookingPreferred: undefined, payments: (BATCH['payments'] as readonly JsonObject[]).map(inOneForm) }, // prettier-ignore
      { payments: [transfer('6.60', 'Ann')] },
    ],
    [
      PERIODIC,
      SERIES,
      { ...SERIES, startDate: undefined, requestedExecutionDate: SERIES['startDate'] },
      { frequency: 'Daily' },
    ],
  ] as const) {
    const details = [{ type: 'payment_initiation', ...JSON.parse(JSON.stringify(detail)) }]
    const id = await make(path, body)
    const told = await (
      await journey(id, { authorization_details: JSON.stringify(details) })
    ).agree()
    assert.deepEqual(told.claims['authorization_details'], details)
    const next = await make(path, body)
    const more = JSON.stringify([{ ...details[0], ...other }])
    const person = new Person(ask)
    const request = { scope: 'openid payments', consent_id: next, authorization_details: more }
    const refused = back(await person.open(await begin(ask, client, request)))
    assert.equal(refused.get('error'), 'access_denied', path)
  }
  const odd = { type: 'payment_initiation', debtorAccount: DEBTOR, payments: [{ ...transfer('1.00', 'A'), approvedBy: 'x' }] } // prettier-ignore
  const { status, body } = await pushed(ask, client, {
    authorization_details: JSON.stringify([odd]),
  })
  assert.deepEqual([status, body['error']], [400, 'invalid_authorization_details'])
})
const inOneForm = ({ remittanceInformationUnstructuredArray: lines, ...rest }: JsonObject) => ({
  ...rest,
  ...(lines === undefined ? {} : { remittanceInformationUnstructured: lines }),
})

test('who cancels what was agreed to and not sent ends it: at gateways, at the token endpoint, and once for fifty at once', async (t) => {
  const { ask, client, call, make, journey, heard } = await bank(t)
  for (const { path, body } of KINDS) {
    const id = await make(path, body)
    const tokens = await (await journey(id)).agree()
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call('DELETE', `${path}/${id}`)),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [204])
    assert.equal((await call('GET', `${path}/${id}/status`)).body.transactionStatus, 'CANC')
    assert.equal((await heard(id))?.status, 'cancelled')
    assert.equal((await refresh(ask, client, tokens.refresh)).body['error'], 'invalid_grant')
  }
})

test('of cancelling and agreeing at once one counts, and what the customer refused is not cancelled afterwards', async (t) => {
  const { call, make, journey } = await bank(t)
  const state = async (path: string, id: string) =>
    (await call('GET', `${path}/${id}/status`)).body.transactionStatus
  for (const { path, body } of KINDS) {
    const id = await make(path, body)
    const { agree } = await journey(id)
    const [, ended] = await Promise.allSettled([agree(), call('DELETE', `${path}/${id}`)])
    assert.ok(ended.status === 'fulfilled' && ended.value.status === 204)
    assert.equal(await state(path, id), 'CANC')

    const refused = await make(path, body)
    assert.equal((await (await journey(refused)).refuse()).get('error'), 'access_denied')
    assert.equal(await state(path, refused), 'RJCT')
    const late = await call('DELETE', `${path}/${refused}`)
    assert.deepEqual([late.status, late.body.tppMessages[0].code], [405, 'CANCELLATION_INVALID'])
    assert.equal(late.headers.get('allow'), 'GET')
    assert.equal(await state(path, refused), 'RJCT')
  }
})
