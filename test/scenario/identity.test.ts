/** `gatehouse up` with an authorization server: one process, an address of its own, and a clean end. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sendForm } from '../identity/tls-form.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { freePort } from '../support/free-port.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { assertion, makeClient, proof } from '../identity/client.ts'
import { call, problemOf, until, up } from './gateway-process.ts'

const ROOT = join(import.meta.dirname, '..', '..')

test('up serves the authorization server beside the gateway, and lets both go', async (t) => {
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  cpSync(join(ROOT, 'examples', 'bank', 'spec'), join(dir, 'spec'), { recursive: true })
  cpSync(certs.dir, join(dir, 'certs'), { recursive: true })
  const port = await freePort()
  const config = join(dir, 'gatehouse.yaml')
  const client = await makeClient('tpp')
  writeFileSync(join(dir, 'client.json'), JSON.stringify(client.metadata))
  writeFileSync(
    config,
    `listen: 127.0.0.1:0
identity:
  issuer: https://login.bank.example
  listen: 127.0.0.1:${port}
  certificate: certs/server.pem
  key: { file: certs/server-key.pem }
  secret: { env: TEST_IDENTITY_SECRET }
  clients: [client.json]
  resources: [{ identifier: https://api.bank.example, scopes: [accounts] }]
issuers:
  - issuer: https://login.bank.example
    jwks: https://127.0.0.1:${port}/jwks
    audience: https://api.bank.example
apis:
  - name: accounts
    spec: spec/account-info-openapi.yaml
    upstream: http://127.0.0.1:9
    template: ais
`,
  )
  const secret = randomBytes(32).toString('base64url')
  const instance = await up(
    t,
    { config },
    {
      TEST_IDENTITY_SECRET: secret,
      NODE_EXTRA_CA_CERTS: certs.file('ca'),
    },
  )
  const at = { host: '127.0.0.1', port, ca: certs.pem('ca') }
  const { status, body } = await sendForm({
    ...at,
    path: '/.well-known/oauth-authorization-server',
  })
  assert.equal(status, 200)
  assert.equal(body['issuer'], 'https://login.bank.example')
  const refused = await sendForm({ ...at, path: '/token' }, { grant_type: 'password' })
  assert.equal(refused.status, 400)
  const issued = await sendForm(
    { ...at, path: '/token', headers: { dpop: await proof(client, '/token') } },
    {
      grant_type: 'client_credentials',
      scope: 'accounts',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion(client),
    },
  )
  assert.equal(issued.status, 200, JSON.stringify(issued.body))
  // The gateway finds the keys once they are there, and knows a token of ours from one that is altered.
  const token = String(issued.body['access_token'])
  const path = '/open-banking/v4.0/aisp/accounts'
  const codeFor = async (of: string): Promise<string> =>
    problemOf(await call(instance, { path, token: of })).code
  const altered = `${token.slice(0, -8)}AAAAAAAA`
  await until(20_000, async () => (await codeFor(altered)) === 'GH_GATEWAY_TOKEN_SIGNATURE')
  // It is ours; what it lacks is a consent and the proof of its key.
  assert.doesNotMatch(await codeFor(token), /SIGNATURE|KEY|ISSUER|AUDIENCE|TYPE|MALFORMED|EXPIRED/)
  const ended = await instance.stop()
  assert.equal(ended.code, 0, ended.err)
  assert.ok(!(ended.out + ended.err).includes(secret))
  await assert.rejects(sendForm({ ...at, path: '/jwks' }), { code: 'ECONNREFUSED' })
})
