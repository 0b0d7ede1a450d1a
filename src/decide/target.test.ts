import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { hasControl } from './percent.ts'
import { MAX_QUERY_PAIRS, writeQuery } from './query.ts'
import { judgeTarget, MAX_TARGET_LENGTH } from './target.ts'

/** Refused, one trick a row. */
const REFUSED: readonly (readonly [trick: string, target: string])[] = [
  ['nothing', ''],
  ['absolute-form', 'http://bank.test/accounts'],
  ['absolute-form without a scheme', '//bank.test/accounts'],
  ['asterisk-form', '*'],
  ['authority-form', 'bank.test:443'],
  ['a relative path', 'accounts'],
  ['a leading space', ' /accounts'],
  ['an empty segment', '/accounts//22289'],
  ['an empty first segment', '//accounts'],
  ['two slashes at the end', '/accounts//'],
  ['a dot segment', '/accounts/./22289'],
  ['a dot segment at the end', '/accounts/.'],
  ['dot-dot', '/accounts/../admin'],
  ['dot-dot at the end', '/accounts/..'],
  ['escaped dot-dot', '/accounts/%2e%2e/admin'],
  ['half-escaped dot-dot', '/accounts/.%2e/admin'],
  ['the other half', '/accounts/%2E./admin'],
  ['an escaped dot', '/accounts/%2e/admin'],
  ['dot-dot before a path parameter', '/accounts/..;/admin'],
  ['dot-dot before an escaped semicolon', '/accounts/..%3b/admin'],
  ['escaped dot-dot before a semicolon', '/accounts/%2e%2e;x=1/admin'],
  ['an escaped slash', '/accounts/1%2f2'],
  ['an escaped slash in capitals', '/accounts/1%2F2'],
  ['an escaped backslash', '/accounts/1%5c2'],
  ['a backslash', '/accounts\\22289'],
  ['an escaped NUL', '/accounts/1%00'],
  ['double encoding', '/accounts/%252e%252e/admin'],
  ['an escaped percent', '/accounts/100%25'],
  ['an escaped line break', '/accounts/1%0d%0a'],
  ['an escaped DEL', '/accounts/1%7f'],
  ['a raw control', '/accounts/1\u0001'],
  ['a raw line break', '/accounts/1\r\nX: y'],
  ['a raw tab', '/accounts/\t'],
  ['a raw space', '/accounts/1 2'],
  ['raw non-ASCII', '/accounts/é'],
  ['a raw lone surrogate', '/accounts/\ud800'],
  ['a fragment', '/accounts#x'],
  ['a fragment after the query', '/accounts?a=1#x'],
  ['an escape cut short', '/accounts/%4'],
  ['an escape at the very end', '/accounts/%'],
  ['an escape that is not hex', '/accounts/%zz'],
  ['a %u escape', '/accounts/%u002e'],
  ['an overlong slash', '/accounts/%c0%af'],
  ['an overlong dot', '/accounts/%c0%ae%c0%ae'],
  ['a three-byte overlong', '/accounts/%e0%80%af'],
  ['a lone continuation byte', '/accounts/%80'],
  ['half a character', '/accounts/%c3'],
  ['an escaped surrogate', '/accounts/%ed%a0%80'],
  ['a byte that is never UTF-8', '/accounts/%ff'],
  ['quotes, brackets and braces in the path', '/accounts/{id}'],
  ['a bracket in the path', '/accounts/[1]'],
  ['a pipe', '/accounts/a|b'],
  ['a caret in the query', '/accounts?a=^'],
  ['a quote in the query', '/accounts?a="'],
  ['a space in the query', '/accounts?a=b c'],
  ['a backslash in the query', '/accounts?a=\\'],
  ['non-ASCII in the query', '/accounts?a=é'],
  ['a malformed escape in the query', '/accounts?a=%'],
  ['an overlong form in the query', '/accounts?a=%c0%80'],
  ['an escaped NUL in the query', '/accounts?a=%00'],
  ['an escaped line break in a name', '/accounts?a%0a=1'],
  ['a query parameter without a name', '/accounts?=1'],
]

describe('judgeTarget refuses', () => {
  for (const [trick, target] of REFUSED)
    test(`\`judgeTarget\` refuses ${trick}`, () => {
      const judged = judgeTarget(target)
      assert.ok('fault' in judged, JSON.stringify(judged))
      assert.equal(judged.code, 'GH_GATEWAY_TARGET_MALFORMED')
    })
})

/** Decoded segments, then the query as it would be sent on. */
const TAKEN: readonly (readonly [target: string, segments: readonly string[], query: string])[] = [
  ['/', [''], ''],
  ['/accounts', ['accounts'], ''],
  ['/accounts/', ['accounts', ''], ''],
  ['/accounts?', ['accounts'], ''],
  ['/accounts/22289;v=1', ['accounts', '22289;v=1'], ''],
  ['/accounts/...', ['accounts', '...'], ''],
  ['/accounts/.hidden', ['accounts', '.hidden'], ''],
  ['/accounts/a%20b', ['accounts', 'a b'], ''],
  ['/accounts/%61', ['accounts', 'a'], ''],
  ['/accounts/%C3%A9', ['accounts', 'é'], ''],
  ['/accounts/%f0%9f%92%b7', ['accounts', '💷'], ''],
  ["/a!$&'()*+,;=:@-._~", ["a!$&'()*+,;=:@-._~"], ''],
  ['/x?a=1&b=2&a=3', ['x'], 'a=1&b=2&a=3'],
  ['/x?a=1&&b', ['x'], 'a=1&b='],
  ['/x?a=b=c?d/e', ['x'], 'a=b%3Dc%3Fd%2Fe'],
  ['/x?a=%2e%2E%2f', ['x'], 'a=..%2F'],
  ['/x?a=1+1%2B1', ['x'], 'a=1%201%2B1'],
  ['/x?filter[id]=1', ['x'], 'filter%5Bid%5D=1'],
  ['/x?a=1;b=2', ['x'], 'a=1%3Bb%3D2'],
  ['/x?q=100%25', ['x'], 'q=100%25'],
  ["/x?q=!'()*~", ['x'], 'q=%21%27%28%29%2A~'],
]

describe('judgeTarget takes', () => {
  for (const [target, segments, query] of TAKEN)
    test(`\`judgeTarget\` reads ${target}`, () => {
      const judged = judgeTarget(target)
      assert.ok(!('fault' in judged), JSON.stringify(judged))
      assert.deepEqual(judged.segments, segments)
      assert.equal(writeQuery(judged.query, undefined), query)
    })
})

test('`judgeTarget` takes a target of 8,192 characters and refuses one of 8,193', () => {
  assert.equal(MAX_TARGET_LENGTH, 8192)
  const longest = `/${'a'.repeat(MAX_TARGET_LENGTH - 1)}`
  assert.ok('segments' in judgeTarget(longest))
  const judged = judgeTarget(`${longest}a`)
  assert.equal('fault' in judged && judged.code, 'GH_GATEWAY_TARGET_TOO_LONG')
})

test('`judgeTarget` takes 256 query parameters and refuses 257', () => {
  const pairs = (count: number): string => `/x?${Array(count).fill('a=1').join('&')}`
  assert.ok('segments' in judgeTarget(pairs(MAX_QUERY_PAIRS)))
  assert.ok('fault' in judgeTarget(pairs(MAX_QUERY_PAIRS + 1)))
})

/** Targets that look like targets: random pieces that parsers quarrel about. */
const PIECES = ['/', '//', '.', '..', '%2e', '%2F', '%5c', '%25', '%00', '%c0%af', '%C3%A9', '%61']
const MORE = [
  '\\',
  ';',
  '?',
  '&',
  '=',
  '#',
  '+',
  '%',
  'a',
  'accounts',
  '1',
  'é',
  '\u0000',
  '@',
  ':',
]
const target = fc
  .array(fc.oneof(fc.constantFrom(...PIECES, ...MORE), fc.string({ maxLength: 3 })), {
    maxLength: 12,
  })
  .map((parts) => `/${parts.join('')}`)

test('property: `judgeTarget` never throws, and what it takes has one reading', () => {
  fc.assert(
    fc.property(fc.oneof(target, fc.string()), (raw) => {
      const judged = judgeTarget(raw)
      if ('fault' in judged) return
      for (const segment of judged.segments.slice(0, -1)) assert.notEqual(segment, '')
      for (const segment of judged.segments) {
        assert.doesNotMatch(segment, /[/\\%]|^\.{1,2}(;|$)/)
        assert.ok(!hasControl(segment))
      }
      // Another parser of the same text, which resolves what it finds, finds nothing to resolve.
      const path = raw.split('?')[0] ?? ''
      const url = new URL(raw, 'http://bank.test')
      assert.equal(url.pathname, path)
      assert.equal(url.host, 'bank.test')
    }),
    { numRuns: 3000 },
  )
})

test('property: a rebuilt query reads as the judged one, and is its own canonical form', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 6 })
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 6 }), (pairs) => {
      const judged = judgeTarget(`/x?${new URLSearchParams(pairs).toString()}`)
      if ('fault' in judged) return
      const written = writeQuery(judged.query, undefined)
      assert.deepEqual(
        [...new URLSearchParams(written)],
        judged.query.map(({ name, value }) => [name, value]),
      )
      const again = judgeTarget(`/x?${written}`)
      assert.ok('query' in again)
      assert.deepEqual(again.query, judged.query)
    }),
    { numRuns: 1000 },
  )
})
