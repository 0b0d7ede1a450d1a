/**
 * A batch and a series of the Berlin Group, whole, with processes and sockets of the real kind and a client written by others (`oauth4webapi`): made at the
 * authorization server, authenticated strongly in the browser or on a device, made and released at the bank through the gateway. What is altered on the
 * way is refused where it is made and where it is released; what was authenticated pays once.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID, scryptSync } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import * as oauth from 'oauth4webapi'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/index.ts'
import { textAt } from '../../src/identity/consents/shape.ts'
import { CIBA, decoupledClient, phoneOf } from '../identity/approvals/phone.ts'
import { BERLIN_GROUP_FILE } from '../identity/consents/berlin-group-spec.ts'
import { back, page, Person, type Shown } from '../identity/consents/journey.ts'
import {
  API,
  askDecoupled,
  ISSUER,
  makeClient,
  post,
  REDIRECT,
  type TestClient,
} from '../identity/client.ts'
import { ocra } from '../identity/strong/strong-bank.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { freePort } from '../support/free-port.ts'
import { askAt } from './at-port.ts'
import { startBerlinGroupBank } from './berlin-group-bank.ts'
import { call, until, up } from './gateway-process.ts'

const PASSWORD = 'correct horse battery staple'
const PASSCODE = 'violet harbour'
const SEED = randomBytes(32).toString('base64url')
const ACR = 'urn:bank:sca'
const BULK = '/v1/bulk-payments/sepa-credit-transfers'
const PERIODIC = '/v1/periodic-payments/sepa-credit-transfers'
const DEBTOR = { iban: 'DE89370400440532013000' }

const transfer = (amount: string, name: string, iban: string): JsonObject => ({
  instructedAmount: { currency: 'EUR', amount },
  creditorAccount: { iban },
  creditorName: name,
})
const ANN = transfer('10.10', 'Ann', 'DE02100100109307118603')
const BOB = transfer('20.20', 'Bob', 'DE88100900001234567892')
const BATCH: JsonObject = {
  batchBookingPreferred: true,
  debtorAccount: DEBTOR,
  payments: [ANN, BOB],
}
const SERIES: JsonObject = {
  ...transfer('50.00', 'Landlord', 'DE02100100109307118603'),
  debtorAccount: DEBTOR,
  startDate: '2099-01-01',
  endDate: '2099-12-31',
  frequency: 'Monthly',
  dayOfExecution: '1',
  executionRule: 'following',
}

const configOf = (port: number, bank: number): string => `listen: 127.0.0.1:0
publicOrigins: [${API}]
organisation: { name: Bank of Tests, jurisdictions: [EU], timeZone: Europe/Berlin }
identity:
  issuer: ${ISSUER}
  listen: 127.0.0.1:${port}
  certificate: certs/server.pem
  key: { file: certs/server-key.pem }
  secret: { file: secret.txt }
  clients: [tpp.json, phone.json]
  profile: development
  developmentCustomers: customers.json
  approvalPage: true
  resources: [{ identifier: ${API}, scopes: [payments] }]
sca:
  acr: ${ACR}
  factors: { passcode: true, transactionCode: {} }
  developmentMonitoring: { payments: 20, minutes: 10 }
  developmentEnrolments: enrolments.json
issuers:
  - issuer: ${ISSUER}
    jwks: https://127.0.0.1:${port}/jwks
    audience: ${API}
apis:
  - name: payments
    spec: api.yaml
    upstream: http://127.0.0.1:${bank}
    template: berlin-group-pis
    rules:
      transport.tls: { mode: observe }
      transport.mtls: { mode: observe }
      token.senderConstrained: { methods: [mtls, dpop] }
      identity.clientCertificate.roles: { mode: observe }
`

async function started(t: TestContext) {
  const bank = await startBerlinGroupBank(t)
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  cpSync(BERLIN_GROUP_FILE, join(dir, 'api.yaml'))
  cpSync(certs.dir, join(dir, 'certs'), { recursive: true })
  const port = await freePort()
  const [tpp, phone] = await Promise.all([makeClient('tpp'), decoupledClient('phone')])
  const salt = randomBytes(16)
  const hash = scryptSync(PASSWORD, salt, 32).toString('hex')
  const amira = {
    subject: 'cust-amira',
    username: 'amira',
    password: `scrypt:${salt.toString('hex')}:${hash}`,
    acr: 'urn:bank:password',
    accounts: [{ id: 'a-1', name: 'Current', number: '•• 3000', references: [`iban:${DEBTOR.iban}`] }], // prettier-ignore
  }
  const enrolled = { subject: amira.subject, passcode: PASSCODE, transactionCode: { seed: SEED } }
  mkdirSync(join(dir, 'feed', 'clients'), { recursive: true })
  for (const [name, content] of Object.entries({
    'tpp.json': tpp.metadata,
    'phone.json': phone.metadata,
    'customers.json': { customers: [amira] },
    'enrolments.json': { enrolments: [enrolled] },
    'feed/clients/tpp.json': { id: 'tpp', name: 'TPP', status: 'active' },
    'feed/clients/phone.json': { id: 'phone', name: 'Phone', status: 'active' },
  }))
    writeFileSync(join(dir, name), JSON.stringify(content))
  writeFileSync(join(dir, 'secret.txt'), randomBytes(32).toString('base64url'), { mode: 0o600 })
  const config = join(dir, 'gatehouse.yaml')
  writeFileSync(config, configOf(port, bank.port))
  const instance = await up(t, { config }, { NODE_EXTRA_CA_CERTS: certs.file('ca') })
  t.after(() => t.diagnostic(instance.output().err))
  const ask = askAt(port, certs.pem('ca'))
  /** Names lead to ports of this machine; nothing else of the client is touched. */
  const reach = async (url: string, init: object): Promise<Response> => {
    const to = new URL(url)
    if (to.origin === ISSUER) return ask(url, init)
    const request = new Request(url, init)
    const sent = await request.text()
    const headers = [...request.headers].map(([name, value]) => `${name}: ${value}`)
    const {
      status,
      headers: got,
      body,
    } = await call(instance, {
      path: to.pathname,
      method: request.method,
      headers: [...headers, `content-length: ${Buffer.byteLength(sent)}`],
      sent,
    })
    return new Response(status === 204 ? null : body, { status, headers: [...got] })
  }
  return { bank, instance, ask, tpp, phone, reach }
}
type Started = Awaited<ReturnType<typeof started>>

/** What a third party is able to do, by the standards alone. */
async function thirdParty({ reach }: Started, { metadata, key, proofKey }: TestClient) {
  const options = { [oauth.customFetch]: reach }
  const issuer = new URL(ISSUER)
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options })
  const as = await oauth.processDiscoveryResponse(issuer, found)
  const client: oauth.Client = { client_id: metadata.client_id }
  const authentication = oauth.PrivateKeyJwt({ key: key.privateKey, kid: String(key.jwk.kid) })
  const usage = { name: 'ECDSA', namedCurve: 'P-256' }
  const DPoP = oauth.DPoP(client, {
    privateKey: proofKey.privateKey,
    publicKey: await crypto.subtle.importKey('jwk', proofKey.open, usage, true, ['verify']),
  })
  const call_ = { DPoP, ...options }
  const granted = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope: 'payments' }, call_) // prettier-ignore
  const own = (await oauth.processClientCredentialsResponse(as, client, granted)).access_token

  const request = async (
    token: string,
    method: string,
    url: string,
    body?: JsonValue,
    more: Readonly<Record<string, string>> = {},
  ) => {
    const headers = new Headers({ 'x-request-id': randomUUID(), 'psu-ip-address': '203.0.113.7', ...more }) // prettier-ignore
    if (body !== undefined) headers.set('content-type', 'application/json')
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await oauth
      .protectedResourceRequest(token, method, new URL(url), headers, text, call_)
      // Whoever is refused for the token's sake is told so by a challenge; here it is an answer like any other.
      .catch((error: unknown) => {
        if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response
        throw error
      })
    const read = await answer.text()
    return { status: answer.status, body: (read === '' ? {} : JSON.parse(read)) as JsonObject } // sound: both answer with objects
  }
  return {
    own,
    /** At the authorization server. */
    consents: (method: string, path: string, body?: JsonValue, more = {}) =>
      request(own, method, `${ISSUER}${path}`, body, more),
    /** At the bank, through the gateway. */
    payments: (token: string, method: string, path: string, body?: JsonValue) =>
      request(token, method, `${API}/psd2${path}`, body),
    /** The address for the customer's browser, and what comes of the answer there. */
    async authorise(params: Readonly<Record<string, string>>) {
      const verifier = oauth.generateRandomCodeVerifier()
      const state = oauth.generateRandomState()
      const asked = new URLSearchParams({
        ...params,
        client_id: client.client_id,
        response_type: 'code',
        redirect_uri: REDIRECT,
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      const sent = await oauth.pushedAuthorizationRequest(as, client, authentication, asked, call_)
      const pushed = await oauth.processPushedAuthorizationResponse(as, client, sent)
      const query = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri }) // prettier-ignore
      return {
        path: `${new URL(String(as.authorization_endpoint)).pathname}?${query}`,
        async token(answer: URLSearchParams): Promise<string> {
          const end = new URL(`${REDIRECT}?${answer}`)
          const valid = oauth.validateAuthResponse(as, client, end, state)
          const given = await oauth.authorizationCodeGrantRequest(as, client, authentication, valid, REDIRECT, verifier, call_) // prettier-ignore
          return (await oauth.processAuthorizationCodeResponse(as, client, given)).access_token
        },
      }
    },
  }
}

const questionIn = ({ text }: Shown): string => /<code>([0-9a-f]{64})<\/code>/.exec(text)?.[1] ?? ''
const factors = (shown: Shown) =>
  [
    ['passcode', PASSCODE],
    ['transaction-code', ocra(SEED, questionIn(shown))],
  ] as const
const codeOf = ({ body }: { readonly body: JsonObject }): string => textAt(body, 'code')
const toldIn = ({ body }: { readonly body: JsonObject }): string => {
  const messages = body['tppMessages']
  const [first] = Array.isArray(messages) ? (messages as readonly JsonValue[]) : []
  return first !== undefined && isJsonObject(first) ? textAt(first, 'code') : ''
}

test('a batch: every payee and the total are authenticated in the browser, and that batch is paid, once', async (t) => {
  const house = await started(t)
  const { bank, instance, ask, tpp } = house
  const third = await thirdParty(house, tpp)
  const made = await third.consents('POST', BULK, BATCH)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const id = textAt(made.body, 'paymentId')
  const status = async () =>
    textAt((await third.consents('GET', `${BULK}/${id}/status`)).body, 'transactionStatus')

  const journey = await third.authorise({ scope: 'payments', consent_id: id, resource: API })
  const person = new Person(ask)
  const login = page(await person.open(journey.path))
  const shown = page(await person.login(login, 'amira', PASSWORD))
  assert.doesNotMatch(shown.text, /<script/)
  for (const seen of ['Ann', '10.10 EUR', 'DE02 1001', 'Bob', '20.20 EUR', 'DE88 1009', '30.30 EUR'])
    assert.ok(shown.text.indexOf(seen) < shown.text.indexOf('<form') && shown.text.includes(seen), seen) // prettier-ignore
  const token = await journey.token(back(await person.send(shown, /\/sca$/, factors(shown))))
  assert.equal(await status(), 'ACTC')
  const { sca, consent_id: consent } = decodeJwt(token)
  assert.equal((sca as JsonObject)['outcome'], 'authenticated') // sound: as published
  assert.equal(consent, id)

  // Altered where it is made: one cent, another payee, one payment more, one less, another of the same total.
  const heard = async () => (await third.payments(token, 'POST', BULK, BATCH)).status === 201
  await until(20_000, heard)
  const with_ = (...payments: readonly JsonObject[]): JsonObject => ({ ...BATCH, payments })
  const altered: readonly (readonly [string, JsonObject])[] = [
    ['AMOUNT', with_({ ...ANN, instructedAmount: { currency: 'EUR', amount: '10.11' } }, BOB)],
    ['PAYEE', with_({ ...ANN, creditorAccount: { iban: 'DE89370400440532013000' } }, BOB)],
    ['PAYEE_NAME', with_({ ...ANN, creditorName: 'Mallory' }, BOB)],
    ['AMOUNT', with_(ANN, BOB, transfer('0.01', 'Mallory', 'DE89370400440532013000'))],
    ['AMOUNT', with_(ANN)],
    ['AMOUNT', with_({ ...ANN, instructedAmount: { currency: 'EUR', amount: '20.20' } }, { ...BOB, instructedAmount: { currency: 'EUR', amount: '10.10' } })], // prettier-ignore
    ['DEBTOR', { ...BATCH, debtorAccount: { iban: 'DE02100100109307118603' } }],
    ['SCHEDULE', { ...BATCH, requestedExecutionDate: '2099-12-31' }],
  ]
  for (const [code, body] of altered) {
    const refused = await third.payments(token, 'POST', BULK, body)
    assert.deepEqual([refused.status, codeOf(refused)], [403, `GH_GATEWAY_PAYMENT_${code}`])
    // Made by a token that authenticated nothing, and released by the one that authenticated another.
    const other = await third.payments(third.own, 'POST', BULK, body)
    assert.equal(other.status, 201, JSON.stringify(other.body))
    const end = `${BULK}/${textAt(other.body, 'paymentId')}/authorisations/1`
    const late = await third.payments(token, 'PUT', end, { scaAuthenticationData: '123456' })
    assert.deepEqual([late.status, codeOf(late)], [403, `GH_GATEWAY_PAYMENT_${code}`])
  }
  assert.deepEqual(bank.paid, [])
  assert.equal(await status(), 'ACTC', 'nothing was used')

  // Fifty of the same at the bank, released at once: one is paid.
  const twins = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      third.payments(token, 'POST', BULK, at % 2 === 0 ? BATCH : with_(BOB, ANN)),
    ),
  )
  assert.deepEqual([...new Set(twins.map((one) => one.status))], [201])
  const ends = await Promise.all(
    twins.map(({ body }) =>
      third.payments(token, 'PUT', `${BULK}/${textAt(body, 'paymentId')}/authorisations/1`, {
        scaAuthenticationData: '123456',
      }),
    ),
  )
  assert.equal(ends.filter((one) => one.status === 200).length, 1)
  assert.deepEqual(
    [...new Set(ends.filter((one) => one.status !== 200).map(codeOf))].filter(
      (code) => !/^GH_GATEWAY_PAYMENT_CONSENT_(USED|IN_USE)$/.test(code),
    ),
    [],
  )
  assert.equal(bank.paid.length, 1)
  assert.equal(await status(), 'ACSP', 'at once, whoever looks')
  const late = await third.consents('DELETE', `${BULK}/${id}`)
  assert.deepEqual([late.status, toldIn(late)], [405, 'CANCELLATION_INVALID'])
  assert.equal(await status(), 'ACSP')
  const ended = await instance.stop()
  assert.equal(ended.code, 0, ended.err)
})

test('a series: its schedule is authenticated on the device, and no other schedule is released', async (t) => {
  const house = await started(t)
  const { bank, instance, ask, phone } = house
  const third = await thirdParty(house, phone)
  const named = { 'tpp-decoupled-preferred': 'true', 'psu-id': 'amira' }
  const made = await third.consents('POST', PERIODIC, SERIES, named)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const id = textAt(made.body, 'paymentId')
  const number = /\d{2}/.exec(textAt(made.body, 'psuMessage'))?.[0] ?? ''
  const device = await phoneOf(ask, 'amira')
  const shown = await device.open()
  for (const seen of [
    '50.00 EUR',
    'Landlord',
    'Every month',
    '2099-01-01',
    '2099-12-31',
    'The working day after',
  ])
    // prettier-ignore
    assert.ok(shown.text.includes(seen), `${seen} in ${shown.text}`)
  page(await device.approve(shown, [['number', number], ...factors(shown)]))
  const sca = await third.consents('GET', `${PERIODIC}/${id}/authorisations/1`)
  assert.equal(textAt(sca.body, 'scaStatus'), 'finalised')
  const asked = await askDecoupled(ask, phone, { scope: 'openid payments', login_hint: 'amira', consent_id: id }) // prettier-ignore
  assert.equal(asked.status, 200, JSON.stringify(asked.body))
  const auth_req_id = String(asked.body['auth_req_id'])
  const got = await post(ask, phone, '/token', { grant_type: CIBA, auth_req_id })
  assert.equal(got.status, 200, JSON.stringify(got.body))
  const token = String(got.body['access_token'])

  let first = await third.payments(token, 'POST', PERIODIC, SERIES)
  await until(20_000, async () => {
    if (first.status !== 201) first = await third.payments(token, 'POST', PERIODIC, SERIES)
    return first.status === 201
  }).catch(() => assert.fail(JSON.stringify(first.body)))
  const end = (of: JsonObject): string => `${PERIODIC}/${textAt(of, 'paymentId')}/authorisations/1`
  const word = { scaAuthenticationData: '123456' }
  for (const [code, change] of [
    ['SCHEDULE', { frequency: 'Weekly' }],
    ['SCHEDULE', { endDate: '2100-12-31' }],
    ['SCHEDULE', { startDate: '2099-01-02' }],
    ['SCHEDULE', { dayOfExecution: '2' }],
    ['SCHEDULE', { executionRule: 'preceding' }],
    ['AMOUNT', { instructedAmount: { currency: 'EUR', amount: '50.01' } }],
    ['PAYEE', { creditorAccount: { iban: 'DE88100900001234567892' } }],
  ] as const) {
    const other = await third.payments(third.own, 'POST', PERIODIC, { ...SERIES, ...change })
    assert.equal(other.status, 201, JSON.stringify(other.body))
    const refused = await third.payments(token, 'PUT', end(other.body), word)
    assert.deepEqual([refused.status, codeOf(refused)], [403, `GH_GATEWAY_PAYMENT_${code}`])
  }
  assert.deepEqual(bank.paid, [])
  const released = await third.payments(token, 'PUT', end(first.body), word)
  assert.equal(released.status, 200, JSON.stringify(released.body))
  assert.deepEqual(bank.paid, [textAt(first.body, 'paymentId')])
  const told = await third.consents('GET', `${PERIODIC}/${id}/status`)
  assert.equal(textAt(told.body, 'transactionStatus'), 'ACSP')
  const again = await third.payments(token, 'POST', PERIODIC, SERIES)
  const used = await third.payments(token, 'PUT', end(again.body), word)
  assert.equal(used.status, 403)
  assert.equal(bank.paid.length, 1)
  const ended = await instance.stop()
  assert.equal(ended.code, 0, ended.err)
})
