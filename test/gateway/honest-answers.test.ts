/** Conditions, parts, validators and headers that tell: what goes to the bank, and what of its answer leaves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewayRig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const OWN = { Data: { Account: [{ AccountId: 'A1', Currency: 'GBP' }] } }
const MORE = { Data: { Account: [{ AccountId: 'A1', Currency: 'GBP' }, { AccountId: 'A9' }] } }
const DESCRIBED =
  'ETag: "v1"\r\nLast-Modified: Sun, 01 Nov 2026 10:00:00 GMT\r\nAccept-Ranges: bytes\r\nContent-MD5: x\r\nDigest: sha-256=x\r\n'

test("a trimmed body has none of what describes the bank's own", async (t) => {
  const rig = await gatewayRig(t)
  const names = ['etag', 'last-modified', 'accept-ranges', 'content-md5', 'digest']
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(MORE, DESCRIBED))
  const trimmed = await rig.call('/aisp/accounts')
  assert.equal(trimmed.body, JSON.stringify(OWN))
  for (const name of names) assert.equal(trimmed.headers.get(name), undefined, name)
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(OWN, DESCRIBED))
  const whole = await rig.call('/aisp/accounts')
  assert.equal(whole.headers.get('etag'), '"v1"')
  assert.equal(whole.headers.get('accept-ranges'), undefined)
})

test('no part and no condition goes to the bank, and what it answers to one does not leave', async (t) => {
  const rig = await gatewayRig(t)
  const headers = [
    'Range: bytes=0-10',
    'If-Range: "v1"',
    'If-None-Match: "v1"',
    'If-Modified-Since: Sun, 01 Nov 2026 10:00:00 GMT',
  ]
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(OWN, DESCRIBED))
  const answer = await rig.call('/aisp/accounts', { headers })
  assert.equal(answer.status, 200)
  for (const line of headers)
    assert.equal(
      rig.upstream.seen[0]?.header(line.split(':')[0]?.toLowerCase() ?? ''),
      undefined,
      line,
    )
  const text = JSON.stringify(OWN).slice(0, 11)
  for (const head of [
    `HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-10/44\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n${text}`,
    'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n',
  ]) {
    rig.upstream.script = (_request, socket) => socket.write(head)
    const refused = await rig.call('/aisp/accounts', { headers })
    assert.equal(refused.status, 502)
    assert.equal(refused.headers.get('etag'), undefined)
    assert.equal(refused.headers.get('content-range'), undefined)
  }
})

test('HEAD has the headers of the gateway, and nothing that would describe another body', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) =>
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${DESCRIBED}content-length: 99\r\n\r\n`,
    )
  const head = await rig.call('/aisp/atms', { method: 'HEAD', token: null })
  rig.upstream.script = (_request, socket) =>
    socket.write(jsonAnswer({ ...OWN, Extra: 1 }, DESCRIBED))
  const get = await rig.call('/aisp/atms', { token: null })
  assert.equal(head.status, 200)
  assert.equal(head.headers.get('etag'), undefined)
  const names = (answer: typeof get): readonly string[] =>
    [...answer.headers.keys()].filter((name) => name !== 'content-length').toSorted()
  assert.deepEqual(names(head), names(get))
})

test('every answer says what a browser may do with it, and none what made it', async (t) => {
  const rig = await gatewayRig(t)
  const telling =
    'Server: Jetty(9.4)\r\nX-Powered-By: x\r\nVia: 1.1 core-1\r\nX-Debug-Token: 1\r\nSet-Cookie: a=b\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\nCache-Control: public\r\n'
  rig.upstream.script = (_request, socket) => socket.write(jsonAnswer(OWN, telling))
  const answers = [
    await rig.call('/aisp/accounts'),
    await rig.call('/aisp/accounts', { token: null }),
    await rig.call('/nowhere'),
  ]
  for (const { headers } of answers) {
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(
      headers.get('content-security-policy'),
      "default-src 'none'; frame-ancestors 'none'",
    )
    // Said over TLS only (RFC 6797 §7.2).
    assert.equal(headers.get('strict-transport-security'), undefined)
    for (const name of [
      'server',
      'x-powered-by',
      'via',
      'x-debug-token',
      'set-cookie',
      'access-control-allow-origin',
      'access-control-allow-credentials',
    ])
      assert.equal(headers.get(name), undefined, name)
  }
})

test('an address of the bank leaves as the API is called, or not at all', async (t) => {
  const rig = await gatewayRig(t)
  for (const [sent, left] of [
    [`${rig.upstream.origin}/bank/accounts/A1?x=1`, '/aisp/accounts/A1?x=1'],
    ['/bank/accounts/A1', '/aisp/accounts/A1'],
    ['http://core-7.internal/login', undefined],
    ['https://bank.example/authorise', 'https://bank.example/authorise'],
    ['//evil.example', undefined],
  ] as const) {
    rig.upstream.script = (_request, socket) =>
      socket.write(jsonAnswer(OWN, `X-Page-Count: 1\r\nLocation: ${sent}\r\n`))
    const answer = await rig.call('/aisp/accounts')
    assert.equal(answer.headers.get('location'), left, sent)
  }
})
