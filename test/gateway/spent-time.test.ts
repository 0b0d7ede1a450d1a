/** An event says how long each part of its request took. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { prepare } from '../../src/decide/index.ts'
import { gatewayRig } from '../support/gateway-rig.ts'
import { keyedPlan } from '../support/keyed-plan.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

test("the bank's time is the bank's, and the rest is told apart from it", async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) => {
    rig.clock.advance(40)
    socket.write(jsonAnswer({ Data: { Account: [] } }))
  }
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
  const [event] = rig.sink.access
  assert.equal(event?.response?.upstreamMicros, 40_000)
  assert.deepEqual(event.spent, { decide: 0, answer: 0 })
  assert.equal(event.durationMicros, 40_000)
})

test('a body that comes late is waited for, and so is what may be taken once', async (t) => {
  const rig = await gatewayRig(t, {
    idempotencyKeys: (clock) => ({
      reserve() {
        clock.advance(5)
        return Promise.resolve({ kind: 'taken' })
      },
      settle: () => Promise.resolve(),
      release: () => Promise.resolve(),
    }),
  })
  rig.swap(prepare(keyedPlan({ upstream: rig.upstream.origin }), { regex: linearRegex }))
  rig.upstream.script = (_request, socket) => {
    rig.clock.advance(3)
    socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  }
  const connection = rig.connect()
  const asked = once(connection.socket, 'data')
  const lines = [
    'POST /aisp/accounts/A1/notes HTTP/1.1',
    'Host: api.bank.example',
    `Authorization: Bearer ${rig.token()}`,
    'Content-Type: application/json',
    'X-Idempotency-Key: key-1',
    'Content-Length: 12',
    'Expect: 100-continue',
  ]
  connection.send(`${lines.join('\r\n')}\r\n\r\n`)
  await asked
  rig.clock.advance(30)
  connection.send('{"Text":"x"}')
  assert.equal((await connection.answer())?.status, 204)
  const [intent, final] = rig.sink.access
  assert.deepEqual(intent?.spent, { decide: 0, body: 30_000, claims: 5_000 })
  assert.deepEqual(final?.spent, { decide: 0, body: 30_000, claims: 5_000, intent: 0 })
  assert.equal(final.response?.upstreamMicros, 3_000)
  assert.equal(final.durationMicros, 38_000)
})

test('a refusal that waited for nothing says nothing of its parts', async (t) => {
  const rig = await gatewayRig(t)
  assert.equal((await rig.call('/aisp/accounts', { token: null })).status, 401)
  assert.equal('spent' in (rig.sink.access[0] ?? {}), false)
})
