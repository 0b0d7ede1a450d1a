/** The UK face through the front door, judged by the specification's own files. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import type { JsonObject } from '../../../src/lib/index.ts'
import { recordOf } from '../../../src/identity/consents/gateway-record.ts'
import { newConsent } from '../../../src/identity/consents/machine.ts'
import { permissionsOf, UK_OBIE } from '../../../src/identity/consents/uk-obie/resource.ts'
import { objectAt, textAt } from '../../../src/identity/consents/shape.ts'
import { contradiction } from '../../../src/identity/consents/uk-obie/permissions.ts'
import { makeClient, type TestClient } from '../client.ts'
import { type Answer, callResource, ownToken, resourceProof, startBank } from './bank.ts'
import { ACCOUNTS, PLAIN, T0 } from './terms.ts'

const SPEC = join(import.meta.dirname, '..', '..', '..', 'examples', 'bank', 'spec')
const ROOT = '/open-banking/v4.0'
const ACCESS = `${ROOT}/aisp/account-access-consents`

/** Validators of the real files; `date-time` and `uri` are judged by what reads them. */
function schemas(file: string): (name: string, value: unknown) => string {
  const document = parse(readFileSync(join(SPEC, file), 'utf8')) as JsonObject // sound: an OpenAPI document
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(document, 'spec')
  return (name, value) => {
    const validate = ajv.getSchema(`spec#/components/schemas/${name}`)
    assert.ok(validate, name)
    return validate(value) === true ? '' : ajv.errorsText(validate.errors)
  }
}
const accounts = schemas('account-info-openapi.yaml')
const payments = schemas('payment-initiation-openapi.yaml')

const INITIATION = {
  InstructionIdentification: 'ACME412',
  EndToEndIdentification: 'FRESCO.21302.GFX.20',
  InstructedAmount: { Amount: '165.88', Currency: 'GBP' },
  CreditorAccount: {
    SchemeName: 'UK.OBIE.SortCodeAccountNumber',
    Identification: '08080021325698',
    Name: 'ACME Inc',
  },
  RemittanceInformation: { Unstructured: ['Invoice 42'] },
}
const LATER = '2099-06-30T09:00:00+00:00'
const {
  EndToEndIdentification: _e,
  InstructionIdentification: _i,
  InstructedAmount,
  ...REST
} = INITIATION
const KINDS: Readonly<
  Record<
    string,
    { request: string; response: string; initiation: JsonObject; permission?: boolean }
  >
> = {
  'domestic-payment-consents': {
    request: 'OBWriteDomesticConsent4',
    response: 'OBWriteDomesticConsentResponse5',
    initiation: INITIATION,
  },
  'domestic-scheduled-payment-consents': {
    request: 'OBWriteDomesticScheduledConsent4',
    response: 'OBWriteDomesticScheduledConsentResponse5',
    initiation: { ...INITIATION, RequestedExecutionDateTime: LATER },
    permission: true,
  },
  'domestic-standing-order-consents': {
    request: 'OBWriteDomesticStandingOrderConsent5',
    response: 'OBWriteDomesticStandingOrderConsentResponse6',
    initiation: {
      ...REST,
      FirstPaymentAmount: InstructedAmount,
      RecurringPaymentAmount: { Amount: '10.00', Currency: 'GBP' },
      FinalPaymentAmount: { Amount: '9.00', Currency: 'GBP' },
      NumberOfPayments: '12',
      MandateRelatedInformation: {
        Frequency: { Type: 'MNTH', CountPerPeriod: 1, PointInTime: '05' },
        FirstPaymentDateTime: LATER,
        FinalPaymentDateTime: '2100-05-30T09:00:00+00:00',
      },
    },
    permission: true,
  },
  'international-payment-consents': {
    request: 'OBWriteInternationalConsent5',
    response: 'OBWriteInternationalConsentResponse6',
    initiation: {
      ...INITIATION,
      CurrencyOfTransfer: 'USD',
      ChargeBearer: 'BorneByDebtor',
      DestinationCountryCode: 'US',
      ExchangeRateInformation: { UnitCurrency: 'GBP', RateType: 'Agreed', ExchangeRate: 1.25 },
    },
  },
  'international-scheduled-payment-consents': {
    request: 'OBWriteInternationalScheduledConsent5',
    response: 'OBWriteInternationalScheduledConsentResponse6',
    initiation: { ...INITIATION, CurrencyOfTransfer: 'USD', RequestedExecutionDateTime: LATER },
    permission: true,
  },
  'international-standing-order-consents': {
    request: 'OBWriteInternationalStandingOrderConsent6',
    response: 'OBWriteInternationalStandingOrderConsentResponse7',
    initiation: {
      ...REST,
      InstructedAmount,
      CurrencyOfTransfer: 'USD',
      ChargeBearer: 'Shared',
      DestinationCountryCode: 'US',
      NumberOfPayments: '12',
      MandateRelatedInformation: { Frequency: { Type: 'MNTH', CountPerPeriod: 1 } },
    },
    permission: true,
  },
}
const paymentRequest = (name: string, changes: JsonObject = {}): JsonObject => ({
  Data: {
    ...(KINDS[name]?.permission === true ? { Permission: 'Create' } : {}),
    Initiation: { ...KINDS[name]?.initiation, ...changes },
  },
  Risk: { PaymentContextCode: 'TransferToThirdParty' },
})

async function bank(t: TestContext) {
  const [client, other] = await Promise.all([makeClient('tpp'), makeClient('other')])
  const rig = await startBank(t, { testClients: [client, other] })
  const token = await ownToken(rig.ask, client, 'accounts payments fundsconfirmations')
  const call = (
    method: string,
    path: string,
    more: Parameters<typeof callResource>[5] = {},
    as: TestClient = client,
    by = token,
  ): Promise<Answer> => callResource(rig.ask, as, by, method, path, more)
  return { ...rig, client, other, token, call }
}
const accessRequest = (permissions: readonly string[], more: JsonObject = {}): JsonObject => ({
  Data: { Permissions: permissions, ...more },
  Risk: {},
})
const codeOf = ({ body }: Answer): unknown => body?.Errors?.[0]?.ErrorCode

test('an account access consent is made, read and ended in the form of the specification', async (t) => {
  const { call } = await bank(t)
  const request = accessRequest(
    ['ReadAccountsDetail', 'ReadBalances', 'ReadTransactionsBasic', 'ReadTransactionsCredits'],
    { ExpirationDateTime: LATER, TransactionFromDateTime: '2020-01-01T00:00:00Z' },
  )
  assert.equal(accounts('OBReadConsent1', request), '')
  const interaction = randomUUID()
  const made = await call('POST', ACCESS, {
    body: request,
    headers: { 'x-fapi-interaction-id': interaction },
  })
  assert.equal(made.status, 201, made.text)
  assert.equal(accounts('OBReadConsentResponse1', made.body), '')
  assert.equal(made.body.Data.Status, 'AWAU')
  assert.equal(made.headers.get('x-fapi-interaction-id'), interaction)
  assert.equal(made.headers.get('cache-control'), 'no-store')
  const path = `${ACCESS}/${made.body.Data.ConsentId}`
  const read = await call('GET', path)
  assert.deepEqual(read.body, made.body)
  assert.equal((await call('DELETE', path)).status, 204)
  const after = await call('GET', path)
  assert.equal(accounts('OBReadConsentResponse1', after.body), '')
  assert.equal(after.body.Data.Status, 'CANC')
  assert.equal((await call('DELETE', path)).status, 204, 'a second time it is still gone')
})

test('sets of permissions that are empty, unknown or contradict themselves are refused', async (t) => {
  const { call } = await bank(t)
  for (const [permissions, code] of [
    [[], 'U002'],
    [['ReadEverything'], 'U002'],
    [['ReadBalances'], 'U002'],
    [['ReadAccountsBasic', 'ReadAccountsBasic'], 'U002'],
    [['ReadAccountsBasic', 'ReadTransactionsBasic'], 'U002'],
    [['ReadAccountsBasic', 'ReadTransactionsDetail'], 'U002'],
    [['ReadAccountsBasic', 'ReadTransactionsDebits'], 'U002'],
    [['ReadAccountsBasic', 'ReadPAN'], 'U002'],
  ] as const) {
    const refused = await call('POST', ACCESS, { body: accessRequest(permissions) })
    assert.equal(refused.status, 400, permissions.join())
    assert.equal(codeOf(refused), code, permissions.join())
    assert.equal(accounts('OBErrorResponse1', refused.body), '')
  }
  for (const sound of [
    ['ReadAccountsBasic'],
    ['ReadAccountsBasic', 'ReadTransactionsBasic', 'ReadTransactionsCredits'],
    ['ReadAccountsDetail', 'ReadTransactionsDetail', 'ReadTransactionsDebits', 'ReadPAN'],
  ])
    assert.equal(contradiction(sound), undefined, sound.join())
})

test('a body that the specification refuses is refused, and says where', async (t) => {
  const { call } = await bank(t)
  const sound = accessRequest(['ReadAccountsBasic'])
  const cases: readonly (readonly [JsonObject | string, string, string | undefined])[] = [
    [{ Risk: {} }, 'U004', 'Data'],
    [{ ...sound, Data: {} }, 'U004', 'Data.Permissions'],
    [{ Data: sound['Data'] ?? null }, 'U004', 'Risk'],
    [{ ...sound, Risk: { Secret: 1 } }, 'U005', 'Risk'],
    [{ ...sound, Extra: 1 }, 'U005', 'body'],
    [
      accessRequest(['ReadAccountsBasic'], { ExpirationDateTime: 'soon' }),
      'U002',
      'Data.ExpirationDateTime',
    ],
    [
      accessRequest(['ReadAccountsBasic'], { ExpirationDateTime: '2026-02-30T00:00:00Z' }),
      'U002',
      'Data.ExpirationDateTime',
    ],
    [
      accessRequest(['ReadAccountsBasic'], { ExpirationDateTime: '2020-01-01T00:00:00Z' }),
      'U003',
      'Data.ExpirationDateTime',
    ],
    [
      accessRequest(['ReadAccountsBasic'], {
        TransactionFromDateTime: '2025-01-02T00:00:00Z',
        TransactionToDateTime: '2025-01-01T00:00:00Z',
      }),
      'U003',
      'Data.TransactionToDateTime',
    ],
    ['[]', 'U010', undefined],
    ['{', 'U010', undefined],
  ]
  for (const [body, code, path] of cases) {
    const refused = await call('POST', ACCESS, { body })
    assert.equal(refused.status, 400, JSON.stringify(body))
    assert.deepEqual([codeOf(refused), refused.body.Errors[0].Path], [code, path])
    assert.ok(!refused.text.includes('Secret'), 'what was sent is not repeated')
  }
  const big = await call('POST', ACCESS, { body: JSON.stringify({ a: 'x'.repeat(70_000) }) })
  assert.equal(big.status, 413)
  const text = await call('POST', ACCESS, { body: '{}', headers: { 'content-type': 'text/plain' } })
  assert.equal(text.status, 415)
  assert.equal((await call('PUT', ACCESS, { body: sound })).headers.get('allow'), 'POST')
  assert.equal((await call('GET', `${ROOT}/aisp/accounts`)).status, 404)
})

test('another third party’s consent answers byte for byte as one that never was', async (t) => {
  const { call, ask, other } = await bank(t)
  const made = await call('POST', ACCESS, { body: accessRequest(['ReadAccountsBasic']) })
  const id = String(made.body.Data.ConsentId)
  const token = await ownToken(ask, other, 'accounts payments')
  const headers = { 'x-fapi-interaction-id': randomUUID() }
  const told = async (method: string, of: string) => {
    const answer = await call(method, `${ACCESS}/${of}`, { headers }, other, token)
    // The id of a refusal is new each time.
    const names = [...answer.headers].map(([name, value]) =>
      name === 'date' || name === 'gatehouse-decision' ? name : [name, value],
    )
    return { status: answer.status, text: answer.text, names }
  }
  for (const method of ['GET', 'DELETE'])
    assert.deepEqual(await told(method, id), await told(method, '0'.repeat(32)))
  assert.equal((await call('GET', `${ACCESS}/${id}`)).body.Data.Status, 'AWAU')
  // Nor is it there under the name of another kind of consent.
  assert.equal((await call('GET', `${ROOT}/pisp/domestic-payment-consents/${id}`)).status, 400)
})

test('payment consents of every kind are taken as the specification has them', async (t) => {
  const { call } = await bank(t)
  for (const [name, { request, response }] of Object.entries(KINDS)) {
    const body = paymentRequest(name)
    assert.equal(payments(request, body), '', name)
    const headers = { 'x-idempotency-key': randomUUID() }
    const made = await call('POST', `${ROOT}/pisp/${name}`, { body, headers })
    assert.equal(made.status, 201, `${name} ${made.text}`)
    assert.equal(payments(response, made.body), '', name)
    assert.deepEqual(made.body.Data.Initiation, KINDS[name]?.initiation)
    const path = `${ROOT}/pisp/${name}/${made.body.Data.ConsentId}`
    assert.deepEqual((await call('GET', path)).body, made.body)
    assert.equal((await call('DELETE', path)).headers.get('allow'), 'GET')
  }
})

test('a payment consent needs a key; the same request makes one, 50 at once too, and another is refused', async (t) => {
  const { call, client, token, ask } = await bank(t)
  const path = `${ROOT}/pisp/domestic-payment-consents`
  const body = paymentRequest('domestic-payment-consents')
  assert.equal(codeOf(await call('POST', path, { body })), 'U007')
  for (const bad of ['', 'x'.repeat(41)])
    assert.match(
      String(codeOf(await call('POST', path, { body, headers: { 'x-idempotency-key': bad } }))),
      /U00[67]/,
    )
  const headers = { 'x-idempotency-key': 'x'.repeat(40) }
  const made = await Promise.all(
    Array.from({ length: 50 }, () =>
      callResource(ask, client, token, 'POST', path, { body, headers }),
    ),
  )
  assert.deepEqual([...new Set(made.map(({ status }) => status))], [201])
  assert.equal(new Set(made.map((one) => one.body.Data.ConsentId)).size, 1)
  const other = paymentRequest('domestic-payment-consents', {
    InstructedAmount: { Amount: '165.89', Currency: 'GBP' },
  })
  assert.equal(payments('OBWriteDomesticConsent4', other), '')
  const refused = await call('POST', path, { body: other, headers })
  assert.deepEqual([refused.status, codeOf(refused)], [400, 'U006'])
  assert.equal(payments('OBErrorResponse1', refused.body), '')
})

test('payments that are not sound are refused', async (t) => {
  const { call } = await bank(t)
  for (const [name, changes] of [
    ['domestic-payment-consents', { InstructedAmount: { Amount: '1e3', Currency: 'GBP' } }],
    ['domestic-payment-consents', { InstructedAmount: { Amount: '1.00', Currency: 'gbp' } }],
    ['domestic-payment-consents', { Unknown: 'x' }],
    [
      'domestic-payment-consents',
      { CreditorAccount: { SchemeName: 'UK.OBIE.IBAN', Identification: 'GB00', Name: 'x' } },
    ],
    ['domestic-scheduled-payment-consents', { RequestedExecutionDateTime: '2020-01-01T00:00:00Z' }],
    ['international-payment-consents', { CurrencyOfTransfer: 'dollars' }],
  ] as const) {
    const headers = { 'x-idempotency-key': randomUUID() }
    const body = paymentRequest(name, changes)
    const refused = await call('POST', `${ROOT}/pisp/${name}`, { body, headers })
    assert.equal(refused.status, 400, JSON.stringify(changes))
  }
})

test('a payment that names its payee in two ways is refused when it is asked for, not when it is paid', async (t) => {
  const { call } = await bank(t)
  const account = objectAt(
    KINDS['international-payment-consents']?.initiation ?? {},
    'CreditorAccount',
  )
  const name = textAt(account, 'Name')
  const make = (kind: string, Creditor: JsonObject) =>
    call('POST', `${ROOT}/pisp/${kind}`, {
      body: paymentRequest(kind, { Creditor }),
      headers: { 'x-idempotency-key': randomUUID() },
    })
  for (const kind of Object.keys(KINDS).filter((one) => one.startsWith('international'))) {
    for (const other of ['Mallory Ltd', `${name} 2`, `\u200b${name}`]) {
      const refused = await make(kind, { Name: other })
      assert.deepEqual([refused.status, codeOf(refused)], [400, 'U002'], refused.text)
      assert.equal(refused.body.Errors[0].Path, 'Data.Initiation.Creditor.Name')
      assert.ok(!refused.text.includes(other))
    }
    for (const same of [{ Name: name }, { Name: ` ${name.toUpperCase()} ` }, {}]) {
      const made = await make(kind, same)
      assert.equal(made.status, 201, made.text)
    }
  }
})

test('funds confirmation consents are made, read and ended', async (t) => {
  const { call } = await bank(t)
  const path = `${ROOT}/cbpii/funds-confirmation-consents`
  const Data = {
    DebtorAccount: {
      SchemeName: 'UK.OBIE.SortCodeAccountNumber',
      Identification: '08080021325698',
      Name: 'Amira',
    },
    ExpirationDateTime: LATER,
  }
  const made = await call('POST', path, { body: { Data } })
  assert.equal(made.status, 201, made.text)
  assert.equal(made.body.Data.Status, 'AWAU')
  const own = `${path}/${made.body.Data.ConsentId}`
  assert.deepEqual((await call('GET', own)).body, made.body)
  assert.equal((await call('DELETE', own)).status, 204)
  assert.equal((await call('GET', own)).body.Data.Status, 'CANC')
  const bad = { Data: { DebtorAccount: { SchemeName: 'UK.OBIE.IBAN', Identification: 'DE00' } } }
  assert.equal((await call('POST', path, { body: bad })).status, 400)
})

test('who calls: no token, a stolen one, another scope, a replayed or foreign proof, a customer’s token', async (t) => {
  const { ask, call, client, other, token } = await bank(t)
  const body = accessRequest(['ReadAccountsBasic'])
  const url = `https://login.bank.example${ACCESS}`
  assert.equal((await ask(ACCESS, { method: 'POST' })).status, 401)
  const proof = await resourceProof(client, token, 'POST', url)
  assert.equal((await call('POST', ACCESS, { body, proof })).status, 201)
  for (const [why, bad] of [
    ['replayed', proof],
    ['another key', await resourceProof(other, token, 'POST', url)],
    ['another method', await resourceProof(client, token, 'GET', url)],
    ['another address', await resourceProof(client, token, 'POST', `${url}x`)],
    ['another host', await resourceProof(client, token, 'POST', `https://evil.example${ACCESS}`)],
    ['old', await resourceProof(client, token, 'POST', url, { iat: Date.now() / 1000 - 120 })],
    ['another token', await resourceProof(client, `${token}x`, 'POST', url)],
  ] as const) {
    const refused = await call('POST', ACCESS, { body, proof: bad })
    assert.equal(refused.status, 401, why)
    assert.equal(accounts('OBErrorResponse1', refused.body), '')
  }
  const bearer = await call('POST', ACCESS, { body, headers: { authorization: `Bearer ${token}` } })
  assert.equal(bearer.status, 401)
  const altered = `${token.slice(0, -6)}AAAAAA`
  assert.equal((await callResource(ask, client, altered, 'POST', ACCESS, { body })).status, 401)
  const narrow = await ownToken(ask, client, 'payments')
  const scoped = await call('POST', ACCESS, { body }, client, narrow)
  assert.equal(scoped.status, 403)
  const shared = await resourceProof(client, token, 'POST', url)
  const results = await Promise.all(
    Array.from({ length: 50 }, () => call('POST', ACCESS, { body, proof: shared })),
  )
  assert.equal(results.filter(({ status }) => status === 201).length, 1, 'a proof counts once')
})

test('a gateway is told what a consent is ordered at, as paths of the specification write it', () => {
  const consent = newConsent(ACCOUNTS, { id: 'c', client: 'tpp', regime: UK_OBIE }, T0)
  const regime = { ...PLAIN, permissionsOf }
  const { paths } = parse(readFileSync(join(SPEC, 'payment-initiation-openapi.yaml'), 'utf8')) as {
    readonly paths: object
  } // sound: an OpenAPI document
  for (const purpose of [...Object.keys(KINDS), 'funds-confirmation-consents']) {
    const kind = purpose.startsWith('funds') ? 'funds-confirmation' : 'payment'
    const [allowed = '', ...more] = permissionsOf({ ...consent, kind, purpose })
    assert.deepEqual(more, [])
    assert.ok(kind !== 'payment' || Object.hasOwn(paths, `/${allowed}`), allowed)
    const record = recordOf({ ...consent, kind, purpose }, regime, T0)
    assert.deepEqual(record?.['permissions'], [allowed])
  }
  // What a customer allowed to be read stays as it is.
  assert.deepEqual(permissionsOf(consent), consent.permissions)
})
