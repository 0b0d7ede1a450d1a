/** Registration as an installation runs it: over mutual TLS, with certificates that an authority issued and revoked, and a register in a file. */
import assert from 'node:assert/strict'
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { importPKCS8, SignJWT } from 'jose'
import { signDirectory } from '../../../examples/bank/directory/sign.ts'
import { openIdentity } from '../../../src/app/identity/open-identity.ts'
import { systemClock } from '../../../src/app/system-ports.ts'
import { keysOfSecret, openSqliteStore } from '../../../src/store/index.ts'
import { developmentCertificates } from '../../support/development-certificates.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { API, ISSUER, now } from '../client.ts'
import { recordedEvidence } from '../evidence.ts'
import { identityMigrations } from '../migrations.ts'
import { sendForm } from '../tls-form.ts'

async function installation(t: TestContext) {
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  const directory = join(dir, 'directory')
  await signDirectory(directory)
  mkdirSync(join(dir, 'feed'))
  writeFileSync(join(dir, 'secret'), randomBytes(32).toString('base64url'))
  const store = await openSqliteStore({
    dir: join(dir, 'store'),
    create: true,
    migrations: identityMigrations,
  })
  t.after(() => store.close())
  const jwks = { file: join(directory, 'directory-jwks.json') }
  const evidence = recordedEvidence()
  const problems: string[] = []
  const open = await openIdentity({
    config: {
      sca: null,
      identity: {
        issuer: ISSUER,
        listen: { host: '127.0.0.1', port: 0 },
        certificate: certs.file('server'),
        key: { file: certs.file('server-key') },
        trustStores: ['psd2'],
        secret: { file: join(dir, 'secret') },
        previousSecrets: [],
        clients: [],
        registration: {
          directories: [
            { issuer: 'Example Directory DEVELOPMENT ONLY', jwks, maxAgeSeconds: 3600 },
          ],
          register: { from: { file: join(directory, 'register.jws') }, jwks },
          partners: false,
          fapi1: false,
        },
        privateHosts: [],
        profile: 'production',
        login: null,
        customers: null,
        developmentCustomers: null,
        approvalPage: false,
        embeddedApproach: false,
        mtls: null,
        automaticCustomer: null,
        brand: null,
        gateways: [],
        resources: [{ identifier: API, scopes: ['accounts', 'payments'] }],
      },
      trustStores: [
        {
          name: 'psd2',
          anchors: [certs.file('ca')],
          trustedLists: [],
          revocation: 'crl',
          crls: [certs.file('crl')],
          ocsp: null,
        },
      ],
      feedDir: join(dir, 'feed'),
    },
    store,
    secrets: keysOfSecret('a-secret-of-a-test-that-is-long-enough-for-it'),
    clock: systemClock,
    scheduler: realScheduler,
    randomBytes,
    say: (problem) => problems.push(problem),
    evidence,
  })
  assert.ok(open)
  t.after(() => open.close())
  const at = { host: '127.0.0.1', port: Number(new URL(open.origin).port), ca: certs.pem('ca') }
  const as = (name: string) => ({ cert: certs.pem(name), key: certs.pem(`${name}-key`) })

  const register = (
    certificate: string | undefined,
    body: string,
    type = 'application/json',
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> =>
    new Promise((resolve, reject) => {
      const asked = request(
        {
          ...at,
          ...(certificate === undefined ? {} : as(certificate)),
          agent: false,
          path: '/register',
          method: 'POST',
          headers: { 'content-type': type },
        },
        (response) => {
          let text = ''
          response.on('data', (chunk) => (text += chunk))
          response.on('end', () =>
            // sound: the server answers JSON objects
            resolve({
              status: response.statusCode ?? 0,
              body: JSON.parse(text) as Record<string, unknown>,
            }),
          )
        },
      )
      asked.on('error', reject)
      asked.end(body)
    })
  const statement = readFileSync(join(directory, 'statement.jwt'), 'utf8').trim()
  return { certs, directory, at, as, register, statement, evidence, problems, open }
}

test('a QWAC that is trusted and not revoked registers, by statement and register, and nothing else does', async (t) => {
  const { register, statement, at, as, evidence, problems } = await installation(t)
  const members = JSON.stringify({
    software_statement: statement,
    redirect_uris: ['https://budget-buddy.example/callback'],
    token_endpoint_auth_method: 'tls_client_auth',
  })
  for (const certificate of [undefined, 'qwac-revoked', 'qwac-foreign', 'self-signed']) {
    const refused = await register(certificate, members).catch(() => undefined)
    // What the TLS layer itself refuses (an expired one) has no answer.
    if (refused !== undefined)
      assert.deepEqual(
        [refused.status, refused.body['error']],
        [401, 'invalid_client'],
        certificate,
      )
  }
  const made = await register('qwac', members)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const form = {
    grant_type: 'client_credentials',
    scope: 'accounts',
    client_id: String(made.body['client_id']),
  }
  const good = await sendForm({ ...at, ...as('qwac'), path: '/token' }, form)
  assert.equal(good.status, 200, JSON.stringify(good.body))
  for (const certificate of ['qwac-revoked', 'qwac-foreign']) {
    const refused = await sendForm({ ...at, ...as(certificate), path: '/token' }, form)
    assert.equal(refused.status, 401, certificate)
  }
  assert.deepEqual(
    evidence.lines(({ action }) => action.startsWith('client-')),
    ['client-register done'],
  )
  assert.deepEqual(problems, [])
})

test('a request that is sealed by a trusted QSEAL of the same holder is taken', async (t) => {
  const { register, statement, certs } = await installation(t)
  const seal = createPrivateKey(certs.pem('qseal-key'))
  const key = await importPKCS8(String(seal.export({ type: 'pkcs8', format: 'pem' })), 'PS256')
  const x5c = [new X509Certificate(certs.pem('qseal')).raw.toString('base64')]
  const request = await new SignJWT({
    iss: 'budget-buddy-app',
    aud: ISSUER,
    iat: now(),
    exp: now() + 300,
    jti: 'once',
    software_statement: statement,
  })
    .setProtectedHeader({ alg: 'PS256', x5c })
    .sign(key)
  const made = await register('qwac', request, 'application/jose')
  assert.equal(made.status, 201, JSON.stringify(made.body))
})

test('a register file that withdraws ends access within two seconds, though the certificate is good', async (t) => {
  const { register, statement, directory, at, as } = await installation(t)
  const members = { software_statement: statement, token_endpoint_auth_method: 'tls_client_auth' }
  const made = await register('qwac', JSON.stringify(members))
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const form = {
    grant_type: 'client_credentials',
    scope: 'accounts',
    client_id: String(made.body['client_id']),
  }
  const token = async () => (await sendForm({ ...at, ...as('qwac'), path: '/token' }, form)).status
  assert.equal(await token(), 200)
  // Somebody puts a register of another signer in its place: nothing changes.
  const before = readFileSync(join(directory, 'register.jws'), 'utf8')
  const other = temporaryFolder(t)
  await signDirectory(other)
  writeFileSync(join(directory, 'register.jws'), readFileSync(join(other, 'register.jws')))
  await pause(1_500)
  assert.equal(await token(), 200)
  // The authority publishes the next one, with a key that the configuration names.
  await signDirectory(directory, [])
  const from = performance.now()
  while ((await token()) !== 401) {
    assert.ok(performance.now() - from < 10_000, 'the withdrawal was not heard')
    await pause(50)
  }
  assert.notEqual(readFileSync(join(directory, 'register.jws'), 'utf8'), before)
})
