/** Mutual TLS with the bank, over real handshakes: whom the gateway believes, what it shows, which names count, and files that change. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls'
import { upstreamIdentities } from '../../src/app/transport/upstream-identities.ts'
import type { UpstreamTlsConfig } from '../../src/config/index.ts'
import type { UpstreamFault } from '../../src/events/index.ts'
import { createUpstreamPools } from '../../src/gateway/node/index.ts'
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../support/development-certificates.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const PATH = '/aisp/accounts'

interface Bank {
  readonly origin: string
  /** Thumbprint of what the gateway showed, by request; `''`: nothing. */
  readonly shown: string[]
}

async function bank(
  t: TestContext,
  made: DevelopmentCertificates,
  options: TlsOptions & { readonly name?: string } = {},
): Promise<Bank> {
  const { name = 'server', ...more } = options
  const shown: string[] = []
  const server = createServer(
    { cert: made.pem(name), key: made.pem(`${name}-key`), ca: made.pem('ca'), ...more },
    (socket: TLSSocket) => {
      socket.on('error', () => {})
      socket.on('data', () => {
        const certificate = socket.getPeerCertificate()
        shown.push(Object.keys(certificate).length === 0 ? '' : certificate.fingerprint256)
        socket.write(jsonAnswer({ Data: { Account: [] } }))
      })
    },
  )
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo // sound: listening on TCP
  return { origin: `https://127.0.0.1:${port}`, shown }
}

interface Speaking {
  readonly rig: Rig
  /** Looks at the files again. */
  look(): string | undefined
}

async function speaking(
  t: TestContext,
  origin: string,
  tls: Partial<UpstreamTlsConfig>,
): Promise<Speaking> {
  const config: UpstreamTlsConfig = {
    anchors: [],
    certificate: null,
    key: null,
    serverName: null,
    uri: null,
    minVersion: '1.2',
    ...tls,
  }
  const identities = upstreamIdentities([{ name: 'accounts', upstreamTls: config }])
  const { serverName, uri, minVersion, certificate } = config
  const rig = await gatewayRig(t, {
    upstream: origin,
    breaker: { failures: 3, openMs: 5_000 },
    upstreamTls: {
      api: 'accounts',
      minVersion,
      mutual: certificate !== null,
      ...(serverName !== null && { serverName }),
      ...(uri !== null && { uri }),
    },
    pools: (clock) => createUpstreamPools({ scheduler: clock, identity: identities.of }),
  })
  return {
    rig,
    look() {
      identities.check()
      return identities.problem
    },
  }
}

async function code(rig: Rig): Promise<string> {
  const { status, body } = await rig.call(PATH)
  return status === 200 ? '200' : (/GH_[A-Z_]+/.exec(body)?.[0] ?? String(status))
}

test('the gateway shows its certificate, and the bank that asks for one is called', async (t) => {
  const made = developmentCertificates(t)
  const { origin, shown } = await bank(t, made, { requestCert: true, rejectUnauthorized: true })
  const { rig } = await speaking(t, origin, {
    anchors: [made.file('ca')],
    certificate: made.file('qwac'),
    key: { file: made.file('qwac-key') },
  })
  assert.equal(await code(rig), '200')
  assert.match(shown[0] ?? '', /^[0-9A-F:]{95}$/)
})

test('a bank that asks for no certificate is shown none', async (t) => {
  const made = developmentCertificates(t)
  const { origin, shown } = await bank(t, made)
  const { rig } = await speaking(t, origin, {
    anchors: [made.file('ca')],
    certificate: made.file('qwac'),
    key: { file: made.file('qwac-key') },
  })
  assert.equal(await code(rig), '200')
  assert.deepEqual(shown, [''])
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
  test(`a bank that wants a certificate which we do not show says so over ${version}`, async (t) => {
    const made = developmentCertificates(t)
    const { origin, shown } = await bank(t, made, {
      requestCert: true,
      rejectUnauthorized: true,
      maxVersion: version,
    })
    const { rig } = await speaking(t, origin, { anchors: [made.file('ca')] })
    const { status, body } = await rig.call(PATH)
    assert.equal(status, 502)
    assert.match(body, /GH_GATEWAY_UPSTREAM_HANDSHAKE/)
    assert.deepEqual(shown, [])
    assert.deepEqual(rig.sink.access[0]?.upstream, { address: origin, fault: 'ours-refused' })
    for (const secret of [origin, '127.0.0.1', 'certificate', 'CN='])
      assert.ok(!body.includes(secret), 'nothing of it is for the client')
  })

const REFUSED: readonly (readonly [
  string,
  string,
  (made: DevelopmentCertificates) => Partial<UpstreamTlsConfig>,
  UpstreamFault,
])[] = [
  [
    'an authority that is not ours',
    'server',
    (made) => ({ anchors: [made.file('foreign-ca')] }),
    'certificate-untrusted',
  ],
  ['no anchor of the machine', 'server', () => ({}), 'certificate-untrusted'],
  [
    'another name',
    'server',
    (made) => ({ anchors: [made.file('ca')], serverName: 'core.bank.internal' }),
    'certificate-name',
  ],
  [
    'a name that only begins alike',
    'server',
    (made) => ({ anchors: [made.file('ca')], serverName: 'localhost.bank.internal' }),
    'certificate-name',
  ],
  [
    'no such URI',
    'server',
    (made) => ({ anchors: [made.file('ca')], serverName: 'localhost', uri: 'spiffe://bank/core' }),
    'certificate-name',
  ],
  [
    'a certificate that has expired',
    'qwac-expired',
    (made) => ({ anchors: [made.file('ca')] }),
    'certificate-expired',
  ],
  [
    'a certificate that signed itself',
    'self-signed',
    (made) => ({ anchors: [made.file('ca')] }),
    'certificate-untrusted',
  ],
]
for (const [why, name, tls, fault] of REFUSED)
  test(`a bank is not believed for ${why}; it hears nothing, and the breaker counts it`, async (t) => {
    const made = developmentCertificates(t)
    const { origin, shown } = await bank(t, made, { name })
    const { rig } = await speaking(t, origin, tls(made))
    for (let time = 0; time < 3; time++)
      assert.equal(await code(rig), 'GH_GATEWAY_UPSTREAM_UNTRUSTED')
    assert.equal(await code(rig), 'GH_GATEWAY_UPSTREAM_SUSPENDED')
    assert.deepEqual(shown, [])
    const [event] = rig.sink.access
    assert.equal(event?.code, 'GH_GATEWAY_UPSTREAM_UNTRUSTED')
    assert.deepEqual(event.upstream, { address: origin, fault })
  })

test('a bank with the name that is asked for is believed, wherever it listens', async (t) => {
  const made = developmentCertificates(t)
  const { origin } = await bank(t, made)
  const { rig } = await speaking(t, origin, {
    anchors: [made.file('ca')],
    serverName: 'localhost',
  })
  assert.equal(await code(rig), '200')
})

test('a bank that speaks only what is too old is refused', async (t) => {
  const made = developmentCertificates(t)
  const { origin } = await bank(t, made, { maxVersion: 'TLSv1.2' })
  const { rig } = await speaking(t, origin, { anchors: [made.file('ca')], minVersion: '1.3' })
  assert.equal(await code(rig), 'GH_GATEWAY_UPSTREAM_HANDSHAKE')
})

test('files that change count for the next call, on new connections, without a restart', async (t) => {
  const made = developmentCertificates(t)
  const { origin, shown } = await bank(t, made, { requestCert: true, rejectUnauthorized: true })
  const file = (name: string): string => join(made.dir, name)
  const put = (name: string): void => {
    copyFileSync(made.file(name), file('gate.crt'))
    copyFileSync(made.file(`${name}-key`), file('gate.key'))
  }
  put('qwac')
  const { rig, look } = await speaking(t, origin, {
    anchors: [made.file('ca')],
    certificate: file('gate.crt'),
    key: { file: file('gate.key') },
  })
  assert.equal(await code(rig), '200')
  put('qwac-ais')
  assert.equal(look(), undefined)
  assert.equal(await code(rig), '200')
  assert.equal(new Set(shown).size, 2, 'the second call shows the second certificate')

  copyFileSync(made.file('qwac-key'), file('gate.key'))
  assert.match(look() ?? '', /accounts/)
  assert.equal(await code(rig), '200', 'a pair that does not fit leaves the last one in force')
  writeFileSync(file('gate.key'), 'hunter2')
  assert.doesNotMatch(look() ?? '', /hunter2/)
  put('qwac')
  assert.equal(look(), undefined)
  assert.equal(await code(rig), '200')
})

test('without a pair that fits nothing is sent', async (t) => {
  const made = developmentCertificates(t)
  const { origin, shown } = await bank(t, made)
  const { rig, look } = await speaking(t, origin, {
    anchors: [made.file('ca')],
    certificate: made.file('qwac'),
    key: { file: made.file('server-key') },
  })
  assert.match(look() ?? '', /accounts/)
  assert.equal(await code(rig), 'GH_GATEWAY_UPSTREAM_IDENTITY')
  assert.deepEqual(shown, [])
})
