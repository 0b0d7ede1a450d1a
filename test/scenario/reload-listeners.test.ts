/** Addresses and trust stores that change under a gateway that serves: nothing under way is cut, and what fails leaves all as it was. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../support/development-certificates.ts'
import { freePort } from '../support/free-port.ts'
import { RawConnection } from '../support/raw-http.ts'
import { call, callOn, type GatewayProcess, until, up } from './gateway-process.ts'
import { MEADOW_FILES, type MeadowBank, meadowBank, PRODUCTS_SPEC } from './invented-bank.ts'
import { type Installation, installation, ISSUER_LINES } from './installation.ts'

const PRODUCTS = '/public/products'
const POTS = '/v2/pot-accounts'

interface Rig {
  readonly bank: MeadowBank
  readonly place: Installation
  readonly certs: DevelopmentCertificates
  readonly gateway: GatewayProcess
  readonly write: (listening: string) => void
  /** Exit status and what was said. */
  readonly reload: (listening: string) => Promise<{ readonly code: number; readonly err: string }>
}

async function rig(t: TestContext, listening: string): Promise<Rig> {
  const bank = await meadowBank(t)
  const certs = developmentCertificates(t)
  const config = (top: string): string => `${top}
${ISSUER_LINES}apis:
  - { name: products, spec: products.yaml, upstream: ${bank.origin}, template: open-data, issuers: [] }
  - { name: pots, spec: accounts.yaml, upstream: ${bank.origin}, template: ais }
`
  const place = installation(t, config(listening), {
    ...MEADOW_FILES,
    'products.yaml': PRODUCTS_SPEC,
  })
  cpSync(certs.dir, join(place.dir, 'certs'), { recursive: true })
  const gateway = await up(t, place)
  const write = (top: string): void => place.write('gatehouse.yaml', config(top))
  return {
    bank,
    place,
    certs,
    gateway,
    write,
    async reload(top) {
      write(top)
      const { code, err } = await place.run('reload', '--as', 'op')
      return { code, err }
    },
  }
}

const tls = (port: number, more = ''): string =>
  `  - { name: tls-${port}, listen: "127.0.0.1:${port}", certificate: certs/server.pem, key: { file: certs/server-key.pem }${more} }`
const NO_CLIENT = ', clientCertificate: none'
const STORE = 'trustStores: [{ name: psd2, anchors: [certs/ca.pem], revocation: none }]'

function overTls(port: number, options: ConnectionOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path: PRODUCTS, agent: false, ...options },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

test('an address moves: the new one serves, the old one is closed, and a request under way gets its answer', async (t) => {
  const [first, second] = [await freePort(), await freePort()]
  const { bank, place, reload, gateway } = await rig(t, `listen: 127.0.0.1:${first}`)
  const begun = new Promise<() => void>((resolve) => {
    bank.slow = resolve
  })
  const slow = new RawConnection(first)
  t.after(() => slow.destroy())
  const token = place.token({ scope: 'pots.read' })
  const answer = callOn(slow, { path: '/v2/slow-accounts', token })
  const finish = await begun
  const quiet = new RawConnection(first)
  t.after(() => quiet.destroy())
  assert.equal((await callOn(quiet, { path: PRODUCTS })).status, 200)

  const done = await reload(`listen: 127.0.0.1:${second}`)
  assert.equal(done.code, 0, done.err)
  assert.equal((await call({ port: second }, { path: PRODUCTS })).status, 200)
  await assert.rejects(call({ port: first }, { path: PRODUCTS }))
  const shown = JSON.parse((await place.run('status', '--json')).out) as { address: string }
  assert.equal(shown.address, `http://127.0.0.1:${second}`)
  finish()
  const { status, headers } = await answer
  assert.equal(status, 200)
  assert.equal(headers.get('connection'), 'close', 'it is told that this was the last')
  const { code, err } = await gateway.stop()
  assert.equal(code, 0, err)
})

test('listeners are added and taken away, and one that cannot be bound refuses everything', async (t) => {
  const [plain, one, two] = [await freePort(), await freePort(), await freePort()]
  const { reload, certs } = await rig(t, `listen: 127.0.0.1:${plain}`)
  const ca = certs.pem('ca')
  const both = `listen: 127.0.0.1:${plain}\nlisteners:\n${tls(one, NO_CLIENT)}\n${tls(two, NO_CLIENT)}`
  assert.equal((await reload(both)).code, 0)
  assert.equal(await overTls(one, { ca }), 200)
  assert.equal(await overTls(two, { ca }), 200)
  assert.equal((await call({ port: plain }, { path: PRODUCTS })).status, 200)

  const stranger = createServer().listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  t.after(() => stranger.close())
  const { port: taken } = stranger.address() as AddressInfo // sound: it listens on TCP
  const third = await freePort()
  const wrong = await reload(
    `listeners:\n${tls(third, NO_CLIENT)}\n${tls(taken, NO_CLIENT)}\n${tls(two, NO_CLIENT)}`,
  )
  assert.equal(wrong.code, 69)
  assert.match(wrong.err, new RegExp(`^GH_GATEWAY_LISTEN_FAILED [^]*127\\.0\\.0\\.1:${taken}`))
  assert.equal(await overTls(one, { ca }), 200, 'what was to go stays')
  assert.equal((await call({ port: plain }, { path: PRODUCTS })).status, 200)
  await assert.rejects(overTls(third, { ca }), 'what was bound before the failure is let go')

  assert.equal((await reload(`listeners:\n${tls(two, NO_CLIENT)}`)).code, 0)
  assert.equal(await overTls(two, { ca }), 200)
  await assert.rejects(overTls(one, { ca }))
  await assert.rejects(call({ port: plain }, { path: PRODUCTS }))
})

test('an address that stays is never closed for a moment, whatever changes about it', async (t) => {
  const port = await freePort()
  const { reload, certs } = await rig(t, `listeners:\n${tls(port, NO_CLIENT)}\n${STORE}`)
  const client = { ca: certs.pem('ca'), cert: certs.pem('qwac'), key: certs.pem('qwac-key') }
  const going = { busy: true }
  let served = 0
  const load = (async () => {
    while (going.busy) {
      assert.equal(await overTls(port, client), 200)
      served++
    }
  })()
  const strict = `listeners:\n${tls(port, ', trustStores: [psd2], minVersion: "1.3"')}\n${STORE}`
  for (const top of [strict, `listeners:\n${tls(port, NO_CLIENT)}\n${STORE}`, strict]) {
    const before = served
    const { code, err } = await reload(top)
    assert.equal(code, 0, err)
    await until(20_000, () => Promise.resolve(served > before + 3))
  }
  going.busy = false
  await load
  await assert.rejects(overTls(port, { ca: client.ca }), 'a certificate is required now')
  await assert.rejects(overTls(port, { ...client, maxVersion: 'TLSv1.2' }), 'and TLS 1.3')
})

test('trust stores change: who is no longer believed is refused on the connection that it holds', async (t) => {
  const port = await freePort()
  const listening = (store: string): string =>
    `listeners:\n${tls(port, ', trustStores: [psd2]')}\n${store}`
  const { reload, certs, place } = await rig(t, listening(STORE))
  const client = { ca: certs.pem('ca'), cert: certs.pem('qwac'), key: certs.pem('qwac-key') }
  const held = await handshake(t, port, client)
  const over = await handshake(t, port, client)
  assert.match(await ask(held, POTS), /GH_GATEWAY_(?!CERTIFICATE)/)

  place.write('certs/garbage.pem', 'hunter2')
  const wrong = await reload(listening(STORE.replace('certs/ca.pem', 'certs/garbage.pem')))
  assert.notEqual(wrong.code, 0)
  assert.match(wrong.err, /^GH_GATEWAY_TRUST_FILE /)
  assert.doesNotMatch(wrong.err, /hunter2/)
  assert.equal(await overTls(port, client), 200, 'all stays as it was')

  // Another authority under the same name: the listener is the same, its connections stay, and nobody of before is believed.
  const other = developmentCertificates(t)
  cpSync(other.dir, join(place.dir, 'others'), { recursive: true })
  const done = await reload(listening(STORE.replace('certs/ca.pem', 'others/ca.pem')))
  assert.equal(done.code, 0, done.err)
  await assert.rejects(overTls(port, client))
  assert.equal(
    await overTls(port, { ...client, cert: other.pem('qwac'), key: other.pem('qwac-key') }),
    200,
  )
  assert.match(await ask(over, PRODUCTS), /^HTTP\/1\.1 200|GH_GATEWAY_CERTIFICATE/)

  const gone = await reload(`listeners:\n${tls(port, NO_CLIENT)}`)
  assert.equal(gone.code, 0, gone.err)
  assert.equal(await overTls(port, { ca: client.ca }), 200)
})

async function handshake(
  t: TestContext,
  port: number,
  options: ConnectionOptions,
): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ...options })
  await once(socket, 'secureConnect')
  t.after(() => socket.destroy())
  return socket
}

/** Head and body of the answer, as they come in one piece or two. */
async function ask(socket: TLSSocket, path: string): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.write(`GET ${path} HTTP/1.1\r\nhost: api.bank.example\r\n\r\n`)
  while (!/\r\n\r\n[^]*\}|\r\n\r\n[^]*\]/.test(text)) await once(socket, 'data')
  return text
}
