import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodePercent, encodeData, encodeLiteral } from './percent.ts'
import { capture, isWrittenAs, parseTemplate, writePath } from './template.ts'

describe('parseTemplate', () => {
  for (const wrong of [
    '',
    'accounts',
    '/a//b',
    '/a/{}',
    '/a/{b',
    '/a/b}',
    '/a/{b{c}}',
    '/a/{b}{c}',
    '/a/{b}/c/{b}',
    '/a/%zz',
  ])
    test(`\`parseTemplate\` refuses ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => parseTemplate(wrong), TypeError)
    })

  test('`parseTemplate` tells fixed text from parameters', () => {
    assert.deepEqual(parseTemplate('/a%20b/{id}/x({n})'), [
      { kind: 'literal', text: 'a b', written: 'a%20b' },
      { kind: 'parameter', name: 'id' },
      { kind: 'mixed', literals: ['x(', ')'], names: ['n'] },
    ])
  })
})

/** Segment template, segment, what is captured or `null`. */
const CAPTURES: readonly (readonly [string, string, Readonly<Record<string, string>> | null])[] = [
  ['{id}', '1', { id: '1' }],
  ['{id}', '', null],
  ['x({id})', 'x(1)', { id: '1' }],
  ['x({id})', 'x()', null],
  ['x({id})', 'x(1', null],
  ['x({id})', 'X(1)', null],
  ['{name}:download', 'a:b:download', { name: 'a:b' }],
  ['{name}:download', ':download', null],
  ['aba{x}aba', 'aba', null],
  ['{from}-{to}', '1-2', { from: '1', to: '2' }],
  ['{from}-{to}', '1-2-3', null],
  ['{from}-{to}', '1-', null],
  ['{from}-{to}', '-2', null],
  ['{from}-{to}', '12', null],
  ['{__proto__}', 'x', { ['__proto__']: 'x' }],
]

describe('capture', () => {
  for (const [template, segment, want] of CAPTURES)
    test(`\`capture\` ${want === null ? 'refuses' : 'reads'} ${segment} as ${template}`, () => {
      const [parsed] = parseTemplate(`/${template}`)
      assert.ok(parsed)
      const into = new Map<string, string>()
      const matched = capture(parsed, segment, into)
      assert.equal(matched, want !== null)
      if (want !== null) assert.deepEqual([...into], Object.entries(want))
    })
})

test('`isWrittenAs` allows escapes in data and not in fixed text', () => {
  const [literal, parameter, mixed] = parseTemplate('/accounts/{id}/x({n})')
  assert.ok(literal && parameter && mixed)
  assert.ok(isWrittenAs(literal, 'accounts'))
  assert.ok(!isWrittenAs(literal, '%61ccounts'))
  assert.ok(isWrittenAs(parameter, '%31'))
  assert.ok(isWrittenAs(mixed, 'x(%31)'))
  assert.ok(!isWrittenAs(mixed, '%78(1)'))
  assert.ok(!isWrittenAs(mixed, 'x%281)'))
})

test('property: `encodeData` has one spelling, of unreserved characters and escapes, that decodes to the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const written = encodeData(text)
      assert.match(written, /^(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*$/)
      assert.equal(decodePercent(written), text)
      assert.equal(decodePercent(encodeLiteral(text)), text)
    }),
  )
})

test('property: what `capture` reads, `writePath` writes', () => {
  const value = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !text.includes('-'))
  fc.assert(
    fc.property(value, value, (from, to) => {
      const templates = parseTemplate('/x({from}-{to})')
      const [template] = templates
      assert.ok(template)
      const into = new Map<string, string>()
      assert.ok(capture(template, `x(${from}-${to})`, into))
      assert.equal(writePath(templates, into), `/x(${encodeData(from)}-${encodeData(to)})`)
    }),
  )
})
