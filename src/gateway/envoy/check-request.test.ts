import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { allowHeaders } from './allow-headers.ts'
import { readCheck } from './check-request.ts'
import { createHeaderKinds } from '../node/index.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const name = fc.constantFrom(
  'Authorization',
  'x-custom',
  'DPoP',
  'Cookie',
  'X-Gatehouse-Tls',
  'x-gatehouse-other',
  'X-Envoy-Internal',
  'x-forwarded-for',
  'x-forwarded-client-cert',
  'content-length',
  'Content-Type',
  'Host',
  'tracestate',
)
const value = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', ',', ' ', '0', '=') })
const heads = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((pairs) => pairs.flat())

test('nothing of ours and nothing of Envoy’s call is ever taken for the client’s', () => {
  fc.assert(
    fc.property(heads, (raw) => {
      const check = readCheck('/check/a', raw)
      const ours = raw.filter((one, at) => at % 2 === 0 && /^x-gatehouse-/i.test(one))
      const twice = new Set(ours.map((one) => one.toLowerCase())).size < ours.length
      assert.equal(check === undefined, twice)
      for (let at = 0; at < (check?.rawHeaders.length ?? 0); at += 2) {
        const read = check?.rawHeaders[at]?.toLowerCase() ?? ''
        assert.ok(!read.startsWith('x-gatehouse-') && !read.startsWith('x-envoy-'))
        assert.notEqual(read, 'x-forwarded-for')
        if (read === 'authorization' || read === 'host' || read === 'content-type')
          assert.ok(!check?.rawHeaders[at + 1]?.includes(','))
      }
    }),
    { numRuns: RUNS },
  )
})

test('what does not go on is named, but for what is said anew', () => {
  const kinds = createHeaderKinds()
  const call = {
    api: 'accounts',
    client: 'tpp-a',
    path: '/a',
    context: ['x-gatehouse-decision', 'd', 'traceparent', 't', 'x-fapi-interaction-id', 'i'],
    method: 'GET',
    body: undefined,
    upstream: {} as never, // not looked at
  }
  fc.assert(
    fc.property(heads, (raw) => {
      const client = readCheck('/check/a', raw)?.rawHeaders ?? []
      const said = allowHeaders(
        call,
        ['x-fapi-interaction-id', 'i', 'cache-control', 'no-store'],
        client,
        kinds,
      )
      assert.ok(said !== undefined)
      const names = said.filter((_, at) => at % 2 === 0)
      assert.equal(new Set(names).size, names.length, 'each is said once')
      const removed = (said[names.indexOf('x-envoy-auth-headers-to-remove') * 2 + 1] ?? '').split(
        ',',
      )
      for (let at = 0; at < client.length; at += 2) {
        const lower = client[at]?.toLowerCase() ?? ''
        if (['authorization', 'cookie', 'tracestate', 'x-forwarded-client-cert'].includes(lower))
          assert.ok(removed.includes(lower), lower)
        if (lower === 'x-custom' || lower === 'dpop') assert.ok(!removed.includes(lower))
      }
    }),
    { numRuns: RUNS },
  )
})

test('a path that could be taken for the end of a header is not said', () => {
  const call = {
    api: 'a',
    client: '',
    context: [],
    method: 'GET',
    body: undefined,
    upstream: {} as never,
  } // not looked at
  const kinds = createHeaderKinds()
  for (const path of ['', 'a', '/a b', '/a\r\nx: y', '/\u00e9', '/\u0000'])
    assert.equal(allowHeaders({ ...call, path }, [], [], kinds), undefined, JSON.stringify(path))
  assert.ok(allowHeaders({ ...call, path: '/a%20b?c=d' }, [], [], kinds) !== undefined)
})

test('a target without the prefix is no check; what follows the prefix is the target as it was', () => {
  for (const target of ['/', '/chec', '/Check/a', 'http://a/check/b'])
    assert.equal(readCheck(target, []), undefined, target)
  for (const target of ['/a', '//a', '*', '/check/a', '/a?b=/check', 'http://evil/'])
    assert.equal(readCheck(`/check${target}`, [])?.target, target)
})
