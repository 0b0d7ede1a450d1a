/** Envoy between Gatehouse and the bank: its retries, resets and drains are no answer that a caller must not see, and lose none. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { type Envoy, envoyTest, type EnvoyListener, startEnvoy } from '../support/peer-envoy.ts'
import type { PeerProgram } from '../support/peer-programs.ts'
import {
  jsonAnswer,
  type ScriptedUpstream,
  scriptedUpstream,
} from '../support/scripted-upstream.ts'

const BODY = '{"Data":{"Account":[]}}'

async function behind(
  t: TestContext,
  program: PeerProgram,
  listener: EnvoyListener = {},
): Promise<{ rig: Rig; envoy: Envoy; bank: ScriptedUpstream }> {
  const bank = await scriptedUpstream()
  t.after(() => bank.close())
  bank.script = (_request, socket) => socket.write(jsonAnswer(BODY))
  const next = Number(new URL(bank.origin).port)
  const envoy = await startEnvoy(t, program, { next, ...listener })
  const rig = await gatewayRig(t, { upstream: `http://127.0.0.1:${envoy.port}` })
  return { rig, envoy, bank }
}

envoyTest('a bank behind Envoy answers as a bank does', async (t, program) => {
  const { rig, bank } = await behind(t, program)
  for (let round = 0; round < 3; round++) {
    const answer = await rig.call('/aisp/accounts')
    assert.equal(answer.status, 200, answer.body)
    assert.equal(answer.body, BODY)
    assert.equal(answer.headers.get('server'), undefined)
    assert.ok(answer.lines.every((line) => !line.toLowerCase().startsWith('x-envoy-')))
  }
  assert.equal(bank.seen.at(-1)?.header('x-gatehouse-subject'), 'customer-1')
  assert.equal(bank.seen.at(-1)?.header('authorization'), undefined)
})

envoyTest(
  'Envoy’s own answers when the bank is gone are errors of the bank, without its words',
  async (t, program) => {
    const { rig, bank } = await behind(t, program)
    bank.script = (_request, socket) => socket.resetAndDestroy()
    const answer = await rig.call('/aisp/accounts')
    assert.equal(answer.status, 502)
    assert.match(answer.body, /GH_GATEWAY_UPSTREAM_ERROR/)
    assert.ok(!answer.body.includes('upstream connect'))
  },
)

envoyTest(
  'retries are Envoy’s, by its configuration; no client turns them on',
  async (t, program) => {
    const steering = [
      'X-Envoy-Retry-On: 5xx,reset',
      'X-Envoy-Max-Retries: 3',
      'X-Envoy-Upstream-Rq-Timeout-Ms: 1',
    ]
    const plain = await behind(t, program)
    plain.bank.script = (_request, socket) => socket.resetAndDestroy()
    assert.equal((await plain.rig.call('/aisp/accounts', { headers: steering })).status, 502)
    assert.equal(plain.bank.seen.length, 1)
    const note = {
      method: 'POST',
      body: '{"Text":"a"}',
      headers: ['Content-Type: application/json', ...steering],
    }
    assert.equal((await plain.rig.call('/aisp/accounts/A1/notes', note)).status, 502)
    assert.equal(plain.bank.seen.length, 2, 'a write least of all')

    const retry_policy = { retry_on: 'reset', num_retries: 2 }
    const route = { cluster: 'next', timeout: '5s', retry_policy }
    const retrying = await behind(t, program, { action: { route } })
    retrying.bank.script = (_request, socket) =>
      retrying.bank.seen.length < 3 ? socket.resetAndDestroy() : socket.write(jsonAnswer(BODY))
    assert.equal((await retrying.rig.call('/aisp/accounts')).body, BODY)
    assert.equal(retrying.bank.seen.length, 3)
  },
)

envoyTest('an answer that breaks off behind Envoy never leaves as whole', async (t, program) => {
  const { rig, bank } = await behind(t, program)
  for (const head of ['content-length: 100', 'transfer-encoding: chunked']) {
    bank.script = (_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${head}\r\n\r\n`)
      socket.end(head.startsWith('content') ? BODY : `${BODY.length.toString(16)}\r\n${BODY}\r\n`)
    }
    const answer = await rig.call('/aisp/accounts')
    // It tells by closing, and may take its time for that: an answer refused, or a time-out.
    assert.ok(answer.status === 502 || answer.status === 504, answer.body)
    assert.match(answer.body, /GH_GATEWAY_(?:RESPONSE_REFUSED|UPSTREAM_TIMEOUT)/)
  }
})

envoyTest(
  'connections that Envoy ends after a few requests cost no request',
  async (t, program) => {
    const { rig, bank } = await behind(t, program, {
      manager: { common_http_protocol_options: { max_requests_per_connection: 3 } },
    })
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(
        Array.from({ length: 25 }, () => rig.call('/aisp/accounts')),
      )
      for (const answer of answers) assert.equal(answer.status, 200, answer.body)
    }
    assert.equal(bank.seen.length, 100)
  },
)

envoyTest('connections that Envoy ends while they are idle cost no read', async (t, program) => {
  const { rig } = await behind(t, program, {
    manager: { common_http_protocol_options: { idle_timeout: '0.2s' } },
  })
  for (let round = 0; round < 12; round++) {
    const answer = await rig.call('/aisp/accounts')
    assert.equal(answer.status, 200, answer.body)
    await new Promise((resolve) => setTimeout(resolve, 194 + round))
  }
})

envoyTest(
  'while Envoy drains, what is in flight ends and what is new is served',
  async (t, program) => {
    const { rig, envoy, bank } = await behind(t, program)
    bank.script = (_request, socket) => {
      setTimeout(() => socket.write(jsonAnswer(BODY)), 100)
    }
    await Promise.all(Array.from({ length: 10 }, () => rig.call('/aisp/accounts')))
    const inFlight = Array.from({ length: 20 }, () => rig.call('/aisp/accounts'))
    await envoy.admin('/drain_listeners?graceful&skip_exit')
    const during = Array.from({ length: 20 }, () => rig.call('/aisp/accounts'))
    for (const answer of await Promise.all([...inFlight, ...during]))
      assert.equal(answer.status, 200, answer.body)
  },
)
