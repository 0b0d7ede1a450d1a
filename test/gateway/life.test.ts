/** The life of requests and of the gateway: clients that leave, a spool that fails, strict audit, limits, draining. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { prepare } from '../../src/decide/index.ts'
import { aisPlan } from '../support/ais-plan.ts'
import { until } from '../support/until.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const text = (rig: Rig, target = '/aisp/accounts'): string =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`

test('a client that leaves ends the upstream call, and the event is written', async (t) => {
  const rig = await gatewayRig(t)
  let upstreamSocket: Socket | undefined
  rig.upstream.script = (_request, socket) => {
    upstreamSocket = socket
  }
  const connection = rig.connect()
  connection.send(text(rig))
  await until(() => upstreamSocket !== undefined)
  connection.destroy()
  await until(() => upstreamSocket?.destroyed === true && rig.sink.access.length === 1)
  assert.equal(rig.sink.access[0]?.outcome, 'failed')
  assert.equal(rig.sink.access[0]?.code, 'GH_GATEWAY_CLIENT_GONE')
  assert.equal(rig.sink.access[0]?.operation, 'GetAccounts')
})

test('a client that leaves a streamed file ends the upstream call, without a second event', async (t) => {
  const rig = await gatewayRig(t)
  let upstreamSocket: Socket | undefined
  rig.upstream.script = (_request, socket) => {
    upstreamSocket = socket
    socket.write(
      'HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 90000\r\n\r\nabc',
    )
  }
  const connection = rig.connect()
  connection.send(text(rig, '/aisp/accounts/A1/file'))
  await until(() => rig.sink.access.length === 1)
  connection.destroy()
  await until(() => upstreamSocket?.destroyed === true)
  assert.equal(rig.sink.access.length, 1)
})

test('a spool that fails is 503, and nothing of the bank’s answer leaves', async (t) => {
  for (const audit of ['buffered', 'strict'] as const) {
    const rig = await gatewayRig(t, { audit })
    rig.upstream.script = (_request, socket) =>
      socket.write(jsonAnswer({ Data: { Account: [{ AccountId: 'A1' }] } }))
    rig.sink.failure = new Error('disk full at /var/spool')
    const answer = await rig.call('/aisp/accounts')
    assert.equal(answer.status, 503)
    assert.match(answer.body, /GH_AUDIT_UNAVAILABLE/)
    assert.equal(answer.headers.get('retry-after'), '1')
    assert.ok(!/A1|disk|spool\//.test(answer.body))
    // Strict: what cannot be recorded is not even asked of the bank.
    assert.equal(rig.upstream.seen.length, audit === 'strict' ? 0 : 1)
    const denied = await rig.call('/aisp/accounts', { token: null })
    assert.equal(denied.status, 503, 'a refusal is a decision too')
    rig.sink.failure = undefined
    assert.equal((await rig.call('/aisp/accounts')).status, 200)
  }
})

test('the answer waits for its event', async (t) => {
  const rig = await gatewayRig(t)
  rig.sink.held = []
  const connection = rig.connect()
  let answered = false
  const answer = connection.answer().then((value) => {
    answered = true
    return value
  })
  connection.send(text(rig))
  await until(() => rig.sink.held?.length === 1)
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(answered, false)
  for (const release of rig.sink.held) release()
  assert.equal((await answer)?.status, 200)
})

test('under strict audit the intent is synced before the call, the outcome before the answer, with one id', async (t) => {
  const rig = await gatewayRig(t, { audit: 'strict' })
  let recordedBefore = -1
  rig.upstream.script = (_request, socket) => {
    recordedBefore = rig.sink.appended.length
    socket.write(jsonAnswer({ Data: {} }))
  }
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
  assert.equal(recordedBefore, 1)
  const [intent, outcome] = rig.sink.access
  assert.deepEqual(
    [intent?.status, intent?.outcome, intent?.response, outcome?.status, outcome?.outcome],
    [0, 'allowed', null, 200, 'allowed'],
  )
  assert.equal(intent?.id, outcome?.id)
  assert.deepEqual(
    rig.sink.appended.map((one) => one.durability),
    ['strict', 'strict'],
  )
})

test('under strict audit a file is read whole before any of it leaves', async (t) => {
  const rig = await gatewayRig(t, { audit: 'strict' })
  rig.upstream.script = (_request, socket) =>
    socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 900\r\n\r\nabc')
  assert.equal((await rig.call('/aisp/accounts/A1/file')).status, 502)
})

test('reads of a degraded API go on while the spool fails, and their events follow in order', async (t) => {
  const rig = await gatewayRig(t, { degraded: true })
  rig.sink.failure = new Error('disk full')
  for (let at = 0; at < 3; at++) {
    assert.equal((await rig.call('/aisp/accounts')).status, 200)
    rig.clock.advance(1) // ids sort by time
  }
  const write = await rig.call('/aisp/accounts/A1/notes', {
    method: 'POST',
    body: '{"Text":"x"}',
    headers: ['Content-Type: application/json'],
  })
  assert.equal(write.status, 503, 'never a write')
  assert.equal(rig.sink.appended.length, 0)
  rig.sink.failure = undefined
  rig.clock.advance(1)
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
  await until(() => rig.sink.appended.length === 6)
  const kinds = rig.sink.appended.map(({ event }) => event.kind)
  assert.deepEqual(kinds, ['notice', 'access', 'access', 'access', 'access', 'notice'])
  const ids = rig.sink.access.map((event) => event.id)
  assert.deepEqual(ids, ids.toSorted())
})

test('beyond the limit of requests in flight the rest is 503 at once', async (t) => {
  const rig = await gatewayRig(t, { limits: { maxInFlight: 2 } })
  const waiting: Socket[] = []
  rig.upstream.script = (_request, socket) => waiting.push(socket)
  const held = [rig.connect(), rig.connect()]
  for (const connection of held) connection.send(text(rig))
  await until(() => waiting.length === 2)
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 503)
  assert.match(answer.body, /GH_GATEWAY_OVERLOADED/)
  assert.equal(answer.headers.get('retry-after'), '1')
  for (const socket of waiting) socket.write(jsonAnswer({ Data: {} }))
  for (const connection of held) assert.equal((await connection.answer())?.status, 200)
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: {} }))
  assert.equal((await rig.call('/aisp/accounts')).status, 200, 'the room is given back')
})

test('a request whose headers never end is cut and recorded', async (t) => {
  const rig = await gatewayRig(t, { limits: { headersTimeoutMs: 200, requestTimeoutMs: 400 } })
  const connection = rig.connect()
  connection.send(`${text(rig)}GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nX-`)
  assert.equal((await connection.answer())?.status, 200)
  rig.clock.advance(2_000)
  const answer = await connection.answer()
  assert.equal(answer?.status, 408)
  await connection.closed()
  const last = rig.sink.appended.at(-1)
  assert.equal(last?.event.kind, 'refused')
  assert.equal(last.event.code, 'GH_GATEWAY_REQUEST_TIMEOUT')
})

test('`close` lets requests in flight end, refuses connections, and takes no new request', async (t) => {
  const rig = await gatewayRig(t)
  let upstreamSocket: Socket | undefined
  rig.upstream.script = (_request, socket) => {
    upstreamSocket = socket
  }
  const idle = rig.connect()
  const busy = rig.connect()
  busy.send(text(rig))
  await until(() => upstreamSocket !== undefined)
  const closed = rig.close(10_000)
  rig.clock.advance(1_000)
  await idle.closed()
  upstreamSocket?.write(jsonAnswer({ Data: {} }))
  const answer = await busy.answer()
  assert.equal(answer?.status, 200)
  assert.equal(answer.headers.get('connection'), 'close')
  await closed
  const late = rig.connect()
  late.send(text(rig))
  assert.equal(await late.answer(), undefined)
})

test('`close` with a notice still takes connections, whose answers are their last, until the notice is over', async (t) => {
  const rig = await gatewayRig(t)
  const closed = rig.close(10_000, 1_000)
  const late = rig.connect()
  late.send(text(rig))
  const answer = await late.answer()
  assert.equal(answer?.status, 200)
  assert.equal(answer.headers.get('connection'), 'close')
  await late.closed()
  rig.clock.advance(1_000)
  const later = rig.connect()
  later.send(text(rig))
  assert.equal(await later.answer(), undefined)
  await closed
})

test('`close` cuts what is not done when the time is over, and its event is written', async (t) => {
  const rig = await gatewayRig(t)
  let reached = false
  rig.upstream.script = () => {
    reached = true
  }
  const busy = rig.connect()
  busy.send(text(rig))
  await until(() => reached)
  const closed = rig.close(5_000)
  rig.clock.advance(5_000)
  await closed
  assert.equal(await busy.answer(), undefined)
  assert.equal(rig.sink.access[0]?.code, 'GH_GATEWAY_CLIENT_GONE')
})

test('a request keeps the plan it began with; the next one gets the new one', async (t) => {
  const rig = await gatewayRig(t)
  let upstreamSocket: Socket | undefined
  rig.upstream.script = (_request, socket) => {
    upstreamSocket = socket
  }
  const connection = rig.connect()
  connection.send(text(rig))
  await until(() => upstreamSocket !== undefined)
  const digest = `sha256:${'1'.repeat(64)}`
  rig.swap(prepare(aisPlan({ upstream: rig.upstream.origin, digest }), { regex: linearRegex }))
  upstreamSocket?.write(jsonAnswer({ Data: {} }))
  await connection.answer()
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: {} }))
  await rig.call('/aisp/accounts')
  assert.deepEqual(
    rig.sink.access.map((event) => event.plan.slice(7, 9)),
    ['00', '11'],
  )
})

test('the sample holds hashes and classes, and neither keys nor values', async (t) => {
  const rig = await gatewayRig(t, { sampleEvery: 1 })
  rig.upstream.script = (_request, socket) =>
    socket.write(
      jsonAnswer({ Data: { Account: [{ AccountId: 'A1', Iban: 'GB33BUKB20201555555555' }] } }),
    )
  await rig.call('/aisp/accounts')
  const shape = rig.sink.access[0]?.response?.shape ?? {}
  assert.deepEqual(Object.values(shape).toSorted(), ['iban', 'text'])
  for (const name of Object.keys(shape)) assert.match(name, /^[0-9a-f]{16}$/)
})

test('a look-up or a kernel that throws denies that request and no other', async (t) => {
  const rig = await gatewayRig(t)
  const consent = rig.feed.consent.bind(rig.feed)
  rig.feed.consent = () => {
    throw new Error('table of customer-1 is damaged')
  }
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 500)
  assert.match(answer.body, /GH_GATEWAY_RULE_FAILED/)
  assert.ok(!JSON.stringify(rig.sink.appended).includes('damaged'))
  rig.feed.consent = consent
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
  const kernel = prepare(aisPlan({ upstream: rig.upstream.origin }), { regex: linearRegex })
  for (const broken of ['next', 'respond'] as const) {
    rig.swap({
      ...kernel,
      [broken]: () => {
        throw new Error('broken')
      },
    })
    const refused = await rig.call('/aisp/accounts')
    assert.equal(refused.status, 500)
    assert.match(refused.body, /GH_GATEWAY_RULE_FAILED/)
  }
})

test('a kernel that asks for ever, for claims, or for what nobody can tell denies', async (t) => {
  const rig = await gatewayRig(t)
  const kernel = prepare(aisPlan({ upstream: rig.upstream.origin }), { regex: linearRegex })
  const resume = {} as never // sound: opaque, and never read by this kernel
  const answers = [
    { kind: 'need', facts: ['token'], resume },
    { kind: 'need', facts: ['risk'], resume },
    { kind: 'claim', claims: [{ kind: 'once', key: 'a', ttlSeconds: 1, rule: 'rate' }], resume },
  ] as const
  for (const answer of answers) {
    rig.swap({ ...kernel, next: () => answer })
    const refused = await rig.call('/aisp/accounts')
    assert.match(refused.body, /GH_GATEWAY_RULE_FAILED/)
  }
  assert.equal(rig.upstream.seen.length, 0)
})

test('a client that leaves within its own body is recorded, and the gateway goes on', async (t) => {
  const rig = await gatewayRig(t)
  const connection = rig.connect()
  connection.send(
    `POST /aisp/accounts/A1/notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n{"Te`,
  )
  await new Promise((resolve) => connection.socket.once('connect', resolve))
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  connection.destroy()
  await until(() => rig.sink.appended.length > 0)
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
  assert.equal(rig.upstream.seen.length, 1)
})
