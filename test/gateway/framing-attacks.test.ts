/** Nasty bytes: requests that two servers might frame differently, and headers that pretend to be ours. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewayRig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const GET = 'GET /aisp/atms HTTP/1.1\r\n'
const HOST = 'Host: a\r\n'

const BROKEN: readonly (readonly [name: string, bytes: string, statuses: readonly number[]])[] = [
  ['two Host headers', `${GET}${HOST}Host: b\r\n\r\n`, [400]],
  ['two equal Host headers', `${GET}${HOST}${HOST}\r\n`, [400]],
  ['no Host header', `${GET}\r\n`, [400]],
  ['an empty Host header', `${GET}Host:\r\n\r\n`, [400]],
  ['a Host header with a user', `${GET}Host: a@b\r\n\r\n`, [400]],
  ['a Host header with a path', `${GET}Host: a/b\r\n\r\n`, [400]],
  ['a list of hosts', `${GET}Host: a, b\r\n\r\n`, [400]],
  [
    'two Authorization headers',
    `${GET}${HOST}Authorization: Bearer a\r\nAuthorization: Bearer a\r\n\r\n`,
    [400],
  ],
  [
    'length and chunks',
    `${GET}${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    [400],
  ],
  ['two lengths', `${GET}${HOST}Content-Length: 0\r\nContent-Length: 5\r\n\r\n`, [400]],
  ['two equal lengths', `${GET}${HOST}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`, [400]],
  ['a list of lengths', `${GET}${HOST}Content-Length: 5, 5\r\n\r\nabcde`, [400]],
  ['a signed length', `${GET}${HOST}Content-Length: +5\r\n\r\nabcde`, [400]],
  ['a hexadecimal length', `${GET}${HOST}Content-Length: 0x5\r\n\r\nabcde`, [400]],
  ['another coding', `${GET}${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, [400]],
  [
    'a coding that looks chunked',
    `${GET}${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    [400],
  ],
  [
    'chunked, but not last',
    `${GET}${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    [400],
  ],
  ['a space before the colon', `${GET}${HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, [400]],
  ['a folded header', `${GET}${HOST}X-A: b\r\n c\r\n\r\n`, [400]],
  ['a bare line feed', `GET /aisp/atms HTTP/1.1\nHost: a\n\n`, [400]],
  ['a NUL in a header', `${GET}${HOST}X-A: b\0c\r\n\r\n`, [400]],
  ['an unknown version', `GET /aisp/atms HTTP/1.7\r\n${HOST}\r\n`, [400]],
  ['no method at all', `\x16\x03\x01\x02\x00\x01\x00\r\n\r\n`, [400]],
  ['the HTTP/2 preface', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`, [400]],
  ['an upgrade', `${GET}${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`, [400]],
  [
    'an h2c upgrade',
    `${GET}${HOST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    [400],
  ],
  ['CONNECT', `CONNECT bank:443 HTTP/1.1\r\nHost: bank:443\r\n\r\n`, [405]],
  ['TRACE', `TRACE /aisp/atms HTTP/1.1\r\n${HOST}\r\n`, [405]],
  ['an unknown expectation', `${GET}${HOST}Expect: something\r\n\r\n`, [400]],
  ['a body on a GET', `${GET}${HOST}Content-Length: 5\r\n\r\nabcde`, [400]],
]

for (const [name, bytes, statuses] of BROKEN)
  test(`framing: ${name} is refused and recorded`, async (t) => {
    const rig = await gatewayRig(t)
    const connection = rig.connect()
    connection.send(bytes)
    const answer = await connection.answer()
    // Where Node's parser gives up on a connection that owes an answer, it is cut: bytes of ours would be read as that answer.
    if (answer !== undefined) {
      assert.ok(statuses.includes(answer.status), `${answer.status} ${answer.body}`)
      assert.match(answer.body, /"code":"GH_GATEWAY_/)
      const problem: { decision: string } = JSON.parse(answer.body)
      assert.equal(rig.sink.appended[0]?.event.id, problem.decision)
    } else assert.match(bytes, /^PRI|xchunked/)
    assert.equal(rig.upstream.seen.length, 0)
  })

test('framing: header limits hold at their edges', async (t) => {
  const rig = await gatewayRig(t)
  const many = (count: number): string =>
    `${GET}${HOST}${Array.from({ length: count - 1 }, (_, at) => `X-H${at}: v\r\n`).join('')}\r\n`
  const connection = rig.connect()
  connection.send(many(100))
  assert.equal((await connection.answer())?.status, 200)
  connection.send(many(101))
  assert.equal((await connection.answer())?.status, 431)
  const large = rig.connect()
  large.send(`${GET}${HOST}X-Pad: ${'x'.repeat(16_384)}\r\n\r\n`)
  const answer = await large.answer()
  assert.equal(answer?.status, 431)
  assert.equal(answer?.headers.get('connection'), 'close')
  await large.closed()
})

test('framing: a header hidden behind a hundred others is still seen', async (t) => {
  const rig = await gatewayRig(t)
  const connection = rig.connect()
  const pad = Array.from({ length: 2_100 }, () => 'a:\r\n').join('')
  connection.send(`${GET}${HOST}${pad}Host: b\r\n\r\n`)
  assert.equal((await connection.answer())?.status, 431)
  assert.equal(rig.upstream.seen.length, 0)
})

test('what pretends to be ours, or to know who calls, never reaches the bank API', async (t) => {
  const rig = await gatewayRig(t)
  const hostile = [
    'X-Gatehouse-Subject: customer-9',
    'x-gatehouse-client: tpp-root',
    'X-Gatehouse-Admin: 1',
    'X_Gatehouse_Subject: customer-9',
    'Cookie: session=1',
    'Forwarded: for=10.0.0.1',
    'X-Forwarded-For: 10.0.0.1',
    'X-Forwarded-Host: evil.example',
    'X-Real-IP: 10.0.0.1',
    'X-Original-URL: /admin',
    'X-HTTP-Method-Override: DELETE',
    'Proxy-Authorization: Basic eDp5',
    'TE: trailers',
    'Keep-Alive: timeout=600',
    'Range: bytes=0-10',
    'Accept-Encoding: gzip',
    'X-Harmless: yes',
    'X-Listed: hop',
    'Connection: keep-alive, X-Listed, X-Gatehouse-Subject, X-Gatehouse-Client, x-fapi-interaction-id',
  ]
  const answer = await rig.call('/aisp/accounts', { headers: hostile })
  assert.equal(answer.status, 200, answer.body)
  const [seen] = rig.upstream.seen
  const names = (seen?.headers ?? []).map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
  assert.deepEqual(names.toSorted(), [
    'accept-encoding',
    'connection',
    'host',
    'traceparent',
    'x-fapi-interaction-id',
    'x-gatehouse-client',
    'x-gatehouse-consent',
    'x-gatehouse-decision',
    'x-gatehouse-subject',
    'x-harmless',
  ])
  assert.equal(seen?.header('x-gatehouse-subject'), 'customer-1')
  assert.equal(seen?.header('x-gatehouse-client'), 'tpp-a')
  assert.equal(seen?.header('accept-encoding'), 'identity')
  assert.equal(seen?.header('host'), rig.upstream.origin.slice('http://'.length))
  assert.equal(seen?.header('connection'), 'keep-alive')
})

test('an identifier that would break a header is percent-encoded', async (t) => {
  const rig = await gatewayRig(t)
  const subject = 'ü\r\nX-Gatehouse-Client: root,\0'
  rig.feed.addConsent('consent-1', { subject })
  assert.equal(
    (await rig.call('/aisp/accounts', { token: rig.token({ sub: subject }) })).status,
    200,
  )
  assert.equal(
    rig.upstream.seen[0]?.header('x-gatehouse-subject'),
    '%C3%BC%0D%0AX-Gatehouse-Client%3A%20root%2C%00',
  )
})

test('pipelined requests are answered in order, each by its own decision', async (t) => {
  const rig = await gatewayRig(t)
  const authorization = `Authorization: Bearer ${rig.token()}\r\n`
  const connection = rig.connect()
  connection.send(
    `GET /aisp/accounts HTTP/1.1\r\n${HOST}${authorization}\r\n` +
      `GET /aisp/unknown HTTP/1.1\r\n${HOST}${authorization}\r\n` +
      `GET /aisp/accounts HTTP/1.1\r\n${HOST}\r\n`,
  )
  const statuses = []
  for (let at = 0; at < 3; at++) statuses.push((await connection.answer())?.status)
  assert.deepEqual(statuses, [200, 404, 401])
  assert.equal(new Set(rig.sink.access.map((event) => event.id)).size, 3)
})

test('a request smuggled behind a refused body is not answered', async (t) => {
  const rig = await gatewayRig(t)
  const connection = rig.connect()
  const inner = `GET /aisp/atms HTTP/1.1\r\n${HOST}\r\n`
  connection.send(
    `GET /aisp/atms HTTP/1.1\r\n${HOST}Content-Length: ${inner.length}\r\n\r\n${inner}`,
  )
  assert.equal((await connection.answer())?.status, 400)
  assert.equal(await connection.answer(), undefined)
  assert.equal(rig.upstream.seen.length, 0)
})

test('the interaction id is echoed if it is a UUID, made if not, and never there twice', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) =>
    socket.write(
      jsonAnswer({ Data: {} }, 'x-fapi-interaction-id: 11111111-1111-4111-8111-111111111111\r\n'),
    )
  const id = '93bac548-d2de-4546-b106-880a5018460d'
  const echoed = await rig.call('/aisp/accounts', { headers: [`x-fapi-interaction-id: ${id}`] })
  assert.equal(echoed.headers.get('x-fapi-interaction-id'), id)
  const sent = rig.upstream.seen[0]?.headers.filter((line) => /^x-fapi-interaction-id:/i.test(line))
  assert.deepEqual(sent, [`x-fapi-interaction-id: ${id}`])
  const made = await rig.call('/aisp/accounts')
  assert.match(made.headers.get('x-fapi-interaction-id') ?? '', /^[0-9a-f-]{36}$/)
  for (const value of ['not-a-uuid', '<script>', `${id}, ${id}`]) {
    const answer = await rig.call('/aisp/accounts', {
      headers: [`x-fapi-interaction-id: ${value}`],
    })
    assert.match(answer.headers.get('x-fapi-interaction-id') ?? '', /^[0-9a-f-]{36}$/)
    assert.notEqual(answer.headers.get('x-fapi-interaction-id'), id)
  }
})
