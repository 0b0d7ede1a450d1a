/** Bulk and periodic payments of the Berlin Group through the front door: what is taken, what is refused and with which word, what is cancelled. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import type { JsonObject, JsonValue } from '../../../src/lib/index.ts'
import { MAX_BULK_PAYMENTS } from '../../../src/identity/consents/berlin-group/bulk-payment.ts'
import { DECISION_HEADER } from '../../../src/identity/evidence.ts'
import { makeClient } from '../client.ts'
import { callResource, ownToken, startBank } from './bank.ts'
import { wrong } from './berlin-group-spec.ts'

const BULK = '/v1/bulk-payments/sepa-credit-transfers'
const PERIODIC = '/v1/periodic-payments/sepa-credit-transfers'
const DEBTOR = { iban: 'DE89370400440532013000' }
const PAYEE = { iban: 'DE02100100109307118603' }
const element = (amount: string, more: JsonObject = {}): JsonObject => ({
  instructedAmount: { currency: 'EUR', amount },
  creditorAccount: PAYEE,
  creditorName: 'Merchant 123',
  ...more,
})
const batch = (...payments: readonly JsonObject[]): JsonObject => ({
  batchBookingPreferred: true,
  debtorAccount: DEBTOR,
  requestedExecutionDate: '2099-12-31',
  payments,
})
const SERIES: JsonObject = {
  ...element('50.00', { remittanceInformationUnstructured: 'Rent' }),
  debtorAccount: DEBTOR,
  startDate: '2099-01-01',
  endDate: '2099-12-31',
  frequency: 'Monthly',
  dayOfExecution: '1',
  executionRule: 'following',
}
const YEAR = Array.from({ length: 12 }, (_, at) => `${at + 1}`)
const inMonths = (monthsOfExecution: JsonValue): JsonObject => ({
  ...SERIES,
  frequency: 'MonthlyVariable',
  monthsOfExecution,
})
const without = (body: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([member]) => member !== name))

async function bank(t: TestContext) {
  const [client, other] = await Promise.all([makeClient('tpp'), makeClient('other')])
  const { ask } = await startBank(t, { testClients: [client, other] })
  const [token, foreign] = await Promise.all([
    ownToken(ask, client, 'accounts payments'),
    ownToken(ask, other, 'accounts payments'),
  ])
  const id = randomUUID()
  const headers = { 'x-request-id': id }
  return {
    call: (method: string, path: string, body?: unknown, more = {}) =>
      callResource(ask, client, token, method, path, { body, headers: { ...headers, ...more } }),
    foreign: (method: string, path: string) =>
      callResource(ask, other, foreign, method, path, { headers }),
  }
}

for (const [path, body, request, response] of [
  [
    BULK,
    batch(element('1.00'), element('2.00')),
    'bulkPaymentInitiation_json',
    'bulkPaymentInitiationWithStatusResponse',
  ],
  [
    PERIODIC,
    SERIES,
    'periodicPaymentInitiation_json',
    'periodicPaymentInitiationWithStatusResponse',
  ],
] as const)
  test(`${path}: made, read, followed and cancelled, in the words of the specification`, async (t) => {
    const { call } = await bank(t)
    assert.equal(wrong(request, body), '')
    const made = await call('POST', path, body)
    assert.equal(made.status, 201, made.text)
    assert.equal(wrong('paymentInitationRequestResponse-201', made.body), '')
    assert.equal(made.body.transactionStatus, 'RCVD')
    assert.equal(made.headers.get('aspsp-sca-approach'), 'REDIRECT')
    const own = `${path}/${made.body.paymentId}`
    assert.equal(made.headers.get('location'), `https://login.bank.example${own}`)
    assert.ok(made.body._links.scaOAuth.href.endsWith('/.well-known/oauth-authorization-server'))

    const read = await call('GET', own)
    assert.equal(wrong(response, read.body), '')
    assert.deepEqual(read.body, { ...body, transactionStatus: 'RCVD' })
    const status = await call('GET', `${own}/status`)
    assert.equal(wrong('paymentInitiationStatusResponse-200_json', status.body), '')
    assert.deepEqual(status.body, { transactionStatus: 'RCVD' })

    const list = await call('GET', `${own}/authorisations`)
    assert.equal(wrong('authorisations', list.body), '')
    assert.deepEqual(list.body, { authorisationIds: ['1'] })
    const sca = await call('GET', `${own}/authorisations/1`)
    assert.equal(wrong('scaStatusResponse', sca.body), '')
    assert.equal(sca.body.scaStatus, 'received')
    const started = await call('POST', `${own}/authorisations`, {})
    assert.deepEqual([started.status, started.body.authorisationId], [201, '1'])
    assert.equal((await call('GET', `${own}/authorisations/99`)).status, 403)

    // Nothing was paid, so to cancel needs nobody's authorisation.
    const cancellations = `${own}/cancellation-authorisations`
    const none = await call('GET', cancellations)
    assert.deepEqual([none.status, none.body], [200, { authorisationIds: [] }])
    const needless = await call('POST', cancellations, {})
    assert.deepEqual([needless.status, needless.body.tppMessages[0].code], [409, 'STATUS_INVALID'])
    assert.equal(wrong('Error409_NG_PIS', needless.body), '')
    for (const method of ['GET', 'PUT'])
      assert.equal((await call(method, `${cancellations}/1`)).status, 403, method)

    assert.deepEqual([(await call('DELETE', own)).status, (await call('DELETE', own)).status], [204, 204]) // prettier-ignore
    assert.equal((await call('GET', `${own}/status`)).body.transactionStatus, 'CANC')
    assert.equal((await call('GET', `${own}/authorisations/1`)).body.scaStatus, 'failed')
    const over = await call('POST', `${own}/authorisations`, {})
    assert.deepEqual([over.status, over.body.tppMessages[0].code], [409, 'STATUS_INVALID'])
  })

test('a batch that is none, mixes currencies or says more than is understood is refused, and where', async (t) => {
  const { call } = await bank(t)
  const sound = batch(element('1.00'), element('2.00'))
  const usd = element('1.00', { instructedAmount: { currency: 'USD', amount: '1.00' } })
  for (const [body, path, code] of [
    [without(sound, 'payments'), 'payments', 'FORMAT_ERROR'],
    [without(sound, 'debtorAccount'), 'debtorAccount', 'FORMAT_ERROR'],
    [batch(), 'payments', 'FORMAT_ERROR'],
    [{ ...sound, payments: {} }, 'payments', 'FORMAT_ERROR'],
    [batch(element('1.00'), usd), 'payments', 'FORMAT_ERROR'],
    [batch(element('1,00')), 'payments.instructedAmount.amount', 'FORMAT_ERROR'],
    [batch(element('-1.00')), 'payments.instructedAmount.amount', 'FORMAT_ERROR'],
    [batch(element('1.001')), undefined, 'FORMAT_ERROR'],
    [
      batch(element('1.00'), without(element('1.00'), 'creditorName')),
      'payments.creditorName',
      'FORMAT_ERROR',
    ],
    [
      batch(element('1.00', { creditorAccount: { iban: 'DE00100100109307118603' } })),
      undefined,
      'FORMAT_ERROR',
    ],
    // These stand before all payments or nowhere.
    [batch(element('1.00', { debtorAccount: DEBTOR })), 'payments', 'FORMAT_ERROR'],
    [batch(element('1.00', { requestedExecutionDate: '2099-12-31' })), 'payments', 'FORMAT_ERROR'],
    [{ ...sound, ...element('1.00') }, 'body', 'FORMAT_ERROR'],
    [{ ...sound, surprise: 1 }, 'body', 'FORMAT_ERROR'],
    [{ ...sound, batchBookingPreferred: 'true' }, 'batchBookingPreferred', 'FORMAT_ERROR'],
    [{ ...sound, requestedExecutionDate: '2099-02-30' }, 'requestedExecutionDate', 'FORMAT_ERROR'],
    [
      { ...sound, requestedExecutionTime: '2099-12-31T09:00:00Z' },
      'requestedExecutionTime',
      'FORMAT_ERROR',
    ],
    [
      { ...sound, requestedExecutionDate: '2020-01-01' },
      'requestedExecutionDate',
      'EXECUTION_DATE_INVALID',
    ],
    [
      {
        ...without(sound, 'requestedExecutionDate'),
        requestedExecutionTime: '2020-01-01T09:00:00Z',
      },
      'requestedExecutionTime',
      'EXECUTION_DATE_INVALID',
    ],
  ] as const) {
    const refused = await call('POST', BULK, body)
    assert.equal(refused.status, 400, JSON.stringify(body))
    const [told] = refused.body.tppMessages
    assert.deepEqual([told.category, told.code, told.path], ['ERROR', code, path], JSON.stringify(body)) // prettier-ignore
    assert.equal(wrong('Error400_NG_PIS', refused.body), '')
  }
})

test('a batch has a cap, and the largest that is taken fits into a body', async (t) => {
  const { call } = await bank(t)
  const of = (count: number): JsonObject =>
    batch(...Array.from({ length: count }, (_, at) => element(`${at + 1}.00`)))
  const made = await call('POST', BULK, of(MAX_BULK_PAYMENTS))
  assert.equal(made.status, 201, made.text)
  const read = await call('GET', `${BULK}/${made.body.paymentId}`)
  assert.equal(read.body.payments.length, MAX_BULK_PAYMENTS)
  const refused = await call('POST', BULK, of(MAX_BULK_PAYMENTS + 1))
  assert.deepEqual([refused.status, refused.body.tppMessages[0].path], [400, 'payments'])
})

test('a series says how often, from when and until when, in the codes of the specification, or is refused', async (t) => {
  const { call } = await bank(t)
  for (const [body, path, code] of [
    [without(SERIES, 'startDate'), 'startDate', 'FORMAT_ERROR'],
    [without(SERIES, 'frequency'), 'frequency', 'FORMAT_ERROR'],
    [without(SERIES, 'debtorAccount'), 'debtorAccount', 'FORMAT_ERROR'],
    [without(SERIES, 'instructedAmount'), 'instructedAmount', 'FORMAT_ERROR'],
    [{ ...SERIES, frequency: 'MNTH' }, 'frequency', 'FORMAT_ERROR'],
    [{ ...SERIES, frequency: 'monthly' }, 'frequency', 'FORMAT_ERROR'],
    [{ ...SERIES, dayOfExecution: '0' }, 'dayOfExecution', 'FORMAT_ERROR'],
    [{ ...SERIES, dayOfExecution: '01' }, 'dayOfExecution', 'FORMAT_ERROR'],
    [{ ...SERIES, dayOfExecution: '32' }, 'dayOfExecution', 'FORMAT_ERROR'],
    [{ ...SERIES, dayOfExecution: 1 }, 'dayOfExecution', 'FORMAT_ERROR'],
    [{ ...SERIES, executionRule: 'latest' }, 'executionRule', 'FORMAT_ERROR'],
    [{ ...SERIES, startDate: '2099-02-30' }, 'startDate', 'FORMAT_ERROR'],
    [{ ...SERIES, endDate: '2099-12-31T00:00:00Z' }, 'endDate', 'FORMAT_ERROR'],
    [{ ...SERIES, requestedExecutionDate: '2099-01-01' }, 'body', 'FORMAT_ERROR'],
    [{ ...SERIES, frequency: 'MonthlyVariable' }, 'monthsOfExecution', 'FORMAT_ERROR'],
    [{ ...SERIES, monthsOfExecution: ['1'] }, 'monthsOfExecution', 'FORMAT_ERROR'],
    ...[[], ['0'], ['01'], ['13'], [1], ['1', '4', '1'], YEAR, '1'].map(
      (months) => [inMonths(months), 'monthsOfExecution', 'FORMAT_ERROR'] as const,
    ),
    [{ ...SERIES, payments: [] }, 'body', 'FORMAT_ERROR'],
    [{ ...SERIES, endDate: '2098-12-31' }, 'endDate', 'EXECUTION_DATE_INVALID'],
    [{ ...SERIES, startDate: '2020-01-01' }, 'startDate', 'EXECUTION_DATE_INVALID'],
  ] as const) {
    const refused = await call('POST', PERIODIC, body)
    assert.equal(refused.status, 400, JSON.stringify(body))
    const [told] = refused.body.tppMessages
    assert.deepEqual([told.code, told.path], [code, path], JSON.stringify(body))
  }
  for (const body of [
    without(without(without(SERIES, 'endDate'), 'executionRule'), 'dayOfExecution'),
    { ...SERIES, endDate: SERIES['startDate'] },
    inMonths(['1', '4', '10']),
    inMonths(YEAR.slice(1)),
    ...['1', '31'].map((dayOfExecution) => ({ ...SERIES, dayOfExecution })),
    ...[
      'Daily',
      'Weekly',
      'EveryTwoWeeks',
      'EveryTwoMonths',
      'Quarterly',
      'SemiAnnual',
      'Annual',
    ].map((frequency) => ({ ...SERIES, frequency })),
  ]) {
    assert.equal(wrong('periodicPaymentInitiation_json', body), '')
    assert.equal((await call('POST', PERIODIC, body)).status, 201, JSON.stringify(body))
  }
})

test('payments in XML are not half taken: their products are unknown, and JSON products take JSON', async (t) => {
  const { call } = await bank(t)
  const document = '<?xml version="1.0"?><Document/>'
  for (const service of ['payments', 'bulk-payments', 'periodic-payments']) {
    for (const product of ['pain.001-sepa-credit-transfers', 'cheques']) {
      const xml = { 'content-type': 'application/xml' }
      const refused = await call('POST', `/v1/${service}/${product}`, document, xml)
      assert.deepEqual([refused.status, refused.body.tppMessages[0].code], [404, 'PRODUCT_UNKNOWN'])
      assert.equal(wrong('Error404_NG_PIS', refused.body), '')
      assert.equal((await call('GET', `/v1/${service}/${product}`)).status, 405)
      assert.equal((await call('GET', `/v1/${service}/${product}/1`)).status, 404)
    }
    for (const type of ['application/xml', 'multipart/form-data; boundary=x', 'text/plain']) {
      const path = `/v1/${service}/sepa-credit-transfers`
      const refused = await call('POST', path, document, { 'content-type': type })
      assert.deepEqual([refused.status, refused.body.tppMessages[0].code], [415, 'FORMAT_ERROR'])
    }
  }
  for (const path of [
    '/v1/card-payments/sepa-credit-transfers',
    '/v1/payments',
    '/v1/bulk-payments/',
  ])
    assert.equal((await call('POST', path, SERIES)).status, 404, path)
})

test('another’s batch or series, and one of another service or product, answers byte for byte as one that never was', async (t) => {
  const { call, foreign } = await bank(t)
  for (const [path, body] of [
    [BULK, batch(element('1.00'))],
    [PERIODIC, SERIES],
  ] as const) {
    const { paymentId } = (await call('POST', path, body)).body
    const never = '0'.repeat(32)
    const told = async (by: typeof call | typeof foreign, method: string, at: string) => {
      const { status, text, headers } = await by(method, at)
      // The id of a refusal is new each time.
      const names = [...headers].map(([name, value]) => (name === 'date' || name === DECISION_HEADER ? name : [name, value])) // prettier-ignore
      return { status, text, names }
    }
    const elsewhere = ['/v1/payments/sepa-credit-transfers', path === BULK ? PERIODIC : BULK, path.replace('sepa', 'instant-sepa'), '/v1/consents'] // prettier-ignore
    for (const [method, below] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/status'],
      ['GET', '/authorisations'],
      ['GET', '/authorisations/1'],
      ['PUT', '/authorisations/1'],
      ['POST', '/authorisations'],
      ['GET', '/cancellation-authorisations'],
      ['POST', '/cancellation-authorisations'],
      ['GET', '/cancellation-authorisations/1'],
    ] as const) {
      const expected = await told(foreign, method, `${path}/${never}${below}`)
      assert.deepEqual(await told(foreign, method, `${path}/${paymentId}${below}`), expected, `${method} ${below}`) // prettier-ignore
      assert.equal(expected.status, 403)
      assert.match(expected.text, /"RESOURCE_UNKNOWN"/)
      for (const place of elsewhere)
        assert.deepEqual(
          await told(call, method, `${place}/${paymentId}${below}`),
          await told(call, method, `${place}/${never}${below}`),
          `${method} ${place} ${below}`,
        )
    }
    assert.equal((await call('GET', `${path}/${paymentId}/status`)).body.transactionStatus, 'RCVD')
  }
})
