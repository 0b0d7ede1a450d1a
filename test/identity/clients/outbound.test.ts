/** Where the authorization server may be sent by what a third party wrote (CWE-918): to nobody's own network, by no detour, with no packet. */
import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { outboundFetch } from '../../../src/app/identity/outbound-fetch.ts'
import { guardedLookup } from '../../../src/gateway/node/index.ts'
import { fetchKeys, guardedFetch, MAX_JWKS_BYTES } from '../../../src/identity/outbound.ts'
import { developmentCertificates } from '../../support/development-certificates.ts'
import { assertion, ISSUER, post, type TestClient } from '../client.ts'
import { holder, uk, world } from './third-party.ts'

const PRIVATE = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '::ffff:a9fe:a9fe',
  'fe80::1',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001::1',
]
/** Ways of writing some of them that a URL makes plain. */
const WRITTEN = [
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.1',
  '[::ffff:127.0.0.1]',
  '①②⑦.⓪.⓪.①',
]

interface Served {
  readonly port: number
  readonly ca: string
  connections: number
  requests: string[]
}

async function served(t: TestContext): Promise<Served> {
  const certs = developmentCertificates(t)
  const at: Served = { port: 0, ca: certs.pem('ca'), connections: 0, requests: [] }
  const server = createServer(
    { cert: certs.pem('server'), key: certs.pem('server-key') },
    (request, response) => {
      at.requests.push(`${request.method} ${request.url}`)
      switch (request.url) {
        case '/redirect':
          return response.writeHead(302, { location: '/keys' }).end()
        case '/large':
          return response.end('x'.repeat(300_000))
        case '/larger-than-keys':
          return response.end('x'.repeat(MAX_JWKS_BYTES + 1))
        case '/packed':
          return response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
        case '/missing':
          return response.writeHead(404).end('{"keys":[]}')
        case '/ping':
          return response.writeHead(204).end()
        default:
          return response.writeHead(200, { 'content-type': 'application/json' }).end('{"keys":[]}')
      }
    },
  )
  server.on('connection', () => at.connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return Object.assign(at, { port: (server.address() as AddressInfo).port }) // sound: it listens on TCP
}
/** Names that mean what a test says. */
const naming =
  (addresses: (host: string) => readonly string[]): typeof guardedLookup =>
  (_, may) =>
    guardedLookup(
      (host, __, done) =>
        done(
          null,
          addresses(host).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
      may,
    )
const refused = (error: unknown): boolean => /EGRESS_REFUSED|EgressRefused/.test(textOf(error))
const textOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.constructor.name} ${'code' in error ? String(error.code) : ''}`
    : ''

test('addresses of private networks, however they are written, get no packet', async (t) => {
  const at = await served(t)
  const ask = outboundFetch({ privateHosts: [], ca: at.ca })
  for (const address of [
    ...PRIVATE.map((one) => (one.includes(':') ? `[${one}]` : one)),
    ...WRITTEN,
  ]) {
    const url = `https://${address}:${at.port}/keys`
    await assert.rejects(ask(url, {}), refused, url)
  }
  assert.equal(at.connections, 0)
})

test('names that mean such an address, alone or among others, get no packet', async (t) => {
  const at = await served(t)
  for (const address of PRIVATE)
    for (const all of [[address], ['93.184.216.34', address], [address, '93.184.216.34']]) {
      const ask = outboundFetch({ privateHosts: [], ca: at.ca, lookup: naming(() => all) })
      await assert.rejects(ask(`https://keys.example:${at.port}/keys`, {}), refused, all.join())
    }
  for (const name of ['localhost', 'app.localhost', 'localhost.']) {
    const ask = outboundFetch({ privateHosts: [], ca: at.ca, lookup: naming(() => ['127.0.0.1']) })
    await assert.rejects(ask(`https://${name}:${at.port}/keys`, {}), refused, name)
  }
  assert.equal(at.connections, 0)
})

test('any address of a private IPv4 network is refused, and so is its form in IPv6', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom([10, 8], [127, 8], [169 * 256 + 254, 16], [192 * 256 + 168, 16]),
      fc.nat(0xffffffff),
      fc.boolean(),
      async ([network = 0, bits = 8], rest, mapped) => {
        const number = network * 2 ** (32 - bits) + (rest % 2 ** (32 - bits))
        const parts = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256)
        const plain = parts.join('.')
        const address = mapped ? `::ffff:${plain}` : plain
        const ask = outboundFetch({ privateHosts: [], lookup: naming(() => [address]) })
        await assert.rejects(ask('https://keys.example/', {}), refused, address)
      },
    ),
    { numRuns: Math.max(500, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0)) },
  ))

test('a name that means another address the second time is judged each time, and resolved once for each', async (t) => {
  const at = await served(t)
  const answers = ['127.0.0.1', '10.0.0.1', '127.0.0.1']
  let asked = 0
  const lookup: typeof guardedLookup = (_, may) =>
    guardedLookup(
      (__, ___, done) => {
        done(null, [{ address: answers[asked++] ?? '', family: 4 }])
      },
      may === undefined
        ? undefined
        : (_host, address) => may('keys.example', address) || asked === 1,
    )
  const ask = outboundFetch({ privateHosts: [], ca: at.ca, lookup })
  // The first time the test lets it through, as if the name had meant a public address: the certificate is of another name.
  await assert.rejects(ask(`https://keys.example:${at.port}/keys`, {}))
  assert.equal(asked, 1)
  for (const time of [2, 3]) {
    await assert.rejects(ask(`https://keys.example:${at.port}/keys`, {}), refused)
    assert.equal(asked, time)
  }
  assert.equal(at.connections, 1)
})

test('no redirect is followed, nothing is read that is too large or packed, and only https is asked', async (t) => {
  const at = await served(t)
  const ask = outboundFetch({ privateHosts: ['LOCALHOST'], ca: at.ca })
  const url = (path: string): string => `https://localhost:${at.port}${path}`
  assert.equal(await fetchKeys(ask, url('/keys')), '{"keys":[]}')
  for (const path of ['/redirect', '/large', '/larger-than-keys', '/packed', '/missing'])
    await assert.rejects(fetchKeys(ask, url(path)), path)
  assert.deepEqual(
    at.requests.filter((one) => one.endsWith('/keys')),
    ['GET /keys'],
    'the redirect led nowhere',
  )
  const ping = await ask(url('/ping'), { method: 'POST', body: '{"auth_req_id":"1"}' })
  assert.equal(ping.status, 204)
  const before = at.connections
  for (const wrong of [
    `http://localhost:${at.port}/keys`,
    `https://user:secret@localhost:${at.port}/keys`,
    'file:///etc/passwd',
    'data:application/json,{"keys":[]}',
    'gopher://localhost/',
  ])
    await assert.rejects(guardedFetch(ask)(wrong, {}), wrong)
  assert.equal(at.connections, before)
})

test('a client whose keys would be in a private network is not known, and nothing is asked', async (t) => {
  const at = await served(t)
  const ask = outboundFetch({
    privateHosts: [],
    ca: at.ca,
    lookup: naming(() => ['169.254.169.254']),
  })
  const asked: string[] = []
  const server = await world(t, {
    fetch: (url) => {
      asked.push(String(url))
      return ask(url, {})
    },
  })
  const jwksUri = `https://keys.example:${at.port}/keys`
  const statement = await server.statement({
    software_jwks: undefined,
    software_jwks_endpoint: jwksUri,
  })
  const request = { ...(await uk(server)), software_statement: statement }
  const signed = await server.send(holder(), 'POST', '/register', await server.signed(request))
  assert.equal(signed.body['error'], 'invalid_software_statement')
  assert.doesNotMatch(JSON.stringify(signed.body), /169\.254|EGRESS|refused/)

  const made = await server.send(holder(), 'POST', '/register', request)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal(made.body['jwks_uri'], jwksUri)
  const client: TestClient = {
    metadata: { client_id: String(made.body['client_id']) },
    key: server.software,
    algorithm: 'PS256',
    proofKey: server.software,
    certificate: undefined,
  }
  const form = { grant_type: 'client_credentials', scope: 'accounts' }
  const refusedToken = await post(server.ask, client, '/token', form, {
    assertion: await assertion(client),
  })
  assert.ok([400, 401].includes(refusedToken.status), String(refusedToken.status))
  assert.doesNotMatch(JSON.stringify(refusedToken.body), /169\.254|EGRESS/)
  assert.deepEqual([...new Set(asked)], [jwksUri])
  assert.equal(at.connections, 0)
})

test('no other address of a client is asked at all', async (t) => {
  const asked: string[] = []
  const server = await world(t, {
    fetch: (url) => {
      asked.push(String(url))
      return Promise.reject(new TypeError('nothing is asked'))
    },
  })
  const evil = 'https://evil.example/x'
  const members = {
    logo_uri: evil,
    client_uri: evil,
    policy_uri: evil,
    tos_uri: evil,
    backchannel_logout_uri: evil,
    backchannel_client_notification_endpoint: evil,
  }
  const made = await server.send(holder(), 'POST', '/register', {
    ...(await uk(server)),
    ...members,
  })
  assert.equal(made.status, 201)
  for (const name of Object.keys(members)) assert.ok(!Object.hasOwn(made.body, name), name)
  const client: TestClient = {
    metadata: { client_id: String(made.body['client_id']) },
    key: server.software,
    algorithm: 'PS256',
    proofKey: server.software,
    certificate: undefined,
  }
  const pushed = await post(server.ask, client, '/par', {
    client_id: client.metadata.client_id,
    request_uri: evil,
  })
  assert.equal(pushed.status, 400)
  const form = new URLSearchParams({ client_id: client.metadata.client_id, request_uri: evil })
  const shown = await server.ask(`/authorize?${form}`)
  assert.ok(shown.status >= 300)
  assert.deepEqual(asked, [])
  assert.ok(ISSUER.startsWith('https:'))
})
