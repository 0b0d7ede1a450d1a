/**
 * Certificates and proofs of clients: a TLS listener of the Node gateway and one of Envoy, with the same trust store, tell the same of the same
 * client; what a client says of certificates itself counts nowhere.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import type { TestContext } from 'node:test'
import { openListeners } from '../../src/app/transport/listeners.ts'
import type { GatehouseConfig, ListenerConfig } from '../../src/config/index.ts'
import type { ActiveApi, Plan, PlanRule } from '../../src/decide/index.ts'
import { envoyBootstrap } from '../../src/gateway/envoy/index.ts'
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../support/development-certificates.ts'
import { type DpopClient, dpopClient, makeProof } from '../support/dpop-client.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { envoyTest, startBootstrap } from '../support/peer-envoy.ts'
import type { PeerProgram } from '../support/peer-programs.ts'
import { freePort } from '../support/free-port.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { unjudgedAnswers } from '../support/unjudged-answers.ts'

const ORIGIN = 'https://api.bank.example'

function rule(name: PlanRule['name'], params: object): PlanRule {
  const origin = { level: 'api', source: 'test' }
  return { name, control: `test-${name}`, mode: 'enforce', origin, params } as PlanRule // sound: the callers pair names with their parameters
}

/** Certificates of one trust store, tokens bound to one or to a key; answers are nobody's business. */
function bound(plan: Plan): Plan {
  return unjudgedAnswers({
    ...plan,
    apis: plan.apis.map((api): Plan['apis'][number] => {
      if (api.state !== 'active') return api
      const rules = [
        ...api.rules,
        rule('transport.mtls', { trustStores: ['psd2'], maxDepth: 3 }),
        rule('token.senderConstrained', {
          methods: ['mtls', 'dpop'],
          maxAgeSeconds: 60,
          maxAheadSeconds: 10,
          nonce: 'optional',
        }),
      ]
      const operations = api.operations.map((one): ActiveApi['operations'][number] =>
        one.id === 'GetAtms'
          ? one
          : { ...one, rules: [rules.length - 2, ...one.rules, rules.length - 1] },
      )
      return { ...api, rules, operations, publicOrigins: [ORIGIN] }
    }),
  })
}

interface Both {
  readonly rig: Rig
  readonly certificates: DevelopmentCertificates
  readonly node: number
  readonly envoy: number
}

async function both(
  t: TestContext,
  program: PeerProgram,
  clientCertificate: 'required' | 'optional',
): Promise<Both> {
  // Proofs count in whole seconds, and none from before the start is taken.
  const now = Math.ceil(Date.now() / 1000) * 1000
  const rig = await gatewayRig(t, { now, replan: bound })
  const certificates = developmentCertificates(t)
  const { file } = certificates
  const envoy = await freePort()
  const socket = `${temporaryFolder(t)}/ask.sock`
  const listener = (name: string, port: number, dataPlane: 'node' | 'envoy'): ListenerConfig => ({
    name,
    listen: { host: '127.0.0.1', port },
    certificate: file('server'),
    key: { file: file('server-key') },
    minVersion: '1.2',
    clientCertificate,
    dataPlane,
    trustStores: ['psd2'],
    proxies: null,
  })
  const config: Pick<
    GatehouseConfig,
    'extAuthz' | 'listen' | 'listeners' | 'sockets' | 'trustStores'
  > = {
    listen: null,
    listeners: [listener('own', 0, 'node'), listener('edge', envoy, 'envoy')],
    sockets: [],
    trustStores: [
      {
        name: 'psd2',
        anchors: [file('ca')],
        trustedLists: [],
        revocation: 'crl',
        crls: [file('crl')],
        ocsp: null,
      },
    ],
    extAuthz: { listen: { socket }, secret: null, envoyListen: null },
  }
  const listeners = await openListeners({
    config,
    core: rig.core,
    clock: rig.clock,
    scheduler: rig.clock,
    say: () => undefined,
    upstreamWatcher: () => undefined,
    plan: () => rig.plan,
    upstreamIdentity: () => undefined,
  })
  t.after(async () => {
    const closed = listeners.close(0)
    rig.clock.advance(1)
    await closed
  })
  assert.equal(listeners.origins.length, 2)
  assert.equal(listeners.origins[1], `unix:${socket}`)
  const [api] = rig.plan.apis
  assert.ok(api?.state === 'active')
  const tls = {
    certificate: file('server'),
    key: { file: file('server-key') },
    minVersion: '1.2',
    clientCertificate,
  } as const
  const bootstrap = envoyBootstrap(
    {
      responder: { socket },
      listeners: [{ name: 'edge', host: '127.0.0.1', port: envoy, tls }],
      interactionHeaders: ['x-fapi-interaction-id'],
      maxBodyBytes: 2_000,
    },
    [api],
  )
  await startBootstrap(t, program, { bootstrap, port: envoy })
  const node = Number(new URL(listeners.origins[0]).port)
  return { rig, certificates, node, envoy }
}

interface Told {
  readonly status: number
  readonly code: string | undefined
  readonly challenge: string | undefined
  readonly strict: string | undefined
}

/** `with`: the client's certificate, by the name of its file. */
function call(
  { certificates }: Both,
  port: number,
  headers: Readonly<Record<string, string>>,
  certificate: string | undefined,
  path = '/aisp/accounts/A1',
): Promise<Told> {
  const { promise, resolve, reject } = Promise.withResolvers<Told>()
  const own =
    certificate === undefined
      ? {}
      : { cert: certificates.pem(certificate), key: certificates.pem(`${certificate}-key`) }
  const sent = request(
    {
      host: '127.0.0.1',
      port,
      path,
      headers: { host: 'api.bank.example', ...headers },
      ca: certificates.pem('ca'),
      servername: 'localhost',
      agent: false,
      ...own,
    },
    (answer) => {
      let body = ''
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
      answer.on('end', () => {
        const problem = answer.headers['content-type'] === 'application/problem+json'
        resolve({
          status: answer.statusCode ?? 0,
          code: problem ? (JSON.parse(body) as { code: string }).code : undefined, // sound: a problem document
          challenge: answer.headers['www-authenticate'],
          strict: answer.headers['strict-transport-security'],
        })
      })
    },
  )
  sent.on('error', reject)
  sent.end()
  return promise
}

function thumbprint(certificates: DevelopmentCertificates, name: string): string {
  const { fingerprint256 } = new X509Certificate(readFileSync(certificates.file(name)))
  return Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
}

const CERTIFICATES = [
  'qwac',
  'qwac-ais',
  'qwac-expired',
  'qwac-revoked',
  'qwac-foreign',
  'self-signed',
  undefined,
] as const

envoyTest('the same certificates are worth the same to both', async (t, program) => {
  const all = await both(t, program, 'optional')
  const { rig, certificates, node, envoy } = all
  const cnf = { 'x5t#S256': thumbprint(certificates, 'qwac') }
  const authorization = `Bearer ${rig.token({ cnf })}`
  const spoofed = {
    'x-forwarded-client-cert': `Cert="${encodeURIComponent(certificates.pem('qwac'))}"`,
    'client-cert': ':AA==:',
  }
  for (const certificate of CERTIFICATES)
    for (const more of [{}, spoofed]) {
      const headers = { authorization, ...more }
      const events = rig.sink.access.length
      const own = await call(all, node, headers, certificate)
      const asked = await call(all, envoy, headers, certificate)
      assert.deepEqual(asked, own, certificate)
      assert.equal(own.status === 200, certificate === 'qwac', certificate)
      const [first, second] = rig.sink.access.slice(events)
      assert.deepEqual(second?.facts?.transport, first?.facts?.transport, certificate)
      assert.deepEqual(second?.failed, first?.failed, certificate)
      assert.equal(second?.dataPlane, 'envoy')
    }
  assert.deepEqual(
    rig.upstream.seen.map((seen) => seen.header('x-forwarded-client-cert')).filter(Boolean),
    [],
  )
  // A token of somebody else.
  const other = { authorization: `Bearer ${rig.token({ cnf: { 'x5t#S256': 'A'.repeat(43) } })}` }
  assert.deepEqual(await call(all, envoy, other, 'qwac'), await call(all, node, other, 'qwac'))
})

envoyTest('where a certificate is required, none that is bad gets further', async (t, program) => {
  const all = await both(t, program, 'required')
  const { rig, node, envoy } = all
  for (const certificate of CERTIFICATES) {
    if (certificate === 'qwac' || certificate === 'qwac-ais') continue
    await assert.rejects(call(all, node, {}, certificate, '/aisp/atms'), certificate)
    // Envoy, which is told to believe nobody by itself, lets it speak, and is told what to answer.
    const { status, code } = await call(all, envoy, {}, certificate, '/aisp/atms')
    assert.ok(status === 401 || status === 403, `${certificate} ${status}`)
    assert.match(code ?? '', /^GH_GATEWAY_CERTIFICATE_/)
  }
  assert.equal((await call(all, envoy, {}, 'qwac', '/aisp/atms')).status, 200)
  assert.equal(rig.upstream.seen.length, 1)
})

async function proofHeaders(
  rig: Rig,
  client: DpopClient,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, string>> {
  const token = rig.token({ cnf: { jkt: client.thumbprint } })
  const url = `${ORIGIN}/aisp/accounts/A1`
  const of = { method: 'GET', url, token, now: rig.clock.now() }
  return {
    authorization: `DPoP ${token}`,
    dpop: await makeProof(client, of, changes),
  }
}

envoyTest('DPoP: the address of the client counts, not that of the check', async (t, program) => {
  const all = await both(t, program, 'optional')
  const { rig, node, envoy } = all
  const client = await dpopClient()
  const wrong = [
    {},
    { htm: 'POST' },
    { htu: `${ORIGIN}/check/aisp/accounts/A1` },
    { htu: `${ORIGIN}/bank/accounts/A1` },
    { htu: 'https://else.example/aisp/accounts/A1' },
    { ath: 'x' },
    { iat: 1 },
  ]
  for (const changes of wrong) {
    const own = await call(all, node, await proofHeaders(rig, client, changes), 'qwac')
    const asked = await call(all, envoy, await proofHeaders(rig, client, changes), 'qwac')
    assert.deepEqual(asked, own, JSON.stringify(changes))
    assert.equal(own.status === 200, Object.keys(changes).length === 0, JSON.stringify(changes))
  }
  // A proof that one data plane saw is used up for the other.
  const once = await proofHeaders(rig, client)
  assert.equal((await call(all, envoy, once, 'qwac')).status, 200)
  assert.equal((await call(all, node, once, 'qwac')).code, 'GH_GATEWAY_PROOF_REPLAYED')
})
