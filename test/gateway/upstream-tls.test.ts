/** The bank API over TLS: whose certificate nobody vouches for, or which is another's, hears nothing of a request. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { test, type TestContext } from 'node:test'
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { gatewayRig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const pem = (name: string): string =>
  readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), 'utf8')
const BODY = '{"Data":{"Account":[]}}'

/** A bank with the certificate `name`; its origin, and what it heard. */
async function bank(t: TestContext, name: string): Promise<{ origin: string; heard: string[] }> {
  const heard: string[] = []
  const server = createServer({ cert: pem(name), key: pem(`${name}-key`) }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      heard.push(chunk.toString('latin1'))
      socket.write(jsonAnswer(BODY))
    })
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo // sound: listening on TCP
  return { origin: `https://127.0.0.1:${port}`, heard }
}

function trust(t: TestContext, ...certificates: readonly string[]): void {
  const usual = getCACertificates('default')
  setDefaultCACertificates([...usual, ...certificates])
  t.after(() => setDefaultCACertificates(usual))
}

test('a bank whose certificate names it is called, on one connection', async (t) => {
  trust(t, pem('bank'))
  const { origin, heard } = await bank(t, 'bank')
  const rig = await gatewayRig(t, { upstream: origin })
  for (let round = 0; round < 3; round++) {
    const answer = await rig.call('/aisp/accounts')
    assert.equal(answer.status, 200, answer.body)
    assert.equal(answer.body, BODY)
  }
  assert.equal(heard.length, 3)
})

test('a bank that nobody vouches for hears nothing', async (t) => {
  const { origin, heard } = await bank(t, 'bank')
  const rig = await gatewayRig(t, { upstream: origin })
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 502)
  assert.match(answer.body, /GH_GATEWAY_UPSTREAM_UNTRUSTED/)
  assert.deepEqual(heard, [])
})

test('a bank with the certificate of another hears nothing', async (t) => {
  trust(t, pem('other'))
  const { origin, heard } = await bank(t, 'other')
  const rig = await gatewayRig(t, { upstream: origin })
  const answer = await rig.call('/aisp/accounts')
  assert.match(answer.body, /GH_GATEWAY_UPSTREAM_UNTRUSTED/)
  assert.deepEqual(heard, [])
})

test('a bank that does not answer the handshake is a time-out at its limit', async (t) => {
  const server = createTcpServer((socket) => socket.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  const connected = once(server, 'connection')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo // sound: listening on TCP
  const rig = await gatewayRig(t, { upstream: `https://127.0.0.1:${port}`, patienceMs: 300 })
  const answer = rig.call('/aisp/accounts')
  await connected
  rig.clock.advance(299)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(rig.sink.access.length, 0)
  rig.clock.advance(1)
  assert.equal((await answer).status, 504)
})
