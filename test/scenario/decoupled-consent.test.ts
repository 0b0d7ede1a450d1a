/**
 * Berlin Group, decoupled, whole: a third party makes a consent and names its customer, who answers on the device; it asks for its token by
 * CIBA with the consent named, without a second question, and reads the accounts through the gateway of the same process.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID, scryptSync } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { callResource, ownToken, resourceProof } from '../identity/consents/bank.ts'
import { page } from '../identity/consents/journey.ts'
import { API, askDecoupled, ISSUER, makeClient, post } from '../identity/client.ts'
import { phoneOf } from '../identity/approvals/phone.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { freePort } from '../support/free-port.ts'
import { askAt } from './at-port.ts'
import { call, problemOf, until, up } from './gateway-process.ts'

const SPEC = join(
  import.meta.dirname,
  '../inventory/specs/berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml',
)
const CIBA = 'urn:openid:params:grant-type:ciba'
const AMIRA = { 'tpp-decoupled-preferred': 'true', 'psu-id': 'amira' }
const ACCESS = {
  access: { allPsd2: 'allAccounts' },
  recurringIndicator: true,
  validUntil: '2099-12-31',
  frequencyPerDay: 4,
  combinedServiceIndicator: false,
}
const ACCOUNTS = {
  accounts: ['22289', '22290'].map((resourceId) => ({
    resourceId,
    iban: 'DE2310010010123456789',
    currency: 'EUR',
  })),
}

test('approved on the device, collected by CIBA, read through the gateway; ended, refused', async (t) => {
  const bank = createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(ACCOUNTS))
  })
  await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    bank.closeAllConnections()
    bank.close()
  })
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  cpSync(SPEC, join(dir, 'api.yaml'))
  cpSync(certs.dir, join(dir, 'certs'), { recursive: true })
  const port = await freePort()
  const third = await makeClient('budget-buddy', {
    client_name: 'Budget Buddy',
    grant_types: [CIBA, 'client_credentials'],
    response_types: [],
    redirect_uris: [],
    backchannel_token_delivery_mode: 'poll',
  })
  writeFileSync(join(dir, 'client.json'), JSON.stringify(third.metadata))
  writeFileSync(join(dir, 'secret.txt'), randomBytes(32).toString('base64url'), { mode: 0o600 })
  mkdirSync(join(dir, 'feed', 'clients'), { recursive: true })
  writeFileSync(
    join(dir, 'feed', 'clients', 'budget-buddy.json'),
    JSON.stringify({ id: 'budget-buddy', name: 'Budget Buddy Ltd', status: 'active' }),
  )
  const salt = randomBytes(16)
  const amira = {
    subject: 'cust-amira',
    username: 'amira',
    password: `scrypt:${salt.toString('hex')}:${scryptSync('correct horse battery staple', salt, 32).toString('hex')}`,
    acr: 'urn:openbanking:psd2:sca',
    accounts: [{ id: '22289', name: 'Current', number: '•• 3349' }],
  }
  writeFileSync(join(dir, 'customers.json'), JSON.stringify({ customers: [amira] }))
  const config = join(dir, 'gatehouse.yaml')
  writeFileSync(
    config,
    `listen: 127.0.0.1:0
publicOrigins: [${API}]
identity:
  issuer: ${ISSUER}
  listen: 127.0.0.1:${port}
  certificate: certs/server.pem
  key: { file: certs/server-key.pem }
  secret: { file: secret.txt }
  clients: [client.json]
  profile: development
  developmentCustomers: customers.json
  approvalPage: true
  resources: [{ identifier: ${API}, scopes: [accounts] }]
issuers:
  - issuer: ${ISSUER}
    jwks: https://127.0.0.1:${port}/jwks
    audience: ${API}
apis:
  - name: accounts
    spec: api.yaml
    upstream: http://127.0.0.1:${(bank.address() as AddressInfo).port}
    template: ais
    rules: { authz.consent: { statuses: [valid] } }
    permissions: { GET /v1/accounts: [accounts] }
`,
  )
  const instance = await up(t, { config }, { NODE_EXTRA_CA_CERTS: certs.file('ca') })
  const ask = askAt(port, certs.pem('ca'))

  const own = await ownToken(ask, third, 'accounts')
  const made = await callResource(ask, third, own, 'POST', '/v1/consents', {
    body: ACCESS,
    headers: AMIRA,
  })
  assert.equal(made.status, 201, made.text)
  const consent = String(made.body.consentId)
  const phone = await phoneOf(ask)
  const number = /\d{2}/.exec(String(made.body.psuMessage))?.[0] ?? ''
  const answer = [
    ['number', number],
    ['account', '22289'],
  ] as const
  page(await phone.approve(await phone.open(), answer))

  const asked = await askDecoupled(ask, third, {
    scope: 'openid accounts',
    login_hint: 'amira',
    consent_id: consent,
  })
  assert.equal(asked.status, 200, JSON.stringify(asked.body))
  const got = await post(ask, third, '/token', {
    grant_type: CIBA,
    auth_req_id: String(asked.body['auth_req_id']),
  })
  assert.equal(got.status, 200, JSON.stringify(got.body))
  const token = String(got.body['access_token'])

  const read = async (bearer: string) => {
    const proof = await resourceProof(third, bearer, 'GET', `${API}/psd2/v1/accounts`)
    return call(instance, {
      path: '/psd2/v1/accounts',
      headers: [
        `authorization: DPoP ${bearer}`,
        `dpop: ${proof}`,
        `x-request-id: ${randomUUID()}`,
        `consent-id: ${consent}`,
        'psu-ip-address: 203.0.113.7',
      ],
    })
  }
  let seen = await read(token)
  await until(20_000, async () => {
    seen = await read(token)
    return seen.status === 200
  }).catch(() => assert.fail(seen.body))
  const { accounts } = JSON.parse(seen.body) as typeof ACCOUNTS // sound: as the bank answers
  assert.deepEqual(
    accounts.map(({ resourceId }) => resourceId),
    ['22289'],
    'what was agreed to',
  )
  // A token that no customer gave reads nothing, whatever consent is named beside it.
  assert.match(problemOf(await read(own)).code, /^GH_GATEWAY_CONSENT_MISSING$/)

  await callResource(ask, third, own, 'DELETE', `/v1/consents/${consent}`)
  await until(1_000, async () => (await read(token)).status === 403)
  const ended = await instance.stop()
  assert.equal(ended.code, 0, ended.err)
})
