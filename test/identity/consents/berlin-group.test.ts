/** The Berlin Group face through the front door, judged by the specification's own file. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { berlinGroup } from '../../../src/identity/consents/berlin-group/face.ts'
import type { FaceAnswer } from '../../../src/identity/consents/face.ts'
import { DECISION_HEADER } from '../../../src/identity/evidence.ts'
import { newConsent } from '../../../src/identity/consents/machine.ts'
import type { JsonObject } from '../../../src/lib/index.ts'
import { makeClient } from '../client.ts'
import { callResource, ownToken, startBank } from './bank.ts'
import { wrong } from './berlin-group-spec.ts'
import { ACCOUNTS, T0 } from './terms.ts'

const IBAN = 'DE89370400440532013000'
const consentRequest = (access: JsonObject, more: JsonObject = {}): JsonObject => ({
  access,
  recurringIndicator: true,
  validUntil: '2099-12-31',
  frequencyPerDay: 4,
  combinedServiceIndicator: false,
  ...more,
})
const PAYMENT: JsonObject = {
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  debtorAccount: { iban: IBAN },
  creditorAccount: { iban: 'DE02100100109307118603' },
  creditorName: 'Merchant 123',
  remittanceInformationUnstructured: 'Ref Number Merchant',
}

async function bank(t: TestContext) {
  const [client, other] = await Promise.all([makeClient('tpp'), makeClient('other')])
  const { ask } = await startBank(t, { testClients: [client, other] })
  const [token, foreign] = await Promise.all([
    ownToken(ask, client, 'accounts payments'),
    ownToken(ask, other, 'accounts payments'),
  ])
  const id = randomUUID()
  return {
    id,
    call: (method: string, path: string, body?: unknown) =>
      callResource(ask, client, token, method, path, { body, headers: { 'x-request-id': id } }),
    foreign: (method: string, path: string) =>
      callResource(ask, other, foreign, method, path, { headers: { 'x-request-id': id } }),
  }
}

test('a consent for named accounts is made, read, followed and ended', async (t) => {
  const { call, id } = await bank(t)
  const request = consentRequest({ balances: [{ iban: IBAN }], transactions: [{ iban: IBAN }] })
  assert.equal(wrong('consents', request), '')
  const made = await call('POST', '/v1/consents', request)
  assert.equal(made.status, 201, made.text)
  assert.equal(wrong('consentsResponse-201', made.body), '')
  assert.equal(made.headers.get('aspsp-sca-approach'), 'REDIRECT')
  assert.equal(made.headers.get('x-request-id'), id)
  const path = `/v1/consents/${made.body.consentId}`
  assert.equal(made.headers.get('location'), `https://login.bank.example${path}`)
  assert.equal(
    made.body._links.scaOAuth.href,
    'https://login.bank.example/.well-known/oauth-authorization-server',
  )

  const read = await call('GET', path)
  assert.equal(wrong('consentInformationResponse-200_json', read.body), '')
  assert.deepEqual(read.body.access, request['access'])
  const status = await call('GET', `${path}/status`)
  assert.equal(wrong('consentStatusResponse-200', status.body), '')
  assert.equal(status.body.consentStatus, 'received')

  const list = await call('GET', `${path}/authorisations`)
  assert.equal(wrong('authorisations', list.body), '')
  const [authorisation] = list.body.authorisationIds
  const sca = await call('GET', `${path}/authorisations/${authorisation}`)
  assert.equal(wrong('scaStatusResponse', sca.body), '')
  assert.equal(sca.body.scaStatus, 'received')
  assert.ok(made.body._links.scaStatus.href.endsWith(`${path}/authorisations/${authorisation}`))
  const started = await call('POST', `${path}/authorisations`, {})
  assert.equal(started.status, 201)
  assert.equal(wrong('startScaprocessResponse', started.body), '')
  assert.equal(started.body.authorisationId, authorisation, 'nothing is started twice')
  assert.equal((await call('GET', `${path}/authorisations/99`)).status, 403)

  assert.equal((await call('DELETE', path)).status, 204)
  assert.equal((await call('GET', `${path}/status`)).body.consentStatus, 'terminatedByTpp')
  const failed = await call('GET', `${path}/authorisations/${authorisation}`)
  assert.equal(failed.body.scaStatus, 'failed')
  const over = await call('POST', `${path}/authorisations`, {})
  assert.deepEqual([over.status, over.body.tppMessages[0].code], [409, 'STATUS_INVALID'])
  assert.equal(wrong('Error409_NG_AIS', over.body), '')
})

test('access that contradicts itself, or is not there, is refused', async (t) => {
  const { call } = await bank(t)
  const named = [{ iban: IBAN }]
  for (const [request, path] of [
    [consentRequest({}), 'access'],
    [consentRequest({ allPsd2: 'allAccounts', availableAccounts: 'allAccounts' }), 'access'],
    [consentRequest({ allPsd2: 'allAccounts', balances: named }), 'access'],
    [consentRequest({ accounts: named, balances: [] }), 'access'],
    [consentRequest({ accounts: [{ iban: 'DE00370400440532013000' }] }), 'access'],
    [consentRequest({ accounts: [{ currency: 'EUR' }] }), 'access'],
    // Two numbers are two accounts.
    [consentRequest({ accounts: [{ iban: IBAN, bban: '100100109307118603' }] }), 'access'],
    [consentRequest({ accounts: [{ msisdn: '+491701234567', iban: IBAN }] }), 'access'],
    [consentRequest({ allPsd2: 'someAccounts' }), 'access.allPsd2'],
    [consentRequest({ allPsd2: 'allAccounts' }, { validUntil: '2020-01-01' }), 'validUntil'],
    [consentRequest({ allPsd2: 'allAccounts' }, { validUntil: '2099-02-30' }), 'validUntil'],
    [consentRequest({ allPsd2: 'allAccounts' }, { frequencyPerDay: 0 }), 'frequencyPerDay'],
    [consentRequest({ allPsd2: 'allAccounts' }, { recurringIndicator: false }), 'access'],
  ] as const) {
    const refused = await call('POST', '/v1/consents', request)
    assert.equal(refused.status, 400, JSON.stringify(request))
    assert.equal(refused.body.tppMessages[0].path, path, JSON.stringify(request))
    assert.equal(wrong('Error400_NG_AIS', refused.body), '')
  }
  for (const access of [
    { allPsd2: 'allAccounts' },
    { availableAccounts: 'allAccounts' },
    { accounts: [], balances: [] },
    { accounts: named },
  ])
    assert.equal((await call('POST', '/v1/consents', consentRequest(access))).status, 201)
})

test('another third party’s consent answers byte for byte as one that never was, whatever is asked of it', async (t) => {
  const { call, foreign } = await bank(t)
  const made = await call('POST', '/v1/consents', consentRequest({ allPsd2: 'allAccounts' }))
  const told = async (method: string, path: string) => {
    const answer = await foreign(method, path)
    return {
      status: answer.status,
      text: answer.text,
      // The id of a refusal is new each time.
      names: [...answer.headers].map(([name, value]) =>
        name === 'date' || name === DECISION_HEADER ? name : [name, value],
      ),
    }
  }
  for (const [method, below] of [
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/status'],
    ['GET', '/authorisations'],
    ['GET', '/authorisations/1'],
    ['POST', '/authorisations'],
  ] as const)
    assert.deepEqual(
      await told(method, `/v1/consents/${made.body.consentId}${below}`),
      await told(method, `/v1/consents/${'0'.repeat(32)}${below}`),
      `${method} ${below}`,
    )
})

test('a payment waits for its customer, and can be called back', async (t) => {
  const { call } = await bank(t)
  const path = '/v1/payments/sepa-credit-transfers'
  assert.equal(wrong('paymentInitiation_json', PAYMENT), '')
  const made = await call('POST', path, PAYMENT)
  assert.equal(made.status, 201, made.text)
  assert.equal(wrong('paymentInitationRequestResponse-201', made.body), '')
  assert.equal(made.body.transactionStatus, 'RCVD')
  const own = `${path}/${made.body.paymentId}`
  const read = await call('GET', own)
  assert.deepEqual(read.body, { ...PAYMENT, transactionStatus: 'RCVD' })
  assert.equal((await call('GET', `${own}/authorisations/1`)).body.scaStatus, 'received')
  assert.equal(
    (await call('GET', `/v1/payments/target-2-payments/${made.body.paymentId}`)).status,
    403,
  )
  assert.equal((await call('DELETE', own)).status, 204)
  const status = await call('GET', `${own}/status`)
  assert.equal(status.body.transactionStatus, 'CANC')
  for (const bad of [
    { ...PAYMENT, instructedAmount: { currency: 'EUR', amount: '1,00' } },
    { ...PAYMENT, creditorAccount: { iban: 'DE00100100109307118603' } },
    { ...PAYMENT, surprise: 1 },
  ])
    assert.equal((await call('POST', path, bad)).status, 400)
  assert.equal((await call('POST', '/v1/payments/cheques', PAYMENT)).status, 404)
})

test('every state has its word, and a device of the customer’s own has no address to go to', async () => {
  const consent = newConsent(
    { ...ACCOUNTS, purpose: 'consents', request: consentRequest({}) },
    { id: 'c', client: 'tpp', regime: 'berlin-group' },
    T0,
  )
  const book = {
    create: () => Promise.resolve({ kind: 'made' as const, consent }),
    find: () =>
      Promise.resolve({
        ...consent,
        authorisersNeeded: 2,
        status: 'partly-authorised' as const,
        authorisations: [{ subject: 'a', at: T0 }],
      }),
    peek: () => Promise.resolve(undefined),
    ofCustomer: () => Promise.resolve([]),
    page: () => Promise.resolve({ consents: [], next: null }),
    act: () => Promise.resolve({ ok: false as const, error: 'unknown' as const }),
    settle: () => Promise.resolve({ ok: false as const, error: 'unknown' as const }),
    usesOf: () => Promise.resolve([]),
    hearUses: () => Promise.resolve(),
    look: () => Promise.resolve(),
  }
  const device = { ask: () => Promise.resolve(undefined), find: () => Promise.resolve(undefined) }
  const face = berlinGroup({
    book,
    origin: 'https://x.example',
    now: () => T0,
    embedded: undefined,
    device,
  })
  const run = async (method: string, path: readonly string[], body = {}): Promise<FaceAnswer> => {
    const found = face.route(method, path)
    assert.ok(found !== undefined && 'run' in found)
    return found.run({
      method,
      path,
      client: 'tpp',
      body,
      written: body,
      header: (name) => (name === 'tpp-decoupled-preferred' ? 'true' : undefined),
    })
  }
  const made = await run('POST', ['consents'], consentRequest({ allPsd2: 'allAccounts' }))
  assert.equal(made.headers?.['aspsp-sca-approach'], 'DECOUPLED')
  assert.equal(wrong('consentsResponse-201', made.body), '')
  assert.ok(!JSON.stringify(made.body).includes('scaOAuth'))
  assert.deepEqual((await run('GET', ['consents', 'c', 'authorisations'])).body, {
    authorisationIds: ['1', '2'],
  })
  const statuses = await Promise.all(
    ['1', '2'].map(async (id) => (await run('GET', ['consents', 'c', 'authorisations', id])).body),
  )
  assert.deepEqual(statuses, [{ scaStatus: 'finalised' }, { scaStatus: 'received' }])
  assert.equal(
    (await run('POST', ['consents', 'c', 'authorisations'])).body?.['authorisationId'],
    '2',
  )
})
