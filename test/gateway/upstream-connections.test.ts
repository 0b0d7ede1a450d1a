/** Connections to the bank API and what could go wrong on them: answers nobody asked for, races with a bank that hangs up, limits. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { MAX_ANSWER_HEAD_BYTES } from '../../src/gateway/node/answer-head.ts'
import { MAX_INTERIM_ANSWERS } from '../../src/gateway/node/upstream-connection.ts'
import { until } from '../support/until.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const data = (currency: string): unknown => ({
  Data: { Account: [{ AccountId: 'A1', Currency: currency }] },
})
const OURS = JSON.stringify(data('GBP'))
const THEIRS = data('USD')

/** Connections that the bank saw, in order. */
function connections(rig: Rig): Socket[] {
  const seen: Socket[] = []
  const { script } = rig.upstream
  rig.upstream.script = (request, socket) => {
    if (!seen.includes(socket)) seen.push(socket)
    script(request, socket)
  }
  return seen
}

test('a connection is used again, and only after a whole answer', async (t) => {
  const rig = await gatewayRig(t)
  const seen = connections(rig)
  for (let round = 0; round < 5; round++)
    assert.equal((await rig.call('/aisp/accounts')).status, 200)
  assert.equal(seen.length, 1)
})

test('an answer that comes before its question is nobody’s', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(OURS))
  assert.equal((await rig.call('/aisp/accounts')).body, OURS)
  const [idle] = rig.upstream.sockets
  idle?.write(jsonAnswer(THEIRS))
  await until(() => idle?.destroyed === true)
  const seen = connections(rig)
  assert.equal((await rig.call('/aisp/accounts')).body, OURS)
  assert.notEqual(seen[0], idle)
})

test('a bank that speaks first is not believed', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.connected = (socket) => socket.write(jsonAnswer(THEIRS))
  rig.upstream.script = () => {}
  const answer = await rig.call('/aisp/accounts')
  // Its bytes may be read before or after ours are written; where they were read first, the connection is not used.
  assert.ok(answer.status === 502 || answer.body === JSON.stringify(THEIRS), answer.body)
  rig.upstream.connected = () => {}
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(OURS))
  assert.equal((await rig.call('/aisp/accounts')).body, OURS, 'and the next caller has his own')
})

const SMUGGLED: readonly (readonly [name: string, after: string])[] = [
  ['a second answer', jsonAnswer(THEIRS)],
  ['the beginning of one', 'HTTP/1.1 200 OK\r\n'],
  ['an empty line', '\r\n'],
  ['one byte', '\0'],
]
for (const [name, after] of SMUGGLED)
  for (const chunked of [false, true])
    test(`after ${chunked ? 'the last chunk' : 'the length'}, ${name} ends the connection`, async (t) => {
      const rig = await gatewayRig(t)
      const whole = chunked
        ? `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${OURS.length.toString(16)}\r\n${OURS}\r\n0\r\n\r\n`
        : jsonAnswer(OURS)
      rig.upstream.script = (_request, socket) => socket.write(whole + after)
      const seen = connections(rig)
      for (let round = 0; round < 3; round++)
        assert.equal((await rig.call('/aisp/accounts')).body, OURS)
      assert.equal(seen.length, 3)
    })

for (const [name, head] of [
  ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n'],
  [
    'interim answers without end',
    'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(MAX_INTERIM_ANSWERS + 1),
  ],
  ['bare line feeds', 'HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: 2\n\n{}'],
  [
    'a folded header',
    'HTTP/1.1 200 OK\r\ncontent-type:\r\n application/json\r\ncontent-length: 2\r\n\r\n{}',
  ],
  ['an interim answer with a length that lies', 'HTTP/1.1 103 X\r\ncontent-length: 5, 5\r\n\r\n'],
] as const)
  test(`${name}: refused at once`, async (t) => {
    const rig = await gatewayRig(t)
    rig.upstream.script = (_request, socket) => socket.write(head)
    const answer = await rig.call('/aisp/accounts')
    assert.equal(answer.status, 502, answer.body)
    assert.match(answer.body, /GH_GATEWAY_RESPONSE_REFUSED/)
    await until(() => rig.upstream.sockets.every((socket) => socket.destroyed))
  })

test('as many interim answers as are allowed are none too many', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) =>
    socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(MAX_INTERIM_ANSWERS) + jsonAnswer(OURS))
  for (let round = 0; round < 2; round++)
    assert.equal((await rig.call('/aisp/accounts')).body, OURS)
})

test('the head may be as long as it may be, and not a byte longer, in one piece or in many', async (t) => {
  const rig = await gatewayRig(t)
  const start = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${OURS.length}\r\nx-pad: `
  for (const [bytes, status] of [
    [MAX_ANSWER_HEAD_BYTES, 200],
    [MAX_ANSWER_HEAD_BYTES + 1, 502],
  ] as const)
    for (const pieces of [1, 2]) {
      const head = `${start}${'x'.repeat(bytes - start.length - 4)}\r\n\r\n`
      rig.upstream.script = (_request, socket) => {
        const cut = pieces === 1 ? 0 : 9_000
        if (cut > 0) socket.write(head.slice(0, cut))
        setTimeout(() => socket.write(head.slice(cut) + OURS), cut > 0 ? 20 : 0)
      }
      assert.equal((await rig.call('/aisp/accounts')).status, status, `${bytes} in ${pieces}`)
    }
})

test('an answer that comes byte by byte is the same answer', async (t) => {
  const rig = await gatewayRig(t)
  const chunked = `HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\n${OURS.slice(0, 3)}\r\n${(OURS.length - 3).toString(16)}\r\n${OURS.slice(3)}\r\n0\r\nx-t: 1\r\n\r\n`
  rig.upstream.script = (_request, socket) => {
    const bytes = [...chunked]
    const next = (): void => {
      const byte = bytes.shift()
      if (byte !== undefined) socket.write(byte, () => setImmediate(next))
    }
    next()
  }
  const seen = connections(rig)
  for (let round = 0; round < 2; round++)
    assert.equal((await rig.call('/aisp/accounts')).body, OURS)
  assert.equal(seen.length, 1)
})

test('a head that comes in drops is a time-out, however regular they are', async (t) => {
  const rig = await gatewayRig(t, { patienceMs: 300 })
  rig.upstream.script = (_request, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-a')
    setTimeout(() => {
      rig.clock.advance(601)
      socket.write(': 1\r\nx')
    }, 20)
  }
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 504)
  assert.match(answer.body, /GH_GATEWAY_UPSTREAM_TIMEOUT/)
})

test('a body up to the end of the connection is whole when it ends, and broken when it breaks', async (t) => {
  const rig = await gatewayRig(t)
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n'
  rig.upstream.script = (_request, socket) => socket.end(head + OURS)
  assert.equal((await rig.call('/aisp/accounts')).body, OURS)
  rig.upstream.script = (_request, socket) =>
    socket.write(head + OURS, () => setTimeout(() => socket.resetAndDestroy(), 20))
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 502)
  assert.match(answer.body, /GH_GATEWAY_RESPONSE_REFUSED/)
})

for (const [name, lines] of [
  ['connection: close', 'connection: close\r\n'],
  ['close among others', 'connection: x-a, Close\r\n'],
  ['a keep-alive of one second', 'keep-alive: timeout=1\r\n'],
] as const)
  test(`a bank that says ${name} is called on a new connection`, async (t) => {
    const rig = await gatewayRig(t)
    rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(OURS, lines))
    const seen = connections(rig)
    for (let round = 0; round < 2; round++)
      assert.equal((await rig.call('/aisp/accounts')).body, OURS)
    assert.equal(seen.length, 2)
  })

test('an idle connection is closed within four seconds, one that the bank keeps shorter sooner', async (t) => {
  for (const [lines, ms] of [
    ['', 4_000],
    ['keep-alive: timeout=60\r\n', 4_000],
    ['keep-alive: timeout=3\r\n', 2_000],
  ] as const) {
    const rig = await gatewayRig(t)
    rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(OURS, lines))
    await rig.call('/aisp/accounts')
    const [socket] = rig.upstream.sockets
    assert.ok(socket)
    rig.clock.advance(ms - 1_001)
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(socket.destroyed, false)
    rig.clock.advance(1_001)
    await until(() => socket.destroyed)
  }
})

const NOTE = { method: 'POST', body: '{"Text":"a"}', headers: ['Content-Type: application/json'] }

test('a read that meets a connection on its way out is sent once more, on a new one', async (t) => {
  const rig = await gatewayRig(t)
  await rig.call('/aisp/accounts')
  rig.upstream.script = (_request, socket) => {
    if (rig.upstream.seen.length === 2) socket.destroy()
    else socket.write(jsonAnswer(OURS))
  }
  assert.equal((await rig.call('/aisp/accounts')).body, OURS)
  assert.equal(rig.upstream.seen.length, 3)
  assert.equal(rig.sink.access.length, 2)
})

test('a read is sent no third time', async (t) => {
  const rig = await gatewayRig(t)
  await rig.call('/aisp/accounts')
  rig.upstream.script = (_request, socket) => socket.resetAndDestroy()
  assert.match((await rig.call('/aisp/accounts')).body, /GH_GATEWAY_UPSTREAM_UNREACHABLE/)
  assert.equal(rig.upstream.seen.length, 3)
})

test('a write is sent once, whatever becomes of it', async (t) => {
  const rig = await gatewayRig(t)
  await rig.call('/aisp/accounts')
  rig.upstream.script = (_request, socket) => socket.destroy()
  const answer = await rig.call('/aisp/accounts/A1/notes', NOTE)
  assert.match(answer.body, /GH_GATEWAY_UPSTREAM_UNREACHABLE/)
  assert.equal(rig.upstream.seen.length, 2)
})

test('a read whose answer has begun is not sent again', async (t) => {
  const rig = await gatewayRig(t)
  await rig.call('/aisp/accounts')
  for (const begun of ['H', 'HTTP/1.1 103 X\r\n\r\n', 'HTTP/1.1 200 OK\r\n']) {
    const before = rig.upstream.seen.length
    rig.upstream.script = (_request, socket) => socket.end(begun)
    assert.match((await rig.call('/aisp/accounts')).body, /GH_GATEWAY_RESPONSE_REFUSED/)
    assert.equal(rig.upstream.seen.length, before + 1)
    rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(OURS))
    await rig.call('/aisp/accounts')
  }
})

test('beyond the connections of an upstream requests wait, and those whose client left are not sent', async (t) => {
  const rig = await gatewayRig(t, { limits: { upstreamConnections: 1 } })
  const held: Socket[] = []
  rig.upstream.script = (_request, socket) => held.push(socket)
  const text = `GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`
  const clients = [rig.connect(), rig.connect(), rig.connect()]
  for (const client of clients) {
    client.send(text)
    await until(() => client.socket.bytesWritten === text.length)
  }
  await until(() => held.length === 1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(rig.upstream.seen.length, 1)
  clients[1]?.destroy()
  await until(() => rig.sink.access.length === 1)
  held[0]?.write(jsonAnswer(OURS))
  assert.equal((await clients[0]?.answer())?.body, OURS)
  await until(() => held.length === 2)
  held[1]?.write(jsonAnswer(OURS))
  assert.equal((await clients[2]?.answer())?.body, OURS)
  assert.equal(rig.upstream.seen.length, 2)
  assert.equal(held[0], held[1])
})

test('fifty requests at once each get their own answer', async (t) => {
  const rig = await gatewayRig(t, { limits: { upstreamConnections: 7 } })
  rig.upstream.script = (request, socket) => {
    const id = request.header('x-fapi-interaction-id') ?? ''
    const answer = jsonAnswer({ Data: { Account: [{ AccountId: 'A1', Nickname: id }] } })
    setTimeout(() => socket.write(answer), id.charCodeAt(35) % 7)
  }
  const ids = Array.from({ length: 50 }, () => crypto.randomUUID())
  const answers = await Promise.all(
    ids.map((id) => rig.call('/aisp/accounts', { headers: [`x-fapi-interaction-id: ${id}`] })),
  )
  for (const [at, answer] of answers.entries()) {
    assert.equal(answer.status, 200, answer.body)
    assert.ok(answer.body.includes(ids[at] ?? '?'))
  }
})

test('a second answer is not given to the request that waits for the connection', async (t) => {
  const rig = await gatewayRig(t, { limits: { upstreamConnections: 1 } })
  const held: Socket[] = []
  rig.upstream.script = (_request, socket) => held.push(socket)
  const first = rig.call('/aisp/accounts')
  await until(() => held.length === 1)
  const second = rig.call('/aisp/accounts')
  // Both have been dispatched when a third, which needs no bank, has its answer.
  assert.equal((await rig.call('/aisp/nothing')).status, 404)
  held[0]?.write(jsonAnswer(OURS) + jsonAnswer(THEIRS))
  assert.equal((await first).body, OURS)
  await until(() => held.length === 2)
  assert.notEqual(held[0], held[1])
  held[1]?.write(jsonAnswer(OURS))
  assert.equal((await second).body, OURS)
})
