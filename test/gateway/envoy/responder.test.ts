/** What answers Envoy: the decision of the core, what goes on to the bank and to the client, and nothing for anybody else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessToken, signingKey } from '../../support/token-issuer.ts'
import { keyedPlan } from '../../support/keyed-plan.ts'
import { responderRig, SECRET } from '../../support/responder-rig.ts'
import { RawConnection } from '../../support/raw-http.ts'

const codeOf = (body: string): unknown => (JSON.parse(body) as { code: unknown }).code // sound: a problem document

test('an allowed read: whose upstream, which path, what the bank is told and what it is not', async (t) => {
  const rig = await responderRig(t)
  const answer = await rig.check(
    '/aisp/accounts/%41%31/transactions?fromBookingDateTime=2026-01-01&x=1',
    {
      headers: [
        'cookie: a=b',
        'x-original-url: /else',
        'x-fapi-interaction-id: 93bac548-d2de-4546-b106-880a5018460d',
        'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        'tracestate: broken',
        'x-custom: stays',
      ],
    },
  )
  assert.equal(answer.status, 200, answer.body)
  assert.equal(answer.headers.get('x-gatehouse-api'), 'accounts')
  assert.equal(
    answer.headers.get('x-gatehouse-path'),
    '/bank/accounts/A1/transactions?fromBookingDateTime=2026-01-01',
  )
  assert.equal(answer.headers.get('x-gatehouse-client'), 'tpp-a')
  assert.equal(answer.headers.get('x-gatehouse-subject'), 'customer-1')
  assert.match(answer.headers.get('traceparent') ?? '', /^00-4bf92f3577b34da6a3ce929d0e0e4736-/)
  assert.equal(answer.headers.get('x-fapi-interaction-id'), '93bac548-d2de-4546-b106-880a5018460d')
  const removed = (answer.headers.get('x-envoy-auth-headers-to-remove') ?? '').split(',').sort()
  assert.deepEqual(removed, ['authorization', 'cookie', 'tracestate', 'x-original-url'])
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.equal(answer.headers.get('keep-alive'), undefined)
  assert.equal(answer.body, '')
  assert.equal(rig.upstream.seen.length, 0, 'Envoy calls the bank, not we')
})

test('the event of an allowed request names the data plane, the client’s address and no answer', async (t) => {
  const rig = await responderRig(t)
  const answer = await rig.check('/aisp/accounts')
  const [event] = rig.sink.access
  assert.equal(rig.sink.access.length, 1)
  assert.equal(event?.id, answer.headers.get('x-gatehouse-decision'))
  assert.equal(event?.outcome, 'allowed')
  assert.equal(event?.status, 0)
  assert.equal(event?.dataPlane, 'envoy')
  assert.equal(event?.peer, '192.0.2.7')
  assert.equal(event?.response, null)
  assert.equal(rig.sink.appended[0]?.durability, 'buffered')
})

test('a write waits for the disk, once, and its body is judged', async (t) => {
  const rig = await responderRig(t)
  const headers = ['content-type: application/json']
  const write = { method: 'POST', headers, body: '{"Text":"a"}' }
  rig.sink.held = []
  const asked = rig.check('/aisp/accounts/A1/notes', write)
  while (rig.sink.held.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const [release] = rig.sink.held
  rig.sink.held = undefined
  release?.()
  const answer = await asked
  assert.equal(answer.status, 200, answer.body)
  assert.deepEqual(
    rig.sink.appended.map(({ durability }) => durability),
    ['strict'],
  )
  const wrong = await rig.check('/aisp/accounts/A1/notes', { ...write, body: '{"Text":1}' })
  assert.equal(wrong.status, 400)
  assert.equal(codeOf(wrong.body), 'GH_GATEWAY_REQUEST_INVALID')
  const foreign = await rig.check('/aisp/accounts/A9/notes', write)
  assert.equal(foreign.status, 403)
})

test('a refusal is the problem document of the Node gateway, with its challenge', async (t) => {
  const rig = await responderRig(t)
  for (const token of [null, 'nonsense', accessToken(signingKey('other'), rig.clock.now())]) {
    const asked = await rig.check('/aisp/accounts', { token })
    const called = await rig.call('/aisp/accounts', { token })
    assert.equal(asked.status, called.status)
    assert.equal(codeOf(asked.body), codeOf(called.body))
    assert.equal(asked.headers.get('www-authenticate'), called.headers.get('www-authenticate'))
    assert.equal(asked.headers.get('content-type'), 'application/problem+json')
  }
  assert.ok(rig.sink.access.every(({ outcome }) => outcome === 'denied'))
})

test('a refusal with 5xx comes under a number that Envoy does not take for a failure', async (t) => {
  const rig = await responderRig(t)
  const closed = await rig.check('/broken/accounts')
  assert.equal(closed.status, 493)
  assert.equal(codeOf(closed.body), 'GH_GATEWAY_API_CLOSED')
  assert.equal((JSON.parse(closed.body) as { status: unknown }).status, 503) // sound: a problem document
})

test('what cannot be recorded is not allowed', async (t) => {
  const rig = await responderRig(t)
  rig.sink.failure = new Error('disk full')
  const answer = await rig.check('/aisp/accounts')
  assert.equal(answer.status, 493)
  assert.equal(codeOf(answer.body), 'GH_AUDIT_UNAVAILABLE')
})

test('an operation whose answers are judged is refused by the name of its rule', async (t) => {
  const rig = await responderRig(t, { judged: ['GetAccounts', 'AddNote'] })
  const answer = await rig.check('/aisp/accounts')
  assert.equal(answer.status, 493)
  assert.equal(codeOf(answer.body), 'GH_GATEWAY_DATA_PLANE')
  const [event] = rig.sink.access
  assert.deepEqual(
    event?.failed.map(({ rule, code, effect }) => [rule, code, effect]),
    [['response.fields', 'GH_GATEWAY_DATA_PLANE', 'denied']],
  )
  // It is no way to learn which tokens are good.
  assert.equal((await rig.check('/aisp/accounts', { token: null })).status, 401)
  assert.equal((await rig.check('/aisp/accounts/A1')).status, 200)
  const note = await rig.check('/aisp/accounts/A1/notes', {
    method: 'POST',
    headers: ['content-type: application/json'],
    body: '{"Text":"a"}',
  })
  assert.equal(codeOf(note.body), 'GH_GATEWAY_DATA_PLANE')
  // The Node gateway serves it.
  assert.equal((await rig.call('/aisp/accounts')).status, 200)
})

test('a key of idempotency is not taken where its answer would not be seen', async (t) => {
  const taken = (): Promise<never> => Promise.reject(new Error('nobody may ask for it'))
  const rig = await responderRig(t, {
    replan: () => keyedPlan({ upstream: 'http://127.0.0.1:9' }),
    idempotencyKeys: () => ({ reserve: taken, settle: taken, release: taken }),
  })
  const answer = await rig.check('/aisp/accounts/A1/notes', {
    method: 'POST',
    headers: ['content-type: application/json', 'x-idempotency-key: one'],
    body: '{"Text":"a"}',
  })
  assert.equal(answer.status, 493)
  assert.equal(codeOf(answer.body), 'GH_GATEWAY_DATA_PLANE')
  const [event] = rig.sink.access
  assert.equal(event?.operation, 'AddNote')
  assert.deepEqual(
    event?.failed.map(({ rule }) => rule),
    ['payment.idempotency'],
  )
})

const STRANGERS = [
  { secret: null },
  { secret: 'a guess' },
  { secret: '' },
  { listener: 'unknown' },
  { listener: '' },
  { secret: null, headers: ['x-forwarded-client-cert: Hash=00'] },
  { headers: [`x-gatehouse-secret: ${SECRET}`] },
  { headers: ['x-gatehouse-peer: 198.51.100.1'] },
] as const

for (const stranger of STRANGERS)
  test(`who is not our proxy gets nothing: ${JSON.stringify(stranger)}`, async (t) => {
    const rig = await responderRig(t)
    const answer = await rig.check('/aisp/accounts', stranger)
    assert.equal(answer.status, 403)
    assert.equal(codeOf(answer.body), 'GH_GATEWAY_CHECK_REFUSED')
    assert.equal(rig.sink.access.length, 0)
    const [refused] = rig.sink.appended
    assert.equal(refused?.event.kind, 'refused')
  })

test('what is no check at all is refused: another path, other bytes', async (t) => {
  const rig = await responderRig(t)
  for (const text of [
    `GET /aisp/accounts HTTP/1.1\r\nhost: a\r\nx-gatehouse-secret: ${SECRET}\r\nx-gatehouse-listener: plain\r\n\r\n`,
    'hello\r\n\r\n',
  ]) {
    const connection = new RawConnection(rig.askPort)
    connection.send(text)
    const answer = await connection.answer()
    assert.ok(answer !== undefined && answer.status >= 400)
    await connection.closed()
  }
  assert.equal(rig.sink.access.length, 0)
})

test('headers that Envoy joined are taken apart and refused as what they are', async (t) => {
  const rig = await responderRig(t)
  const token = rig.token()
  const joined = await rig.check('/aisp/accounts', {
    token: null,
    headers: [`authorization: Bearer ${token},Bearer ${token}`],
  })
  assert.equal(joined.status, 400)
  assert.equal(codeOf(joined.body), 'GH_GATEWAY_HEADER_REPEATED')
  for (const headers of [['dpop: a', 'dpop: b'], ['content-type: a/b,a/b']]) {
    const answer = await rig.check('/aisp/accounts', { headers })
    assert.equal(codeOf(answer.body), 'GH_GATEWAY_HEADER_REPEATED', headers.join())
  }
})

test('checks follow one another on a connection, and one that is cut off is an event', async (t) => {
  const rig = await responderRig(t)
  const connection = new RawConnection(rig.askPort)
  const head = `GET /check/aisp/accounts HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nx-gatehouse-secret: ${SECRET}\r\nx-gatehouse-listener: plain\r\nauthorization: Bearer ${rig.token()}\r\n\r\n`
  for (let round = 0; round < 3; round++) {
    connection.send(head)
    assert.equal((await connection.answer())?.status, 200)
  }
  rig.sink.held = []
  connection.send(head)
  while (rig.sink.held.length === 0) await new Promise((resolve) => setImmediate(resolve))
  connection.destroy()
  while (rig.responder.inFlight > 0) await new Promise((resolve) => setImmediate(resolve))
  for (const release of rig.sink.held.splice(0)) release()
  assert.equal(rig.sink.access.length, 4)
})

test('a body over the most that any operation takes is refused, in one piece or in chunks', async (t) => {
  const rig = await responderRig(t, { maxBodyBytes: 100 })
  const headers = ['content-type: application/json']
  const fits = { method: 'POST', headers, body: `{"Text":"${'a'.repeat(89)}"}` }
  assert.equal(fits.body.length, 100)
  assert.equal((await rig.check('/aisp/accounts/A1/notes', fits)).status, 200)
  const over = { ...fits, body: `${fits.body} ` }
  const answer = await rig.check('/aisp/accounts/A1/notes', over)
  assert.equal(answer.status, 413)
  assert.equal(codeOf(answer.body), 'GH_GATEWAY_BODY_TOO_LARGE')
})

test('a read with a body is refused as the Node gateway refuses it', async (t) => {
  const rig = await responderRig(t)
  const asked = await rig.check('/aisp/accounts', { body: 'x' })
  const called = await rig.call('/aisp/accounts', { body: 'x' })
  assert.equal(asked.status, called.status)
  assert.equal(codeOf(asked.body), codeOf(called.body))
})
