/**
 * From a consent to its end, across two kills, with processes and sockets of the real kind: a third party written by others (`oauth4webapi`) makes a consent, a
 * customer logs in and agrees, the gateway answers under it; then the customer ends it on the page, and the gateway refuses within a second.
 */
import assert from 'node:assert/strict'
import { randomBytes, scryptSync } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { startBank } from '../../examples/bank/server.ts'
import { resourceProof } from '../identity/consents/bank.ts'
import { intent, page, Person } from '../identity/consents/journey.ts'
import { API, ISSUER, makeClient, REDIRECT } from '../identity/client.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { freePort } from '../support/free-port.ts'
import { askAt } from './at-port.ts'
import { call, problemOf, until, up } from './gateway-process.ts'

const BANK = join(import.meta.dirname, '..', '..', 'examples', 'bank')
const AISP = '/open-banking/v4.0/aisp'
const PASSWORD = 'not the password of anybody'
const LIMIT_MS = 1_000

test('consent, login, token, read; the customer ends it on the page, and the gateway refuses within a second', async (t) => {
  const bank = await startBank({ port: 0, clock: Date.now, publicOrigin: API })
  t.after(() => {
    bank.closeAllConnections()
    bank.close()
  })
  const { port: bankPort } = bank.address() as AddressInfo // sound: it listens on TCP
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  cpSync(join(BANK, 'spec'), join(dir, 'spec'), { recursive: true })
  cpSync(certs.dir, join(dir, 'certs'), { recursive: true })
  const port = await freePort()
  const third = await makeClient('budget-buddy', { client_name: 'Budget Buddy' })
  writeFileSync(join(dir, 'client.json'), JSON.stringify(third.metadata))
  mkdirSync(join(dir, 'feed', 'clients'), { recursive: true })
  writeFileSync(
    join(dir, 'feed', 'clients', 'budget-buddy.json'),
    JSON.stringify({ id: 'budget-buddy', name: 'Budget Buddy Ltd', status: 'active' }),
  )
  const salt = randomBytes(16)
  const hash = scryptSync(PASSWORD, salt, 32).toString('hex')
  writeFileSync(
    join(dir, 'customers.json'),
    JSON.stringify({
      customers: [
        {
          subject: 'cust-amira',
          username: 'amira',
          password: `scrypt:${salt.toString('hex')}:${hash}`,
          acr: 'urn:openbanking:psd2:sca',
          accounts: [{ id: '22289', name: 'Current', number: '•• 3349' }],
        },
      ],
    }),
  )
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
  secret: { env: TEST_IDENTITY_SECRET }
  clients: [client.json]
  profile: development
  developmentCustomers: customers.json
  brand: { name: Bank of Examples, accent: "#0b6e4f" }
  resources: [{ identifier: ${API}, scopes: [accounts] }]
issuers:
  - issuer: ${ISSUER}
    jwks: https://127.0.0.1:${port}/jwks
    audience: ${API}
apis:
  - name: accounts
    spec: spec/account-info-openapi.yaml
    upstream: http://127.0.0.1:${bankPort}
    template: ais
`,
  )
  const env = {
    TEST_IDENTITY_SECRET: randomBytes(32).toString('base64url'),
    NODE_EXTRA_CA_CERTS: certs.file('ca'),
  }
  let instance = await up(t, { config }, env)
  /** As a power cut would: nothing is said, nothing is finished. */
  const killed = async (): Promise<void> => {
    await instance.stop('SIGKILL')
    instance = await up(t, { config }, env)
  }
  const ask = askAt(port, certs.pem('ca'))
  const options = { [oauth.customFetch]: (url: string, init: object) => ask(url, init) }
  const issuer = new URL(ISSUER)
  const as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options }),
  )
  const client: oauth.Client = { client_id: 'budget-buddy' }
  const authentication = oauth.PrivateKeyJwt({
    key: third.key.privateKey,
    kid: String(third.key.jwk.kid),
  })
  const DPoP = oauth.DPoP(client, {
    privateKey: third.proofKey.privateKey,
    publicKey: await crypto.subtle.importKey(
      'jwk',
      third.proofKey.open,
      { name: 'ECDSA', namedCurve: 'P-256' },
      true,
      ['verify'],
    ),
  })

  // A token of its own, and with it a consent.
  const own = await oauth.processClientCredentialsResponse(
    as,
    client,
    await oauth.clientCredentialsGrantRequest(
      as,
      client,
      authentication,
      { scope: 'accounts' },
      { DPoP, ...options },
    ),
  )
  const made = await oauth.protectedResourceRequest(
    own.access_token,
    'POST',
    new URL(`${ISSUER}${AISP}/account-access-consents`),
    new Headers({ 'content-type': 'application/json' }),
    JSON.stringify({
      Data: {
        Permissions: ['ReadAccountsDetail', 'ReadBalances'],
        ExpirationDateTime: '2099-01-01T00:00:00Z',
      },
      Risk: {},
    }),
    { DPoP, ...options },
  )
  assert.equal(made.status, 201)
  const { Data } = (await made.json()) as { readonly Data: { readonly ConsentId: string } } // sound: as the specification has it
  const consent = Data.ConsentId

  // The customer is asked for it, by name.
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const pushed = await oauth.processPushedAuthorizationResponse(
    as,
    client,
    await oauth.pushedAuthorizationRequest(
      as,
      client,
      authentication,
      new URLSearchParams({
        client_id: 'budget-buddy',
        response_type: 'code',
        redirect_uri: REDIRECT,
        scope: 'openid accounts',
        claims: intent(consent),
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }),
      { DPoP, ...options },
    ),
  )
  const customer = new Person(ask)
  const query = new URLSearchParams({ client_id: 'budget-buddy', request_uri: pushed.request_uri })
  const login = page(await customer.open(`/authorize?${query}`))
  const confirm = page(await customer.login(login, 'amira', PASSWORD))
  await killed() // between the login and the answer: the page is still good
  const end = await customer.send(confirm, /\/confirm$/, [['account', '22289']])
  assert.ok(end instanceof URL)
  await killed() // between the consent and the code: neither is lost
  const tokens = await oauth.processAuthorizationCodeResponse(
    as,
    client,
    await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      oauth.validateAuthResponse(as, client, end, state),
      REDIRECT,
      verifier,
      { DPoP, ...options },
    ),
  )
  assert.equal(tokens.token_type, 'dpop')

  // The gateway answers under it: this account, and no other.
  const read = async (path: string) => {
    const url = `${API}${AISP}${path}`
    const proof = await resourceProof(third, tokens.access_token, 'GET', url)
    return call(instance, {
      path: `${AISP}${path}`,
      headers: [`authorization: DPoP ${tokens.access_token}`, `dpop: ${proof}`],
    })
  }
  let answer = await read('/accounts')
  await until(20_000, async () => {
    answer = await read('/accounts')
    return answer.status === 200
  })
  assert.match(answer.body, /"AccountId":"22289"/)
  assert.equal((await read('/accounts/22289/balances')).status, 200)
  assert.equal((await read('/accounts/22290/balances')).status, 403)

  // And then the customer ends it.
  const permissions = page(
    await customer.login(page(await customer.open('/permissions')), 'amira', PASSWORD),
  )
  assert.match(permissions.text, /Budget Buddy/)
  const detail = page(await customer.open(`/permissions/${consent}`))
  page(await customer.send(detail, /\/withdraw$/))
  const from = performance.now()
  await until(LIMIT_MS, async () => (await read('/accounts')).status === 403)
  t.diagnostic(`refused ${Math.round(performance.now() - from)} ms after the page said so`)
  assert.match(problemOf(await read('/accounts')).code, /^GH_GATEWAY_CONSENT/)
  const ended = await instance.stop()
  assert.equal(ended.code, 0, ended.err)
  assert.ok(!(ended.out + ended.err).includes(PASSWORD))
})
