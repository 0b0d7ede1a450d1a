/** DESIGN §2: writes are recorded strict whatever the reads of the same API are, and a strict decision that cannot be recorded is none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ActiveApi, type Plan, prepare } from '../../src/decide/index.ts'
import { aisPlan } from '../support/ais-plan.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'
import type { RawAnswer } from '../support/raw-http.ts'

const write = (rig: Rig, token?: null): Promise<RawAnswer> =>
  rig.call('/aisp/accounts/A1/notes', {
    method: 'POST',
    body: '{"Text":"x"}',
    headers: ['Content-Type: application/json'],
    ...(token === undefined ? {} : { token }),
  })
/** Durability, operation and status of each record so far. */
const recorded = ({ sink }: Rig): string[] =>
  sink.appended.map(({ event, durability }) =>
    event.kind === 'access'
      ? `${durability} ${event.operation} ${event.status}`
      : `${durability} ${event.kind}`,
  )
const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n'

for (const degraded of [false, true])
  test(`a write is synced before the call and before the answer, a read is buffered (degraded: ${degraded})`, async (t) => {
    const rig = await gatewayRig(t, { degraded })
    assert.equal((await rig.call('/aisp/accounts')).status, 200)
    rig.upstream.script = (_request, socket) => {
      assert.equal(recorded(rig).at(-1), 'strict AddNote 0', 'what is intended is recorded first')
      socket.write(NO_CONTENT)
    }
    assert.equal((await write(rig)).status, 204)
    assert.deepEqual(recorded(rig), [
      'buffered GetAccounts 200',
      'strict AddNote 0',
      'strict AddNote 204',
    ])
    const [intent, final] = rig.sink.access.slice(1)
    assert.equal(intent?.id, final?.id)
  })

test('a refusal changes nothing at the bank, and is recorded as the reads are', async (t) => {
  const rig = await gatewayRig(t)
  assert.equal((await write(rig, null)).status, 401)
  assert.deepEqual(recorded(rig), ['buffered AddNote 401'])
  const strict = await gatewayRig(t, { audit: 'strict' })
  assert.equal((await write(strict, null)).status, 401)
  assert.deepEqual(recorded(strict), ['strict AddNote 401'])
})

test('while the spool fails a write is 503 and never reaches the bank; degraded reads of the same API go on', async (t) => {
  const rig = await gatewayRig(t, { degraded: true })
  rig.sink.failure = new Error('disk full')
  for (let at = 0; at < 3; at++) {
    const answer = await write(rig)
    assert.equal(answer.status, 503)
    assert.match(answer.body, /GH_AUDIT_UNAVAILABLE/)
    assert.equal((await rig.call('/aisp/accounts')).status, 200)
  }
  assert.ok(rig.upstream.seen.every(({ line }) => !line.startsWith('POST')))
})

test('a write whose end cannot be recorded gives nothing of the answer away', async (t) => {
  const rig = await gatewayRig(t, { degraded: true })
  rig.upstream.script = (_request, socket) => {
    rig.sink.failure = new Error('disk full')
    socket.write(NO_CONTENT)
  }
  const answer = await write(rig)
  assert.deepEqual([answer.status, /GH_AUDIT_UNAVAILABLE/.test(answer.body)], [503, true])
  // What was intended stands there: a call whose end nobody saw.
  assert.deepEqual(recorded(rig), ['strict AddNote 0'])
})

test('one operation whose reads are strict is 503 while the others of a degraded API go on', async (t) => {
  const rig = await gatewayRig(t, { degraded: true })
  rig.swap(
    prepare(withStrict(aisPlan({ upstream: rig.upstream.origin, degraded: true }), 'GetAccount'), {
      regex: linearRegex,
    }),
  )
  assert.equal((await rig.call('/aisp/accounts/A1')).status, 200)
  assert.deepEqual(recorded(rig), ['strict GetAccount 0', 'strict GetAccount 200'])
  rig.sink.failure = new Error('disk full')
  assert.equal((await rig.call('/aisp/accounts/A1')).status, 503)
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
})

/** The plan with an audit rule of its own for one operation. */
function withStrict(plan: Plan, id: string): Plan {
  const change = (api: ActiveApi): ActiveApi => {
    const at = api.rules.findIndex(({ name }) => name === 'logging.audit')
    const own = api.rules[at]
    assert.ok(own?.name === 'logging.audit')
    return {
      ...api,
      rules: [...api.rules, { ...own, params: { ...own.params, reads: 'strict' } }],
      operations: api.operations.map((one) =>
        one.id === id
          ? { ...one, rules: one.rules.map((rule) => (rule === at ? api.rules.length : rule)) }
          : one,
      ),
    }
  }
  return { ...plan, apis: plan.apis.map((api) => (api.state === 'active' ? change(api) : api)) }
}
