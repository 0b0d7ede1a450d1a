/** Pages of other origins: who may read is for the gateway to say, by exact names, and no preflight reaches the bank. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { type Plan, type PlanRule, prepare } from '../../src/decide/index.ts'
import { aisPlan } from '../support/ais-plan.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const APP = 'https://app.example'

function planFor(upstream: string, changes: Partial<PlanRule>): Plan {
  const plan = aisPlan({ upstream })
  const rule = {
    name: 'gateway.baseline',
    control: 'gateway-hardening',
    mode: 'enforce',
    origin: { level: 'api', source: 'test' },
    params: { corsOrigins: [APP, 'http://localhost:3000'] },
    ...changes,
  } as PlanRule // sound: the name and its parameters belong together
  const [first, ...rest] = plan.apis
  assert.ok(first?.state === 'active')
  const operations = first.operations.map((one) => ({
    ...one,
    rules: [...one.rules, first.rules.length],
  }))
  return { ...plan, apis: [{ ...first, rules: [...first.rules, rule], operations }, ...rest] }
}

async function cors(t: TestContext, changes: Partial<PlanRule> = {}): Promise<Rig> {
  const rig = await gatewayRig(t)
  rig.swap(prepare(planFor(rig.upstream.origin, changes), { regex: linearRegex }))
  rig.upstream.script = (_request, socket) =>
    socket.write(
      jsonAnswer(
        { Data: { Account: [{ AccountId: 'A1' }] } },
        'Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n',
      ),
    )
  return rig
}

const preflight = (
  rig: Rig,
  origin: string,
  method = 'GET',
  target = '/aisp/accounts',
): Promise<RawAnswer> =>
  rig.call(target, {
    method: 'OPTIONS',
    token: null,
    headers: [
      `Origin: ${origin}`,
      `Access-Control-Request-Method: ${method}`,
      'Access-Control-Request-Headers: authorization',
    ],
  })

test('a preflight of a listed page is answered without the bank, and recorded', async (t) => {
  const rig = await cors(t)
  const answer = await preflight(rig, APP)
  assert.equal(answer.status, 204)
  assert.equal(answer.headers.get('access-control-allow-origin'), APP)
  assert.equal(answer.headers.get('access-control-allow-methods'), 'GET')
  assert.match(answer.headers.get('access-control-allow-headers') ?? '', /authorization/)
  assert.equal(answer.headers.get('access-control-allow-credentials'), undefined)
  assert.match(answer.headers.get('vary') ?? '', /^Origin/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.equal(rig.upstream.seen.length, 0)
  const [event] = rig.sink.access
  assert.deepEqual(
    [event?.api, event?.operation, event?.outcome, event?.status],
    ['accounts', null, 'allowed', 204],
  )
})

for (const [what, origin, method, target] of [
  ['a page that is not listed', 'https://evil.example', 'GET', '/aisp/accounts'],
  ['a page below a listed one', 'https://app.example.evil.example', 'GET', '/aisp/accounts'],
  ['a listed page in another scheme', 'http://app.example', 'GET', '/aisp/accounts'],
  ['a listed page in another case', 'https://APP.example', 'GET', '/aisp/accounts'],
  ['a page of no origin', 'null', 'GET', '/aisp/accounts'],
  ['every page', '*', 'GET', '/aisp/accounts'],
  ['two pages', `${APP}\r\nOrigin: ${APP}`, 'GET', '/aisp/accounts'],
  ['a method that there is not', APP, 'DELETE', '/aisp/accounts'],
  ['a path that there is not', APP, 'GET', '/aisp/nothing'],
  ['a closed API', APP, 'GET', '/broken/accounts'],
] as const)
  test(`a preflight of ${what} is refused, and says nothing of origins`, async (t) => {
    const rig = await cors(t)
    const answer = await preflight(rig, origin, method, target)
    assert.ok(answer.status >= 400, String(answer.status))
    assert.equal(answer.headers.get('access-control-allow-methods'), undefined)
    if (origin !== APP) assert.equal(answer.headers.get('access-control-allow-origin'), undefined)
    assert.equal(rig.upstream.seen.length, 0)
  })

test('a listed page reads answers and refusals; any other gets them without leave to read', async (t) => {
  const rig = await cors(t)
  for (const token of [undefined, null]) {
    const call = (headers: readonly string[]): Promise<RawAnswer> =>
      rig.call('/aisp/accounts', { headers, ...(token === null && { token }) })
    const own = await call([`Origin: ${APP}`])
    assert.equal(own.status, token === null ? 401 : 200)
    assert.equal(own.headers.get('access-control-allow-origin'), APP)
    assert.equal(own.headers.get('access-control-allow-credentials'), undefined)
    assert.equal(own.headers.get('vary'), 'Origin')
    for (const headers of [['Origin: https://evil.example'], ['Origin: null'], []]) {
      const other = await call(headers)
      assert.equal(other.headers.get('access-control-allow-origin'), undefined)
      // A cache must not give the one the answer of the other.
      assert.equal(other.headers.get('vary'), 'Origin')
    }
  }
})

for (const mode of ['off', 'observe'] as const)
  test(`with the rule ${mode}, as without it, no page may read`, async (t) => {
    const rig = await cors(t, { mode })
    assert.equal((await preflight(rig, APP)).status, 405)
    const answer = await rig.call('/aisp/accounts', { headers: [`Origin: ${APP}`] })
    assert.equal(answer.status, 200)
    for (const name of ['access-control-allow-origin', 'vary'])
      assert.equal(answer.headers.get(name), undefined)
  })
