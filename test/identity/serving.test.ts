/** The authorization server as an installation runs it: over TLS, with its files, its secret, and the feed of its gateways. */
import assert from 'node:assert/strict'
import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import { openInstallationSecrets } from '../../src/app/identity/open-installation-secrets.ts'
import { openIdentity } from '../../src/app/identity/open-identity.ts'
import { systemClock } from '../../src/app/system-ports.ts'
import type { GatehouseConfig } from '../../src/config/index.ts'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import { type InstallationSecrets, openSqliteStore, type Store } from '../../src/store/index.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { API, assertion, ISSUER, makeClient, now } from './client.ts'
import { recordedEvidence } from './evidence.ts'
import { adapterOver } from './rig.ts'
import { type FormAnswer, sendForm } from './tls-form.ts'
import { identityMigrations } from './migrations.ts'

const SECRET = randomBytes(32).toString('base64url')
const FORM = { grant_type: 'client_credentials', scope: 'accounts' }
type Identity = NonNullable<GatehouseConfig['identity']>

interface Served {
  readonly store: Store
  readonly feedDir: string
  readonly dir: string
  readonly problems: string[]
  start(changes?: Partial<Identity>): Promise<{
    readonly port: number
    readonly secrets: InstallationSecrets
    close(): Promise<void>
  }>
  post(
    port: number,
    path: string,
    form: Readonly<Record<string, string>> | undefined,
    certificate?: string,
  ): Promise<FormAnswer>
}

async function served(t: TestContext, clients: readonly object[]): Promise<Served> {
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  const put = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const feedDir = join(dir, 'feed')
  mkdirSync(feedDir)
  const store = await openSqliteStore({
    dir: join(dir, 'store'),
    create: true,
    migrations: [...identityMigrations, ...scaMigrations],
  })
  t.after(() => store.close())
  const identity: Identity = {
    issuer: ISSUER,
    listen: { host: '127.0.0.1', port: 0 },
    certificate: certs.file('server'),
    key: { file: certs.file('server-key') },
    trustStores: ['psd2'],
    secret: { file: put('secret', SECRET) },
    previousSecrets: [],
    clients: clients.map((client, at) => put(`client-${at}.json`, JSON.stringify(client))),
    gateways: [],
    registration: null,
    profile: 'production',
    login: null,
    customers: null,
    developmentCustomers: null,
    approvalPage: false,
    embeddedApproach: false,
    mtls: null,
    automaticCustomer: null,
    brand: null,
    privateHosts: [],
    resources: [{ identifier: API, scopes: ['accounts'] }],
  }
  const trust = {
    name: 'psd2',
    anchors: [certs.file('ca')],
    trustedLists: [],
    revocation: 'crl',
    crls: [certs.file('crl')],
    ocsp: null,
  } as const
  const problems: string[] = []
  return {
    store,
    feedDir,
    dir,
    problems,
    async start(changes = {}) {
      const parts = {
        config: { sca: null, identity: { ...identity, ...changes }, trustStores: [trust], feedDir },
        store,
        clock: systemClock,
        scheduler: realScheduler,
        randomBytes,
        say: (problem: string) => problems.push(problem),
        evidence: recordedEvidence(),
      }
      const secrets = await openInstallationSecrets(parts)
      assert.ok(secrets)
      t.after(() => secrets.close())
      const open = await openIdentity({ ...parts, secrets })
      assert.ok(open)
      t.after(() => open.close())
      assert.deepEqual(open.problems, [])
      return {
        port: Number(new URL(open.origin).port),
        secrets,
        async close() {
          await open.close()
          await secrets.close()
        },
      }
    },
    post: (port, path, form, certificate) =>
      sendForm(
        {
          host: '127.0.0.1',
          port,
          path,
          ca: certs.pem('ca'),
          ...(certificate === undefined
            ? {}
            : { cert: certs.pem(certificate), key: certs.pem(`${certificate}-key`) }),
        },
        form,
      ),
  }
}

const MTLS = {
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_certificate_bound_access_tokens: true,
} as const

test('a client is known by a certificate that is trusted and not revoked, and by no other', async (t) => {
  const qwac = new X509Certificate(developmentCertificates(t).pem('qwac'))
  const subject = qwac.subject.split('\n').toReversed().join(',')
  const { metadata } = await makeClient('tpp', { ...MTLS, tls_client_auth_subject_dn: subject })
  const at = await served(t, [metadata])
  const { port } = await at.start()
  const discovery = await at.post(port, '/.well-known/openid-configuration', undefined)
  assert.equal(discovery.status, 200)
  assert.equal(discovery.body['issuer'], ISSUER)
  const form = { ...FORM, client_id: 'tpp' }
  const good = await at.post(port, '/token', form, 'qwac')
  assert.equal(good.status, 200, JSON.stringify(good.body))
  const { cnf } = decodeJwt(String(good.body['access_token']))
  assert.match(JSON.stringify(cnf), /^\{"x5t#S256":"[\w-]{43}"\}$/)
  for (const certificate of [undefined, 'qwac-revoked', 'qwac-foreign']) {
    const refused = await at.post(port, '/token', form, certificate)
    assert.equal(refused.status, 401, certificate)
    assert.equal(refused.body['error'], 'invalid_client', certificate)
  }
})

test('a consent that ends is in the feed of the gateways before the client hears of it', async (t) => {
  const client = await makeClient('tpp')
  const at = await served(t, [client.metadata])
  const { port, secrets } = await at.start()
  const records = adapterOver(at.store, { keys: secrets })
  const token = randomBytes(32).toString('base64url')
  const times = { iat: now(), exp: now() + 600 }
  const of = { accountId: 'amira', clientId: 'tpp', grantId: 'consent-4711' }
  await records('Grant').upsert(
    'consent-4711',
    { ...of, ...times, jti: 'consent-4711', kind: 'Grant' },
    600,
  )
  await records('RefreshToken').upsert(
    token,
    { ...of, ...times, jti: token, kind: 'RefreshToken', scope: 'accounts' },
    600,
  )
  const answer = await at.post(port, '/revoke', {
    token,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(client),
  })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  const folder = join(at.feedDir, 'revocations')
  const written = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  assert.equal(written.length, 1)
  assert.equal((JSON.parse(written[0] ?? '') as { consent?: unknown }).consent, 'consent-4711')
  assert.equal(await records('Grant').find('consent-4711'), undefined)
})

test('what was issued before a restart counts after it, and other secrets are told apart', async (t) => {
  const { metadata } = await makeClient('tpp')
  const at = await served(t, [metadata])
  const first = await at.start()
  const keys = (await at.post(first.port, '/jwks', undefined)).body
  await first.close()
  const second = await at.start()
  assert.deepEqual((await at.post(second.port, '/jwks', undefined)).body, keys)
  await second.close()
  const other = join(at.dir, 'other')
  writeFileSync(other, randomBytes(32).toString('base64url'))
  await assert.rejects(at.start({ secret: { file: other } }), {
    code: 'GH_IDENTITY_SECRET_MISSING',
  })
  writeFileSync(other, 'too short')
  await assert.rejects(at.start({ secret: { file: other } }), { code: 'GH_IDENTITY_SECRET' })
  assert.deepEqual(at.problems, [])
})

test('a file that is no client, a taken port and a wrong certificate stop the start', async (t) => {
  const { metadata } = await makeClient('tpp')
  const at = await served(t, [metadata])
  const { port } = await at.start()
  const put = (text: string): readonly string[] => {
    writeFileSync(join(at.dir, 'wrong.json'), text)
    return [join(at.dir, 'wrong.json')]
  }
  for (const text of [
    '{',
    '[]',
    '{}',
    '{"client_id":7}',
    JSON.stringify({ ...metadata, dpop_bound_access_tokens: false }),
    ' '.repeat(65_537),
  ])
    await assert.rejects(
      at.start({ clients: put(text) }),
      { code: 'GH_IDENTITY_CLIENT' },
      text.slice(0, 40),
    )
  await assert.rejects(at.start({ clients: [join(at.dir, 'none.json')] }), {
    code: 'GH_IDENTITY_CLIENT',
  })
  await assert.rejects(at.start({ listen: { host: '127.0.0.1', port } }), {
    code: 'GH_GATEWAY_LISTEN_FAILED',
  })
  await assert.rejects(at.start({ key: { file: join(at.dir, 'secret') } }), {
    code: 'GH_GATEWAY_TRUST_FILE',
  })
})

test('without the key there is none', async (t) => {
  const at = await served(t, [])
  const parts = {
    store: at.store,
    secrets: undefined,
    clock: systemClock,
    scheduler: realScheduler,
    randomBytes,
    say: (problem: string) => assert.fail(problem),
    evidence: recordedEvidence(),
  }
  const config = { identity: null, sca: null, trustStores: [], feedDir: at.feedDir }
  assert.equal(await openIdentity({ ...parts, config }), undefined)
})
