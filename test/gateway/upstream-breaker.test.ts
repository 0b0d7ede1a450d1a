/** A bank API that does not answer is left alone for a while, and asked again by one request. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { until } from '../support/until.ts'
import { gatewayRig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const breaker = { failures: 3, openMs: 5_000 }

test('after so many failures requests are answered 503 without a call, until one that tries succeeds', async (t) => {
  const rig = await gatewayRig(t, { breaker })
  rig.upstream.script = (_request, socket) => socket.destroy()
  for (let time = 0; time < 3; time++) assert.equal((await rig.call('/aisp/accounts')).status, 502)
  const called = rig.upstream.seen.length
  const held = await rig.call('/aisp/accounts')
  assert.equal(held.status, 503)
  assert.match(held.body, /GH_GATEWAY_UPSTREAM_SUSPENDED/)
  assert.equal(held.headers.get('retry-after'), '1')
  assert.equal(rig.upstream.seen.length, called)
  const last = rig.sink.access.at(-1)
  assert.deepEqual([last?.outcome, last?.code], ['failed', 'GH_GATEWAY_UPSTREAM_SUSPENDED'])
  // Who may not call is told so as ever: the breaker comes after the decision.
  assert.equal((await rig.call('/aisp/accounts', { token: null })).status, 401)

  rig.clock.advance(5_000)
  const waiting: Socket[] = []
  rig.upstream.script = (_request, socket) => waiting.push(socket)
  const trying = rig.connect()
  trying.send(
    `GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`,
  )
  await until(() => waiting.length === 1)
  const others = await Promise.all(Array.from({ length: 50 }, () => rig.call('/aisp/accounts')))
  assert.ok(
    others.every(({ status }) => status === 503),
    'one tries, and fifty do not',
  )
  waiting[0]?.write(jsonAnswer({ Data: {} }))
  assert.equal((await trying.answer())?.status, 200)
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: {} }))
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
})

test('a client that leaves while its request tries makes room for the next one', async (t) => {
  const rig = await gatewayRig(t, { breaker })
  rig.upstream.script = (_request, socket) => socket.destroy()
  for (let time = 0; time < 3; time++) await rig.call('/aisp/accounts')
  rig.clock.advance(5_000)
  const waiting: Socket[] = []
  rig.upstream.script = (_request, socket) => waiting.push(socket)
  const trying = rig.connect()
  trying.send(
    `GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`,
  )
  await until(() => waiting.length === 1)
  trying.destroy()
  await until(() => waiting[0]?.destroyed === true)
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: {} }))
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
})

test('what a caller can bring about does not close the API for others', async (t) => {
  const rig = await gatewayRig(t, { breaker })
  rig.upstream.script = (_request, socket) =>
    socket.write('HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n')
  for (let time = 0; time < 20; time++) await rig.call('/aisp/accounts')
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: {} }))
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
})
