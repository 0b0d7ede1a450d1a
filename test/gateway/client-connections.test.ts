/** One connection of a client: persistence, versions, bodies in any shape, patience, and what is sent when nobody asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../support/until.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const NOTES = '/aisp/accounts/A1/notes'
const head = (rig: Rig, line: string, ...fields: readonly string[]): string =>
  [line, 'Host: a', `Authorization: Bearer ${rig.token()}`, ...fields, '', ''].join('\r\n')
const get = (rig: Rig, ...fields: readonly string[]): string =>
  head(rig, 'GET /aisp/accounts HTTP/1.1', ...fields)
const post = (rig: Rig, ...fields: readonly string[]): string =>
  head(rig, `POST ${NOTES} HTTP/1.1`, 'Content-Type: application/json', ...fields)
const BODY = '{"Text":"x"}'

test('an answer carries the date, its length and how long the connection stays', async (t) => {
  const rig = await gatewayRig(t, { now: Date.UTC(2026, 10, 29, 1, 2, 3) })
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.headers.get('date'), 'Sun, 29 Nov 2026 01:02:03 GMT')
  assert.equal(answer.headers.get('connection'), 'keep-alive')
  assert.equal(answer.headers.get('keep-alive'), 'timeout=65')
  assert.equal(answer.headers.get('content-length'), String(answer.body.length))
})

const PERSISTENCE: readonly (readonly [
  name: string,
  line: string,
  field: string,
  stays: boolean,
])[] = [
  ['HTTP/1.1', 'GET /aisp/accounts HTTP/1.1', 'X-A: 1', true],
  ['HTTP/1.1 with close', 'GET /aisp/accounts HTTP/1.1', 'Connection: x, Close', false],
  ['HTTP/1.0', 'GET /aisp/accounts HTTP/1.0', 'X-A: 1', false],
  ['HTTP/1.0 with keep-alive', 'GET /aisp/accounts HTTP/1.0', 'Connection: Keep-Alive', true],
]
for (const [name, line, field, stays] of PERSISTENCE)
  test(`persistence: ${name} ${stays ? 'stays' : 'ends'}`, async (t) => {
    const rig = await gatewayRig(t)
    const connection = rig.connect()
    connection.send(head(rig, line, field))
    const answer = await connection.answer()
    assert.equal(answer?.status, 200)
    assert.equal(answer.headers.get('connection'), stays ? 'keep-alive' : 'close')
    if (!stays) return connection.closed()
    connection.send(get(rig))
    assert.equal((await connection.answer())?.status, 200)
  })

test('requests are answered in order however their bytes are cut, bodies among them', async (t) => {
  const rig = await gatewayRig(t)
  const bytes = [
    get(rig),
    post(rig, `Content-Length: ${BODY.length}`) + BODY,
    `\r\n${head(rig, 'GET /aisp/unknown HTTP/1.1')}`,
    `${post(rig, 'Transfer-Encoding: chunked')}5;a=b\r\n${BODY.slice(0, 5)}\r\n7\r\n${BODY.slice(5)}\r\n0\r\nX-T: 1\r\n\r\n`,
    get(rig),
  ].join('')
  rig.upstream.script = (request, socket) =>
    socket.write(
      request.line.startsWith('GET') ? jsonAnswer({ Data: {} }) : 'HTTP/1.1 204 No Content\r\n\r\n',
    )
  for (const size of [1, 7, 100, 1_000, bytes.length]) {
    const connection = rig.connect()
    for (let at = 0; at < bytes.length; at += size) {
      connection.send(bytes.slice(at, at + size))
      if (size < 100) await new Promise((resolve) => setImmediate(resolve))
    }
    const statuses = []
    for (let at = 0; at < 5; at++) statuses.push((await connection.answer())?.status)
    assert.deepEqual(statuses, [200, 204, 404, 204, 200], `pieces of ${size}`)
    const bodies = rig.upstream.seen.splice(0).map(({ body }) => body)
    assert.deepEqual(bodies, ['', BODY, BODY, ''], `pieces of ${size}`)
    connection.destroy()
  }
})

test('a client that sends far ahead waits, and loses nothing', async (t) => {
  const rig = await gatewayRig(t)
  const connection = rig.connect()
  const one = get(rig, `X-Pad: ${'x'.repeat(8_000)}`)
  for (let at = 0; at < 40; at++) connection.send(one)
  for (let at = 0; at < 40; at++) assert.equal((await connection.answer())?.status, 200, String(at))
  assert.equal(rig.sink.access.length, 40)
})

test('who waits for `100 Continue` gets it when the body is wanted, and a refusal when it is not', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  const connection = rig.connect()
  let heard = ''
  connection.socket.on('data', (chunk) => (heard += chunk.toString('latin1')))
  connection.send(post(rig, `Content-Length: ${BODY.length}`, 'Expect: 100-continue'))
  await until(() => heard.includes('\r\n\r\n'))
  assert.equal(heard, 'HTTP/1.1 100 Continue\r\n\r\n')
  connection.send(BODY)
  await until(() => heard.includes(' 204 '))
  const other = rig.connect()
  other.send(
    `POST ${NOTES} HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n`,
  )
  const answer = await other.answer()
  assert.equal(answer?.status, 401)
  assert.equal(answer.headers.get('connection'), 'close')
  await other.closed()
})

test('a body that is larger than allowed is 413, announced or not, and ends the connection', async (t) => {
  const rig = await gatewayRig(t)
  const large = 'x'.repeat(70_000)
  for (const text of [
    post(rig, 'Content-Length: 9999999'),
    `${post(rig, 'Transfer-Encoding: chunked')}${`1000\r\n${large.slice(0, 4_096)}\r\n`.repeat(600)}`,
  ]) {
    const connection = rig.connect()
    connection.send(text)
    const answer = await connection.answer()
    assert.equal(answer?.status, 413)
    assert.match(answer.body, /GH_GATEWAY_BODY_TOO_LARGE/)
    assert.equal(answer.headers.get('connection'), 'close')
    connection.destroy()
  }
  assert.equal(rig.upstream.seen.length, 0)
})

test('chunks that are none are 400, with an event, and nothing reaches the bank', async (t) => {
  const rig = await gatewayRig(t)
  for (const chunks of [
    '5\nhello',
    '-1\r\n',
    '5\r\nhelloX\r\n',
    '5 \r\n',
    'fffffffff\r\n',
    '0x5\r\n',
  ]) {
    const connection = rig.connect()
    connection.send(post(rig, 'Transfer-Encoding: chunked') + chunks)
    const answer = await connection.answer()
    assert.equal(answer?.status, 400, JSON.stringify(chunks))
    assert.match(answer.body, /GH_GATEWAY_REQUEST_MALFORMED/)
    await connection.closed()
  }
  assert.equal(rig.sink.access.length, 6)
  assert.equal(rig.upstream.seen.length, 0)
})

test('a body that does not come in time is 408, with one event', async (t) => {
  const rig = await gatewayRig(t)
  const connection = rig.connect()
  connection.send(get(rig) + post(rig, 'Content-Length: 12') + BODY.slice(0, 5))
  assert.equal((await connection.answer())?.status, 200)
  rig.clock.advance(29_000)
  assert.equal(rig.sink.access.length, 1)
  rig.clock.advance(3_000)
  const answer = await connection.answer()
  assert.equal(answer?.status, 408)
  assert.match(answer.body, /GH_GATEWAY_REQUEST_TIMEOUT/)
  await connection.closed()
  assert.deepEqual(
    rig.sink.appended.map(({ event }) => ('code' in event ? event.code : undefined)),
    [null, 'GH_GATEWAY_REQUEST_TIMEOUT'],
  )
})

test('a head that comes drop by drop is late all the same', async (t) => {
  const rig = await gatewayRig(t)
  const connection = rig.connect()
  connection.send(`${get(rig)}GET /aisp/acc`)
  assert.equal((await connection.answer())?.status, 200)
  for (let second = 0; second < 9; second++) {
    rig.clock.advance(1_000)
    connection.send('o')
    await new Promise((resolve) => setImmediate(resolve))
  }
  rig.clock.advance(3_000)
  assert.equal((await connection.answer())?.status, 408)
  await connection.closed()
})

test('a quiet connection is let go after 65 seconds, and one that never says a word after ten', async (t) => {
  const rig = await gatewayRig(t)
  const quiet = rig.connect()
  quiet.send(get(rig))
  assert.equal((await quiet.answer())?.status, 200)
  const mute = rig.connect()
  await until(() => mute.socket.readyState === 'open')
  await rig.call('/aisp/accounts')
  let ended = false
  quiet.socket.on('close', () => (ended = true))
  rig.clock.advance(12_000)
  await mute.closed()
  rig.clock.advance(52_000)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(ended, false, '64 seconds')
  rig.clock.advance(3_000)
  await quiet.closed()
  assert.equal(rig.sink.appended.length, 2, 'nobody was refused')
})

test('a head that is cut off in its middle is refused and recorded; a connection that is only opened is not', async (t) => {
  const rig = await gatewayRig(t)
  const cut = rig.connect()
  cut.socket.end('GET /aisp/accounts HTTP/1.1\r\nHost')
  assert.equal((await cut.answer())?.status, 400)
  const opened = rig.connect()
  opened.socket.end()
  await opened.closed()
  const events = rig.sink.appended.map(({ event }) => event)
  assert.deepEqual(
    events.map((event) => ('cause' in event ? event.cause : '')),
    ['HEAD_CUT'],
  )
})

test('who was refused and goes on sending is read a little, so that it sees why, and then cut', async (t) => {
  const rig = await gatewayRig(t)
  const connection = rig.connect()
  connection.send(`POST ${NOTES} HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n`)
  connection.send(Buffer.alloc(200_000, 'x'))
  assert.equal((await connection.answer())?.status, 401)
  const more = (): void => {
    if (!connection.socket.destroyed) connection.socket.write(Buffer.alloc(65_536, 'x'), more)
  }
  more()
  await connection.closed()
  assert.equal(rig.sink.access.length, 1)
})

test('an answer without a body says so as its method and status ask', async (t) => {
  const rig = await gatewayRig(t)
  for (const [status, length] of [
    ['204 No Content', undefined],
    ['200 OK', '0'],
  ] as const) {
    rig.upstream.script = (_request, socket) =>
      socket.write(
        `HTTP/1.1 ${status}\r\n${status.startsWith('200') ? 'content-type: application/pdf\r\ncontent-length: 0\r\n' : ''}\r\n`,
      )
    const connection = rig.connect()
    connection.send(head(rig, 'GET /aisp/accounts/A1/file HTTP/1.1'))
    const answer = await connection.answer()
    assert.equal(answer?.headers.get('content-length'), length, status)
    assert.equal(answer?.headers.get('transfer-encoding'), undefined)
    rig.upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: {} }))
    connection.send(get(rig))
    assert.equal((await connection.answer())?.status, 200, 'the next one begins where it should')
    connection.destroy()
  }
})

test('a file of unknown length goes out in chunks, and to an old client up to the end of the connection', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) =>
    socket.write(
      'HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n',
    )
  const now = rig.connect()
  now.send(head(rig, 'GET /aisp/accounts/A1/file HTTP/1.1'))
  const answer = await now.answer()
  assert.equal(answer?.headers.get('transfer-encoding'), 'chunked')
  assert.equal(answer.body, 'abcdefg')
  const old = rig.connect()
  let heard = ''
  old.socket.on('data', (chunk) => (heard += chunk.toString('latin1')))
  old.send(head(rig, 'GET /aisp/accounts/A1/file HTTP/1.0', 'Connection: keep-alive'))
  await old.closed()
  assert.match(heard, /connection: close\r\n/)
  assert.doesNotMatch(heard, /transfer-encoding/)
  assert.ok(heard.endsWith('\r\n\r\nabcdefg'))
})
