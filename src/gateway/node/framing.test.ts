import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { judgeFraming } from './framing.ts'
import { createHeaderKinds, kindOf } from './header-kinds.ts'
import { forwardedHeaders } from './request-headers.ts'

const kinds = createHeaderKinds()
const judge = (raw: readonly string[], version = '1.1') => judgeFraming(raw, version, 100, kinds)
const HOST = ['Host', 'api.bank.example']

test('`judgeFraming` tells whether a body comes, and how long it is', () => {
  assert.deepEqual(judge(HOST), {
    refused: undefined,
    hasBody: false,
    contentLength: -1,
    listed: undefined,
    closes: false,
    expects: 'nothing',
  })
  assert.equal(judge([...HOST, 'Content-Length', '0']).hasBody, false)
  assert.deepEqual(
    [
      judge([...HOST, 'content-length', '5']).hasBody,
      judge([...HOST, 'content-length', '5']).contentLength,
    ],
    [true, 5],
  )
  assert.equal(judge([...HOST, 'Transfer-Encoding', 'Chunked']).hasBody, true)
})

test('`judgeFraming` tells whether the client wants to keep its connection (RFC 9112 §9.3)', () => {
  const closes = (version: string, ...options: readonly string[]): boolean =>
    judge([...HOST, ...options.flatMap((option) => ['Connection', option])], version).closes
  assert.deepEqual(
    [
      closes('1.1'),
      closes('1.1', 'Close'),
      closes('1.1', 'x, close'),
      closes('1.1', 'keep-alive', 'close'),
    ],
    [false, true, true, true],
  )
  assert.deepEqual(
    [
      closes('1.0'),
      closes('1.0', 'Keep-Alive'),
      closes('1.0', 'x', 'keep-alive'),
      closes('1.0', 'keep-alive, close'),
    ],
    [true, false, false, true],
  )
})

test('`judgeFraming` takes the one expectation there is, and no other (RFC 9110 §10.1.1)', () => {
  assert.equal(judge([...HOST, 'Expect', '100-Continue']).expects, 'continue')
  for (const other of ['', '100', '100-continue, x', 'something'])
    assert.equal(judge([...HOST, 'Expect', other]).refused, 'GH_GATEWAY_REQUEST_MALFORMED', other)
})

test('`judgeFraming` takes HTTP/1.0 and HTTP/1.1, and no other version that the parser reads', () => {
  for (const version of ['1.0', '1.1']) assert.equal(judge(HOST, version).refused, undefined)
  for (const version of ['0.9', '1.2', '2.0', ''])
    assert.equal(judge(HOST, version).refused, 'GH_GATEWAY_REQUEST_MALFORMED', version)
})

test('`judgeFraming` takes hosts that are names or addresses, and no others', () => {
  for (const host of ['a', 'api.bank.example:8443', '127.0.0.1', '[::1]:80', '_internal'])
    assert.equal(judge(['Host', host]).refused, undefined, host)
  for (const host of [
    '',
    ' ',
    'a b',
    'a/b',
    'a@b',
    'a,b',
    'a:b',
    'a:',
    'a?b',
    'a#b',
    '[::1',
    'ä',
    'a'.repeat(256),
  ])
    assert.equal(judge(['Host', host]).refused, 'GH_GATEWAY_REQUEST_MALFORMED', host)
})

test('`judgeFraming` lets an HTTP/1.0 request come without a host, and without chunks', () => {
  assert.equal(judge([], '1.0').refused, undefined)
  assert.equal(
    judge([...HOST, 'Transfer-Encoding', 'chunked'], '1.0').refused,
    'GH_GATEWAY_REQUEST_MALFORMED',
  )
})

test('`judgeFraming` lists what `Connection` names', () => {
  assert.deepEqual(
    judge([...HOST, 'Connection', 'close, X-A ,, keep-alive', 'connection', 'x-b']).listed,
    ['x-a', 'x-b'],
  )
})

test('`judgeFraming` and `forwardedHeaders` never let a dropped or listed name through, in any spelling', () => {
  const hostile = fc.constantFrom(
    'authorization',
    'cookie',
    'x-gatehouse-subject',
    'x-forwarded-for',
    'x-envoy-retry-on',
    'x-envoy-upstream-rq-timeout-ms',
    'te',
    'proxy-authorization',
    'x_gatehouse_subject',
    'upgrade',
    'keep-alive',
    'host',
    'content-length',
    'transfer-encoding',
    'range',
  )
  const spelled = fc
    .tuple(hostile, fc.array(fc.boolean(), { maxLength: 24 }))
    .map(([name, up]) =>
      [...name].map((letter, at) => (up[at] === true ? letter.toUpperCase() : letter)).join(''),
    )
  fc.assert(
    fc.property(
      fc.array(fc.oneof(spelled, fc.constantFrom('X-Ok', 'X-Listed', 'Accept')), { maxLength: 20 }),
      (names) => {
        const raw = names.flatMap((name) => [name, 'v'])
        const sent = forwardedHeaders(raw, ['x-listed'], ['x-gatehouse-subject', 'ours'], kinds)
        const theirs = sent.filter((_, at) => at % 2 === 0).slice(2)
        for (const name of theirs) assert.ok(['X-Ok', 'Accept'].includes(name), name)
        assert.equal(
          theirs.length,
          names.filter((name) => ['X-Ok', 'Accept'].includes(name)).length,
        )
        assert.deepEqual(sent.slice(0, 4), [
          'accept-encoding',
          'identity',
          'x-gatehouse-subject',
          'ours',
        ])
      },
    ),
  )
})

test('`createHeaderKinds` answers as `kindOf` does, also for names beyond what it remembers', () => {
  const many = createHeaderKinds()
  for (let at = 0; at < 2_500; at++) assert.equal(many(`X-${at}`), 'forward')
  for (const name of ['x-2400', 'Cookie', 'HOST', 'y'.repeat(500), 'constructor', '__proto__'])
    assert.equal(many(name), kindOf(name), name)
  assert.equal(kindOf('constructor'), 'forward')
  assert.equal(kindOf('__proto__'), 'drop')
})
