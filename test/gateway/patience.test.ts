/** What a bank API that never ends, or a client that never reads, can hold: a number of requests, of bytes and of milliseconds. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { ConsentRecord } from '../../src/feed/index.ts'
import { until } from '../support/until.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
const text = (rig: Rig, path = '/aisp/accounts'): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`

test('an upstream that hangs may hold so many requests, and no more', async (t) => {
  const rig = await gatewayRig(t, { limits: { maxPerUpstream: 2 } })
  const waiting: Socket[] = []
  rig.upstream.script = (_request, socket) => waiting.push(socket)
  const held = [rig.connect(), rig.connect()]
  for (const connection of held) connection.send(text(rig))
  await until(() => waiting.length === 2)
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 503)
  assert.match(answer.body, /GH_GATEWAY_OVERLOADED/)
  assert.equal(answer.headers.get('retry-after'), '1')
  assert.equal(rig.sink.access.at(-1)?.outcome, 'failed')
  // One is answered and one leaves: both places are free again.
  waiting[0]?.write(jsonAnswer({ Data: {} }))
  assert.equal((await held[0]?.answer())?.status, 200)
  held[1]?.destroy()
  await until(() => waiting.every((socket, at) => at === 0 || socket.destroyed))
  for (const connection of [rig.connect(), rig.connect()]) connection.send(text(rig))
  await until(() => waiting.length === 4)
})

test('answers in memory are bounded over all requests, to the byte', async (t) => {
  const body = JSON.stringify({ Data: { Account: [{ AccountId: 'A1' }] } })
  const rig = await gatewayRig(t, { limits: { maxHeldBytes: body.length } })
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(body))
  for (let round = 0; round < 3; round++)
    assert.equal((await rig.call('/aisp/accounts')).status, 200, 'given back each time')
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(`${body} `))
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 503)
  assert.match(answer.body, /GH_GATEWAY_OVERLOADED/)
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(body))
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
})

test('a client that does not take its answer is cut after a minute, and not before', async (t) => {
  const rig = await gatewayRig(t, { maxResponseBytes: 8_388_608 })
  const row = '{"AccountId":"A1"}'
  const body = `{"Data":{"Account":[${`${row},`.repeat(400_000)}${row}]}}`
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(body))
  const connection = rig.connect()
  let closed = false
  connection.socket.on('close', () => {
    closed = true
  })
  connection.socket.pause()
  connection.send(text(rig))
  await until(() => rig.sink.access.length === 1)
  const upstream = await rig.call('/aisp/accounts/A9')
  assert.equal(upstream.status, 403, 'others are served meanwhile')
  rig.clock.advance(59_999)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(closed, false)
  rig.clock.advance(1)
  connection.socket.resume()
  await connection.closed()
  assert.equal(await connection.answer(), undefined, 'what was sent is not the whole answer')
})

test('a client that takes its answer keeps its connection', async (t) => {
  const rig = await gatewayRig(t)
  const connection = rig.connect()
  for (let round = 0; round < 3; round++) {
    connection.send(text(rig))
    assert.equal((await connection.answer())?.status, 200)
    rig.clock.advance(61_000)
  }
})

test('a file that nobody takes does not hold its upstream connection for ever', async (t) => {
  const rig = await gatewayRig(t)
  let upstream: Socket | undefined
  rig.upstream.script = (_request, socket) => {
    upstream = socket
    socket.write(
      'HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 900\r\n\r\nabc',
    )
  }
  const connection = rig.connect()
  connection.send(text(rig, '/aisp/accounts/A1/file'))
  await until(() => rig.sink.access.length === 1)
  await new Promise((resolve) => setImmediate(resolve))
  rig.clock.advance(60_000)
  await connection.closed()
  await until(() => upstream?.destroyed === true)
})

test('a body that comes drop by drop is a time-out, however regular the drops', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  let late = 0
  rig.upstream.script = (_request, socket) => {
    socket.write(HEAD + chunk('{"Data":'))
    // The limits of the plan: 300 ms each to connect, to the head, and for the body.
    setTimeout(() => {
      rig.clock.advance(900 + late)
      socket.write(chunk('{"Account":[]}'))
      setTimeout(() => socket.write(`${chunk('}')}0\r\n\r\n`), 20)
    }, 20)
  }
  assert.equal((await rig.call('/aisp/accounts')).status, 200, 'at the limit')
  late = 1
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 504)
  assert.match(answer.body, /GH_GATEWAY_UPSTREAM_TIMEOUT/)
})

test('interim answers do not put the end of the head off', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  rig.upstream.script = (_request, socket) => {
    socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
    setTimeout(() => {
      rig.clock.advance(601)
      socket.write(`HTTP/1.1 103 Early Hints\r\n\r\n${jsonAnswer({ Data: {} })}`)
    }, 20)
  }
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 504)
  assert.match(answer.body, /GH_GATEWAY_UPSTREAM_TIMEOUT/)
})

test('a client that floods a bank that hangs leaves room for those who come after it', async (t) => {
  const rig = await gatewayRig(t, { limits: { maxPerUpstream: 8 } })
  rig.feed.addClient('tpp-b')
  const waiting: Socket[] = []
  rig.upstream.script = (_request, socket) => waiting.push(socket)
  for (let at = 0; at < 6; at++) rig.connect().send(text(rig))
  await until(() => waiting.length === 6)
  const shed = await rig.call('/aisp/accounts')
  assert.equal(shed.status, 503)
  assert.match(shed.body, /GH_GATEWAY_CLIENT_SHARE/)
  assert.equal(shed.headers.get('retry-after'), '1')
  const event = rig.sink.access.at(-1)
  assert.deepEqual(
    [event?.client, event?.code, event?.outcome],
    ['tpp-a', 'GH_GATEWAY_CLIENT_SHARE', 'failed'],
    'the event says who was shed, and why',
  )
  rig.feed.addConsent('consent-b', { client: 'tpp-b' as ConsentRecord['client'] }) // sound: a test's own id
  const other = rig.token({ client_id: 'tpp-b', consent_id: 'consent-b' })
  for (let at = 0; at < 2; at++)
    rig
      .connect()
      .send(`GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${other}\r\n\r\n`)
  await until(() => waiting.length === 8)
  const full = await rig.call('/aisp/accounts', { token: other })
  assert.match(full.body, /GH_GATEWAY_OVERLOADED/)
})
