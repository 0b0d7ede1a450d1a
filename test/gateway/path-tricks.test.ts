/** Request targets that two readers might read differently: none reaches the bank API as anything but what was judged. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewayRig } from '../support/gateway-rig.ts'

const REFUSED: readonly (readonly [target: string, statuses: readonly number[]])[] = [
  ['//aisp/accounts', [400, 404]],
  ['/aisp//accounts', [400, 404]],
  ['/aisp/accounts/', [400, 404]],
  ['/aisp/./accounts', [400, 404]],
  ['/aisp/x/../accounts', [400, 404]],
  ['/aisp/%2e%2e/aisp/accounts', [400, 404]],
  ['/aisp/%2E/accounts', [400, 404]],
  ['/aisp/accounts/A1%2F..%2FA9', [400, 403, 404]],
  ['/aisp/accounts/A1%2f', [400, 403, 404]],
  ['/aisp/accounts/%2541%31', [400, 403, 404]],
  ['/aisp/accounts/A1%00', [400, 403, 404]],
  ['/aisp/accounts/A1%5c..%5cA9', [400, 403, 404]],
  ['/aisp/accounts\\A1', [400, 404]],
  ['/aisp\\accounts', [400, 404]],
  ['/AISP/accounts', [404]],
  ['/aisp/Accounts', [404]],
  ['/aisp/accounts;x=1', [400, 404]],
  ['/aisp/accounts%3Bx', [400, 404]],
  ['/aisp/accounts/%', [400]],
  ['/aisp/accounts/%zz', [400]],
  ['/aisp/accounts/%ff', [400]],
  ['/aisp/accounts#x', [400, 404]],
  ['/aisp/accounts%23x', [400, 404]],
  ['http://evil.example/aisp/accounts', [400, 404]],
  ['https://api.bank.example/aisp/accounts', [400, 404]],
  ['*', [400, 404]],
  ['aisp/accounts', [400, 404]],
  ['/', [404]],
  ['/bank/accounts', [404]],
  ['/aispx/accounts', [404]],
  ['/aisp', [404]],
  ['/aisp/unknown', [404]],
]

for (const [target, statuses] of REFUSED)
  test(`path trick: ${JSON.stringify(target)}`, async (t) => {
    const rig = await gatewayRig(t)
    const connection = rig.connect()
    connection.send(
      `GET ${target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\n\r\n`,
    )
    const answer = await connection.answer()
    assert.ok(answer !== undefined && statuses.includes(answer.status), `${answer?.status}`)
    assert.equal(rig.upstream.seen.length, 0)
    assert.ok(!answer.body.includes('A9'))
  })

test('an encoded letter is the letter, and goes on decoded once', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) =>
    socket.write(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"Data":{}}',
    )
  const answer = await rig.call('/aisp/accounts/%41%31')
  if (answer.status === 200)
    assert.equal(rig.upstream.seen[0]?.line, 'GET /bank/accounts/A1 HTTP/1.1')
  else assert.equal(rig.upstream.seen.length, 0)
})

test('a wrong method is answered 405 with those that exist', async (t) => {
  const rig = await gatewayRig(t)
  for (const method of ['DELETE', 'POST', 'PATCH', 'OPTIONS']) {
    const answer = await rig.call('/aisp/accounts', { method })
    assert.equal(answer.status, 405, method)
    assert.equal(answer.headers.get('allow'), 'GET')
  }
  assert.equal(rig.upstream.seen.length, 0)
})

test('an undeclared query parameter is stripped, a declared one goes on', async (t) => {
  const rig = await gatewayRig(t)
  await rig.call('/aisp/accounts/A1/transactions?fromBookingDateTime=2026-01-01&accountId=A9&x[]=1')
  assert.equal(
    rig.upstream.seen[0]?.line,
    'GET /bank/accounts/A1/transactions?fromBookingDateTime=2026-01-01 HTTP/1.1',
  )
  assert.deepEqual(rig.sink.access[0]?.facts?.query, ['fromBookingDateTime'])
})

test('an API whose policy does not compile answers 503, the other goes on', async (t) => {
  const rig = await gatewayRig(t)
  const closed = await rig.call('/broken/accounts')
  assert.equal(closed.status, 503)
  assert.match(closed.body, /GH_GATEWAY_API_CLOSED/)
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
})
