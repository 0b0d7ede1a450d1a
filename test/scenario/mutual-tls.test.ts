/** TLS in, as third parties meet it: curl, openssl and Node against the real process; who is refused, with which event. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { makeCertificates } from '../../src/app/index.ts'
import type { GatehouseEvent } from '../../src/events/index.ts'
import { readCertificate, readPem } from '../../src/proof/index.ts'
import { gatehouse } from '../cli/terminal.ts'
import type { DevelopmentCertificates } from '../support/development-certificates.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { accessToken, jwks, signingKey } from '../support/token-issuer.ts'
import { type GatewayProcess, until, up } from './gateway-process.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)
const PATH = '/open-banking/v4.0/aisp/accounts'
const ISSUER = { iss: 'https://as.example', aud: 'https://api.bank.example' }

interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly decision: string
  readonly headers: Readonly<Record<string, unknown>>
}

type CallOptions = ConnectionOptions & { readonly headers?: Readonly<Record<string, string>> }

interface Bank {
  readonly dir: string
  readonly certs: DevelopmentCertificates
  readonly instance: GatewayProcess
  /** A token of the client, bound to that certificate (`null`: a bearer token). */
  token(boundTo: string | null): string
  /** One request with that client certificate. */
  call(certificate: string | null, token?: string, more?: CallOptions): Promise<Answer>
  /** `ok`, or how the connection ended before HTTP. */
  handshake(certificate: string | null, more?: ConnectionOptions): Promise<string>
  /** Codes of what was refused before there was a request. */
  refusals(): Promise<readonly string[]>
  put(path: string, record: object): void
}

async function bank(
  t: TestContext,
  clientCertificate = 'required',
  ofListener = '',
): Promise<Bank> {
  const dir = temporaryFolder(t)
  const certs = developmentCertificates(t)
  cpSync(join(ROOT, 'examples', 'bank', 'spec'), join(dir, 'spec'), { recursive: true })
  cpSync(certs.dir, join(dir, 'certs'), { recursive: true })
  const put = (path: string, record: object): void => {
    mkdirSync(join(dir, 'feed', path, '..'), { recursive: true })
    const file = join(dir, 'feed', path)
    writeFileSync(`${file}.new`, JSON.stringify(record))
    renameSync(`${file}.new`, file)
  }
  put('clients/tpp-a.json', {
    id: 'tpp-a',
    name: 'A',
    status: 'active',
    organizationIdentifier: 'PSDGB-FCA-123456',
  })
  put('consents/consent-1.json', {
    id: 'consent-1',
    client: 'tpp-a',
    subject: 'customer-1',
    status: 'AUTH',
    permissions: ['ReadAccountsBasic'],
    accounts: ['22289'],
  })
  const core = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.end('{"Data":{"Account":[]},"Links":{"Self":"https://a"},"Meta":{}}')
  })
  core.listen(0, '127.0.0.1')
  await once(core, 'listening')
  t.after(() => core.close())
  const { port } = core.address() as AddressInfo // sound: listening on TCP
  const key = signingKey('k')
  writeFileSync(join(dir, 'jwks.json'), jwks(key))
  writeFileSync(
    join(dir, 'gatehouse.yaml'),
    `listeners:
  - name: third-parties
    listen: 127.0.0.1:0
    certificate: certs/server.pem
    key: { file: certs/server-key.pem }
    clientCertificate: ${clientCertificate}
    trustStores: [psd2]
${ofListener}trustStores:
  - { name: psd2, anchors: [certs/ca.pem], crls: [certs/crl.pem] }
issuers:
  - { issuer: ${ISSUER.iss}, jwks: jwks.json, audience: ${ISSUER.aud} }
apis:
  - name: accounts
    spec: spec/account-info-openapi.yaml
    upstream: http://127.0.0.1:${port}
    template: psd2-ais
`,
  )
  const config = join(dir, 'gatehouse.yaml')
  const instance = await up(t, { config })
  const optionsOf = (certificate: string | null): ConnectionOptions => ({
    host: '127.0.0.1',
    port: instance.port,
    ca: certs.pem('ca'),
    ...(certificate !== null && {
      cert: certs.pem(certificate),
      key: certs.pem(`${certificate}-key`),
    }),
  })
  return {
    dir,
    certs,
    instance,
    put,
    token(boundTo) {
      const cnf = boundTo === null ? {} : { cnf: { 'x5t#S256': thumbprint(certs.pem(boundTo)) } }
      return accessToken(key, Date.now(), { ...ISSUER, ...cnf })
    },
    call: (certificate, token, options = {}) =>
      new Promise((resolve, reject) => {
        const asked = request(
          {
            ...optionsOf(certificate),
            ...options,
            path: PATH,
            agent: false,
            headers: {
              ...options.headers,
              ...(token !== undefined && { authorization: `Bearer ${token}` }),
              // The customer is there: else four accesses a day would be all.
              'x-fapi-customer-ip-address': '203.0.113.7',
            },
          },
          (response) => {
            let text = ''
            response.on('data', (chunk) => (text += chunk))
            response.on('end', () => {
              const body = JSON.parse(text) as {
                readonly code?: string
                readonly decision?: string
              } // sound: a member of the answer or none
              resolve({
                status: response.statusCode ?? 0,
                code: body.code,
                decision: body.decision ?? '',
                headers: response.headers,
              })
            })
          },
        )
        asked.on('error', reject)
        asked.end()
      }),
    handshake: (certificate, options = {}) =>
      new Promise((resolve) => {
        const socket: TLSSocket = connect({ ...optionsOf(certificate), ...options })
        let answer = ''
        socket.on('secureConnect', () => socket.write(`GET ${PATH} HTTP/1.1\r\nhost: a\r\n\r\n`))
        socket.on('data', (chunk) => {
          answer += chunk.toString('latin1')
          socket.destroy()
        })
        socket.on('error', (error: NodeJS.ErrnoException) => (answer ||= error.code ?? 'error'))
        socket.on('close', () => resolve(answer.startsWith('HTTP/1.1') ? 'ok' : answer || 'closed'))
      }),
    async refusals() {
      const { out } = await gatehouse(
        ['events', 'tail', '--no-follow', '--lines', '500', '--json'],
        { cwd: dir },
      )
      return out.split('\n').flatMap((line) => {
        const stored = JSON.parse(line) as { readonly event?: GatehouseEvent } & GatehouseEvent // sound: events of ours
        const event = stored.event ?? stored
        return event.kind === 'refused' ? [event.code] : []
      })
    },
  }
}

function thumbprint(pem: string): string {
  const [der = new Uint8Array()] = readPem('CERTIFICATE', pem) ?? []
  const read = readCertificate(der)
  assert.ok(read.ok)
  return read.certificate.thumbprint
}

test('a third party with a QWAC and a token that is bound to it is served; anybody else is told why not', async (t) => {
  const { call, token, put } = await bank(t)
  const good = await call('qwac-ais', token('qwac-ais'))
  assert.equal(good.status, 200, good.code)
  assert.match(String(good.headers['strict-transport-security']), /^max-age=\d{8}$/)
  const refused = async (certificate: string, bound: string | null): Promise<string> => {
    const { status, code } = await call(certificate, token(bound))
    return `${status} ${code}`
  }
  assert.equal(await refused('qwac-ais', null), '401 GH_GATEWAY_TOKEN_BINDING')
  assert.equal(await refused('qwac-ais', 'qwac'), '401 GH_GATEWAY_TOKEN_BINDING')
  assert.equal(await refused('qwac', 'qwac-ais'), '401 GH_GATEWAY_TOKEN_BINDING')
  assert.equal(await refused('qwac-pis', 'qwac-pis'), '403 GH_GATEWAY_CERTIFICATE_ROLE')
  // No QWAC at all, though its authority is trusted.
  assert.equal(await refused('proxy', 'proxy'), '403 GH_GATEWAY_CERTIFICATE_ROLE')
  put('clients/tpp-a.json', {
    id: 'tpp-a',
    name: 'A',
    status: 'active',
    organizationIdentifier: 'PSDGB-FCA-999999',
  })
  await until(
    10_000,
    async () => (await refused('qwac-ais', 'qwac-ais')) === '403 GH_GATEWAY_CERTIFICATE_CLIENT',
  )
  put('clients/tpp-a.json', {
    id: 'tpp-a',
    name: 'A',
    status: 'active',
    organizationIdentifier: 'PSDGB-FCA-123456',
    registerStatus: 'withdrawn',
  })
  await until(
    10_000,
    async () => (await refused('qwac-ais', 'qwac-ais')) === '403 GH_GATEWAY_REGISTER_STATUS',
  )
})

test('a certificate that is required ends the connection before HTTP where it is missing or worth nothing, with an event each', async (t) => {
  const { handshake, refusals } = await bank(t)
  assert.equal(await handshake('qwac'), 'ok')
  for (const [certificate, code] of [
    [null, 'GH_GATEWAY_CERTIFICATE_MISSING'],
    ['self-signed', 'GH_GATEWAY_CERTIFICATE_UNTRUSTED'],
    ['qwac-foreign', 'GH_GATEWAY_CERTIFICATE_UNTRUSTED'],
    ['qseal', 'GH_GATEWAY_CERTIFICATE_UNTRUSTED'],
    ['server', 'GH_GATEWAY_CERTIFICATE_UNTRUSTED'],
    ['qwac-expired', 'GH_GATEWAY_CERTIFICATE_EXPIRED'],
    ['qwac-revoked', 'GH_GATEWAY_CERTIFICATE_REVOKED'],
  ] as const) {
    const before = (await refusals()).length
    const end = await handshake(certificate)
    assert.ok(['closed', 'ECONNRESET'].includes(end), `${certificate}: ${end}`)
    await until(5_000, async () => (await refusals()).length > before)
    assert.deepEqual((await refusals()).slice(before), [code], String(certificate))
  }
})

test('versions and suites below BCP 195 are refused in the handshake, with an event', async (t) => {
  const { handshake, refusals, call, token } = await bank(t)
  const refused = async (options: ConnectionOptions): Promise<void> => {
    const before = (await refusals()).length
    assert.notEqual(await handshake('qwac', options), 'ok')
    await until(5_000, async () => (await refusals()).length > before)
    assert.equal((await refusals()).at(-1), 'GH_GATEWAY_HANDSHAKE_REFUSED')
  }
  const old = { ciphers: 'ALL:@SECLEVEL=0' } as const
  await refused({ ...old, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })
  for (const suite of [
    'AES128-SHA',
    'AES256-GCM-SHA384',
    'ECDHE-ECDSA-AES128-SHA',
    'ECDHE-ECDSA-AES256-SHA384',
  ])
    await refused({ ciphers: `${suite}:@SECLEVEL=0`, maxVersion: 'TLSv1.2' })
  for (const suite of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'])
    assert.equal(await handshake('qwac', { ciphers: suite, maxVersion: 'TLSv1.2' }), 'ok')
  assert.equal(await handshake('qwac', { minVersion: 'TLSv1.3' }), 'ok')
  const { status } = await call('qwac', token('qwac'), { maxVersion: 'TLSv1.2' })
  assert.equal(status, 200)
})

test('no connection is resumed: each brings its own certificates', async (t) => {
  const { certs, instance, handshake } = await bank(t)
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = {
      host: '127.0.0.1',
      port: instance.port,
      ca: certs.pem('ca'),
      cert: certs.pem('qwac'),
      key: certs.pem('qwac-key'),
      minVersion: version,
      maxVersion: version,
    }
    const first = connect(options)
    let session: Buffer | undefined
    first.on('session', (one) => (session = one))
    await once(first, 'secureConnect')
    session ??= first.getSession()
    first.destroy()
    const second = connect({ ...options, ...(session !== undefined && { session }) })
    await once(second, 'secureConnect')
    assert.equal(second.isSessionReused(), false, version)
    second.destroy()
  }
  assert.equal(await handshake('qwac'), 'ok')
})

test('a connection is not negotiated anew', async (t) => {
  const { certs, instance, handshake } = await bank(t)
  const socket = connect({
    host: '127.0.0.1',
    port: instance.port,
    ca: certs.pem('ca'),
    cert: certs.pem('qwac'),
    key: certs.pem('qwac-key'),
    maxVersion: 'TLSv1.2',
  })
  await once(socket, 'secureConnect')
  const end = await new Promise<string>((resolve) => {
    socket.on('error', () => resolve('refused'))
    socket.on('close', () => resolve('refused'))
    socket.renegotiate({ rejectUnauthorized: true }, (error) =>
      resolve(error === null ? 'negotiated' : 'refused'),
    )
  })
  socket.destroy()
  assert.equal(end, 'refused')
  assert.equal(await handshake('qwac'), 'ok')
})

test('a revocation list counts a moment after its file changes, also on a connection that is open', async (t) => {
  const { dir, certs, token, call, instance } = await bank(t)
  const code = async (): Promise<string> => {
    const { status, code: why } = await call('qwac-ais', token('qwac-ais'))
    return `${status} ${why ?? ''}`
  }
  assert.equal(await code(), '200 ')
  // Out of date: nobody can tell, so the API is closed to everybody; the process goes on.
  copyFileSync(certs.file('crl-stale'), join(dir, 'certs', 'crl.pem'))
  await until(10_000, async () => (await code()) === '503 GH_GATEWAY_CERTIFICATE_STATUS')
  copyFileSync(certs.file('crl'), join(dir, 'certs', 'crl.pem'))
  await until(10_000, async () => (await code()) === '200 ')
  // A list that is none leaves the last good one in force.
  writeFileSync(join(dir, 'certs', 'crl.pem'), 'half a fi')
  await until(10_000, async () => instance.output().err.includes('"trust-files"'))
  assert.equal(await code(), '200 ')
})

test('the feed revokes a certificate within a second or two', async (t) => {
  const { certs, put, token, call } = await bank(t)
  assert.equal((await call('qwac-ais', token('qwac-ais'))).status, 200)
  put('revocations/stolen.json', {
    certificate: thumbprint(certs.pem('qwac-ais')),
    at: new Date().toISOString(),
    reason: 'the key was stolen',
  })
  await until(10_000, async () => {
    const { code } = await call('qwac-ais', token('qwac-ais'))
    return code === 'GH_GATEWAY_CERTIFICATE_REVOKED'
  })
  assert.equal((await call('qwac', token('qwac'))).status, 200)
})

test('the certificate of the server is replaced while it runs', async (t) => {
  const { dir, instance, certs, handshake } = await bank(t)
  const served = async (): Promise<string | undefined> => {
    const socket = connect({
      host: '127.0.0.1',
      port: instance.port,
      rejectUnauthorized: false,
      cert: certs.pem('qwac'),
      key: certs.pem('qwac-key'),
    })
    await once(socket, 'secureConnect')
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint256
  }
  const first = await served()
  const fresh = join(dir, 'fresh')
  makeCertificates({
    dir: fresh,
    organization: 'x',
    organizationIdentifier: 'PSDGB-FCA-1',
    hosts: ['localhost'],
    days: 9,
    now: Date.now(),
  })
  // The key alone does not fit: the old pair goes on.
  copyFileSync(join(fresh, 'server-key.pem'), join(dir, 'certs', 'server-key.pem'))
  await until(10_000, async () => instance.output().err.includes('"trust-files"'))
  assert.equal(await served(), first)
  copyFileSync(join(fresh, 'server.pem'), join(dir, 'certs', 'server.pem'))
  await until(10_000, async () => (await served()) !== first)
  assert.equal(await handshake('qwac', { rejectUnauthorized: false }), 'ok')
  assert.match(instance.output().err, /trust-files/)
})

test('where a certificate is optional the rules of the API decide, and say so in a problem document', async (t) => {
  const { call, token } = await bank(t, 'optional')
  const code = async (certificate: string | null): Promise<string> => {
    const answer = await call(certificate, token(certificate))
    return `${answer.status} ${answer.code ?? ''}`
  }
  assert.equal(await code('qwac'), '200 ')
  assert.equal(await code(null), '403 GH_GATEWAY_CERTIFICATE_MISSING')
  assert.equal(await code('self-signed'), '403 GH_GATEWAY_CERTIFICATE_UNTRUSTED')
  assert.equal(await code('qwac-foreign'), '403 GH_GATEWAY_CERTIFICATE_UNTRUSTED')
  assert.equal(await code('qwac-expired'), '403 GH_GATEWAY_CERTIFICATE_EXPIRED')
  assert.equal(await code('qwac-revoked'), '403 GH_GATEWAY_CERTIFICATE_REVOKED')
})

/** The certificate of a third party, as a proxy sends it on. */
function forwarded(
  certs: DevelopmentCertificates,
  name: string,
): Readonly<Record<'rfc' | 'envoy', string>> {
  const der = Buffer.from(readPem('CERTIFICATE', certs.pem(name))?.[0] ?? [])
  return {
    rfc: `:${der.toString('base64')}:`,
    envoy: `Cert="${encodeURIComponent(certs.pem(name))}"`,
  }
}

test('headers that name a certificate are believed of nobody who is not a proxy of this listener', async (t) => {
  const proxies = '    proxies: { certificates: [certs/proxy.pem], header: client-cert }\n'
  for (const { call, certs, token } of [
    await bank(t, 'optional'),
    await bank(t, 'optional', proxies),
  ]) {
    const { rfc, envoy } = forwarded(certs, 'qwac')
    for (const headers of [{ 'client-cert': rfc }, { 'x-forwarded-client-cert': envoy }]) {
      const without = await call(null, token('qwac'), { headers })
      assert.equal(`${without.status} ${without.code}`, '403 GH_GATEWAY_CERTIFICATE_MISSING')
      // Nor does it help, or harm, who has a certificate of their own.
      assert.equal(
        (await call('qwac-pis', token('qwac'), { headers })).code,
        'GH_GATEWAY_TOKEN_BINDING',
      )
      assert.equal(
        (
          await call('qwac', token('qwac'), {
            headers: { 'client-cert': forwarded(certs, 'qwac-pis').rfc },
          })
        ).status,
        200,
      )
    }
  }
})

test('behind a proxy that is named, the certificate in its header is judged as if it had come itself', async (t) => {
  const rig = await bank(
    t,
    'required',
    '    proxies: { certificates: [certs/proxy.pem], header: client-cert }\n',
  )
  const { call, certs, token, handshake } = rig
  const sent = async (name: string, bound = name): Promise<string> => {
    const headers = { 'client-cert': forwarded(certs, name).rfc }
    const { status, code } = await call('proxy', token(bound), { headers })
    return `${status} ${code ?? ''}`
  }
  assert.equal(await sent('qwac-ais'), '200 ')
  assert.equal(await sent('qwac-ais', 'qwac'), '401 GH_GATEWAY_TOKEN_BINDING')
  assert.equal(await sent('qwac-pis'), '403 GH_GATEWAY_CERTIFICATE_ROLE')
  assert.equal(await sent('qwac-expired'), '403 GH_GATEWAY_CERTIFICATE_EXPIRED')
  assert.equal(await sent('qwac-revoked'), '403 GH_GATEWAY_CERTIFICATE_REVOKED')
  assert.equal(await sent('qwac-foreign'), '403 GH_GATEWAY_CERTIFICATE_UNTRUSTED')
  // The proxy's own certificate is nobody's but the proxy's.
  const none = await call('proxy', token('proxy'))
  assert.equal(`${none.status} ${none.code}`, '403 GH_GATEWAY_CERTIFICATE_MISSING')
  const broken = await call('proxy', token('qwac'), { headers: { 'client-cert': 'x' } })
  assert.equal(`${broken.status} ${broken.code}`, '403 GH_GATEWAY_CERTIFICATE_UNTRUSTED')
  // The other kind of header is not the one that this proxy sends.
  const other = await call('proxy', token('qwac'), {
    headers: { 'x-forwarded-client-cert': forwarded(certs, 'qwac').envoy },
  })
  assert.equal(other.code, 'GH_GATEWAY_CERTIFICATE_MISSING')
  assert.notEqual(await handshake(null), 'ok')
})

test('behind Envoy the certificate is in x-forwarded-client-cert', async (t) => {
  const { call, certs, token } = await bank(
    t,
    'required',
    '    proxies: { certificates: [certs/proxy.pem], header: x-forwarded-client-cert }\n',
  )
  const headers = { 'x-forwarded-client-cert': forwarded(certs, 'qwac-ais').envoy }
  assert.equal((await call('proxy', token('qwac-ais'), { headers })).status, 200)
  const two = {
    'x-forwarded-client-cert': `${headers['x-forwarded-client-cert']},${headers['x-forwarded-client-cert']}`,
  }
  assert.equal(
    (await call('proxy', token('qwac-ais'), { headers: two })).code,
    'GH_GATEWAY_CERTIFICATE_UNTRUSTED',
  )
})

test('curl and openssl meet the same gateway', async (t) => {
  const { dir, instance, token, certs } = await bank(t)
  const curl = (certificate: string): Promise<string> =>
    run('curl', [
      '-sS',
      '-m',
      '10',
      '--cacert',
      certs.file('ca'),
      '--cert',
      certs.file(certificate),
      '--key',
      certs.file(`${certificate}-key`),
      '-H',
      `authorization: Bearer ${token(certificate)}`,
      '-o',
      join(dir, 'answer'),
      '-w',
      '%{http_code}',
      `https://127.0.0.1:${instance.port}${PATH}`,
    ]).then(
      ({ stdout }) => stdout,
      () => 'refused',
    )
  assert.equal(await curl('qwac'), '200')
  assert.equal(await curl('qwac-foreign'), 'refused')
  const { stdout, stderr } = await run(
    'openssl',
    [
      's_client',
      '-connect',
      `127.0.0.1:${instance.port}`,
      '-tls1_1',
      '-cipher',
      'ALL:@SECLEVEL=0',
      '-brief',
    ],
    { input: '' } as object,
  ).catch((error: { stdout: string; stderr: string }) => error)
  assert.match(`${stdout}${stderr}`, /alert protocol version/)
})

test('explain tells a third party what its certificate was worth', async (t) => {
  const { call, dir, token } = await bank(t)
  const answer = await call('qwac-pis', token('qwac-pis'))
  assert.equal(answer.code, 'GH_GATEWAY_CERTIFICATE_ROLE')
  const { out } = await gatehouse(['explain', answer.decision], { cwd: dir })
  assert.match(out, /PSDGB-FCA-123456; PSD2 roles: PSP_PI/)
  assert.match(out, /by trust store psd2, 1 authorities above it, not revoked/)
  assert.match(out, /token is bound to +certificate \S+, the one of the\s+connection/)
})

test('a stop lets go of TLS connections that never said a word', async (t) => {
  const { instance, certs } = await bank(t)
  const socket = connect({
    host: '127.0.0.1',
    port: instance.port,
    ca: certs.pem('ca'),
    cert: certs.pem('qwac'),
    key: certs.pem('qwac-key'),
  })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  const { code, ms } = await instance.stop()
  assert.equal(code, 0)
  assert.ok(ms < 60_000)
  socket.destroy()
})

test('when certificates end is a metric, and evidence that names no file of this machine', async (t) => {
  const { dir, instance } = await bank(t, 'required', 'monitoring: { listen: 127.0.0.1:0 }\n')
  const metrics = await (await fetch(`${String(instance.ready['monitoring'])}/metrics`)).text()
  for (const labels of ['use="listener",name="third-parties"', 'use="trust-store",name="psd2"']) {
    const line = metrics
      .split('\n')
      .find((one) => one.startsWith(`gatehouse_certificate_remaining_seconds{${labels}}`))
    const seconds = Number(line?.split(' ').at(-1))
    assert.ok(seconds > 89 * 86_400 && seconds < 91 * 86_400, line ?? metrics)
  }
  const listed = await gatehouse(['certs', 'list', '--config', dir, '--json'])
  const { certificates } = JSON.parse(listed.out) as {
    certificates: { use: string; daysLeft: number }[]
  } // sound: our own output
  assert.deepEqual(
    certificates.map(({ use }) => use).toSorted(),
    ['listener', 'trust-store'],
    listed.out,
  )
  const posture = await gatehouse(['posture', 'accounts', '--config', dir, '--json'])
  assert.match(posture.out, /none of 2 certificates ends within 30 days/)
})
