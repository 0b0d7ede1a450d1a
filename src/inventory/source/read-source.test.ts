import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { MAX_DEPTH, MAX_SPEC_BYTES, MAX_VALUES } from '../limits.ts'
import { lineIndex, offsetOf } from './mark.ts'
import { readSource } from './read-source.ts'
import type { SourceDocument } from './source-document.ts'
import { readYaml } from './yaml-source.ts'

function read(text: string): SourceDocument {
  const result = readSource(text)
  assert.ok(result.ok, text.slice(0, 80))
  return result.value
}
function refusal(text: string): string {
  const result = readSource(text)
  return result.ok ? 'read' : (result.error[0]?.code ?? '')
}
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const LIMIT = 'GH_INVENTORY_LIMIT'

test('readSource gives what JSON.parse gives when the text is JSON', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ noUnicodeString: false })),
      fc.constantFrom(undefined, 2, '\t'),
      (value, space) => {
        const text = JSON.stringify(value, null, space)
        assert.deepEqual(plain(read(text).value), JSON.parse(text))
      },
    ),
    { numRuns: 300 },
  )
})

test('readYaml gives what JSON.parse gives when the text is JSON', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value, null, 1)
      const result = readYaml(text)
      assert.ok(result.ok)
      assert.deepEqual(plain(result.value.value), JSON.parse(text))
    }),
    { numRuns: 200 },
  )
})

test('readSource gives back what was written as YAML', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const written = plain(value)
      // The writer knows no merge keys and leaves them unquoted.
      fc.pre(!JSON.stringify(written).includes('"<<"'))
      assert.deepEqual(plain(read(stringify(written)).value ?? {}), written)
    }),
    { numRuns: 200 },
  )
})

test('readSource keeps words that only YAML 1.1 took for values when the text is JSON or YAML', () => {
  const json = read(
    '{"no": "yes", "on": "0x10", "~": "null", "<<": {"a": 1}, "1_000": 1e3, "a\\/b": "\\ud83d\\ude00"}',
  )
  assert.deepEqual(plain(json.value), {
    no: 'yes',
    on: '0x10',
    '~': 'null',
    '<<': { a: 1 },
    '1_000': 1000,
    'a/b': '😀',
  })
  const yaml = read(
    'country: NO\nflag: on\ndate: 2021-10-01\nversion: 1.10\n200: ok\ntime: 12:30:45',
  )
  assert.deepEqual(plain(yaml.value), {
    country: 'NO',
    flag: 'on',
    date: '2021-10-01',
    version: 1.1,
    200: 'ok',
    time: '12:30:45',
  })
})

test('readSource reads JSON that defeats readers of YAML: tabs, long keys, a colon on the next line', () => {
  const key = 'k'.repeat(5_000)
  assert.deepEqual(plain(read(`{\n\t"a"\n\t:\t[1,\t2],\r\n"${key}":"# no comment: {"}`).value), {
    a: [1, 2],
    [key]: '# no comment: {',
  })
})

test('readSource makes objects without prototype', () => {
  for (const text of ['{"__proto__": {"admin": true}}', '__proto__: {admin: true}']) {
    const { value } = read(text)
    assert.equal(Object.getPrototypeOf(value), null)
    assert.deepEqual(Object.keys(value ?? {}), ['__proto__'])
  }
  assert.equal(({} as { admin?: boolean }).admin, undefined) // sound: any object may be asked for it
})

test('readSource keeps the first of two values and hands over the second', () => {
  for (const text of ['{"a": {"b": 1, "b": 2}}', 'a:\n  b: 1\n  b: 2\n']) {
    const { value, duplicates } = read(text)
    assert.deepEqual(plain(value), { a: { b: 1 } })
    assert.deepEqual(
      duplicates.map(({ tokens, value: second }) => [tokens, second]),
      [[['a', 'b'], 2]],
    )
  }
})

test('readSource reads 200 levels and refuses 201', () => {
  for (const [open, close] of [
    ['{"a":', '}'],
    ['{a: ', '}'],
  ] as const) {
    const nested = (levels: number): string => `${open.repeat(levels)}1${close.repeat(levels)}`
    assert.equal(refusal(nested(MAX_DEPTH)), 'read')
    assert.equal(refusal(nested(MAX_DEPTH + 1)), LIMIT)
    assert.equal(refusal(nested(50_000)), LIMIT)
  }
  const block = (levels: number): string =>
    Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:\n`).join('')
  assert.equal(refusal(block(MAX_DEPTH)), 'read')
  assert.equal(refusal(block(MAX_DEPTH + 1)), LIMIT)
  assert.equal(refusal('- '.repeat(5_000)), LIMIT)
  assert.equal(refusal('['.repeat(500_000)), LIMIT)
  assert.equal(refusal(`{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`), LIMIT)
})

test('readSource counts the levels that an alias adds', () => {
  const deep = (levels: number): string => `a: &a ${'['.repeat(levels)}${']'.repeat(levels)}\n`
  const tail = `b: ${'['.repeat(100)}*a${']'.repeat(100)}\n`
  assert.equal(refusal(`${deep(99)}${tail}`), 'read')
  assert.equal(refusal(`${deep(100)}${tail}`), LIMIT)
})

test('readSource reads a million values and refuses one more, however they are made', () => {
  // The root, `a`, and the items of the list.
  const list = (items: number): string => `{"a":[${'1,'.repeat(items - 1)}1]}`
  assert.equal(refusal(list(MAX_VALUES - 2)), 'read')
  assert.equal(refusal(list(MAX_VALUES - 1)), LIMIT)
  // 1 root + 1000 in `a` (itself included) + the list `b` + 998 × 1000 = 999,002 values, then one alias more.
  const bomb = (aliases: number): string =>
    `a: &a [${Array(999).fill('1').join(',')}]\nb: [${Array(aliases).fill('*a').join(',')}]\n`
  assert.equal(refusal(bomb(998)), 'read')
  assert.equal(refusal(bomb(999)), LIMIT)
})

test('readSource reads 10 MiB and refuses a byte more', () => {
  const padded = (bytes: number): string => `{"a":1}${' '.repeat(bytes - 7)}`
  assert.equal(refusal(padded(MAX_SPEC_BYTES)), 'read')
  assert.equal(refusal(padded(MAX_SPEC_BYTES + 1)), LIMIT)
  // Bytes, not characters.
  assert.equal(refusal(`{"a":"${'é'.repeat(MAX_SPEC_BYTES / 2)}"}`), LIMIT)
})

test('readSource refuses an alias inside what it stands for, and lists one that stands for nothing', () => {
  assert.equal(refusal('a: &a {b: *a}'), LIMIT)
  assert.equal(read('a: [1]\nb: null\n').oddities.length, 0)
  assert.notEqual(refusal('a: *nothing'), '')
})

test('readSource merges `<<` under what is there already, from one map or several', () => {
  const { value } = read(
    'a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: own\n  <<: [*a, *b]\nd: {"<<": 1}\n',
  )
  assert.deepEqual(plain(value), {
    a: { x: 1, y: 1 },
    b: { y: 2, z: 2 },
    c: { z: 'own', x: 1, y: 1 },
    d: { '<<': 1 },
  })
})

test('readSource lists a `<<` that merges nothing, and does not take it for a key', () => {
  for (const merged of ['text', '1', '', '[]', '[{x: 1}]', '[text]', '[{x: 1}, 2]']) {
    const { value, oddities } = read(`a:\n  <<: ${merged}\n  y: 2\n`)
    assert.ok(!JSON.stringify(value).includes('<<'))
    assert.deepEqual(
      oddities.map(({ code, offset }) => [code, offset]),
      merged.startsWith('[]') || merged === '[{x: 1}]' ? [] : [['GH_INVENTORY_SHAPE', 5]],
      merged,
    )
  }
})

test('offsetOf and lineIndex tell the place of keys and values, or of the nearest parent, whatever ends a line', () => {
  for (const end of ['\n', '\r\n']) {
    const text = ['a:', '  b: [10, 20]', 'c: x', ''].join(end)
    const { marks } = read(text)
    const place = lineIndex(text)
    const at = (tokens: readonly string[], part: 'key' | 'value'): unknown =>
      place(offsetOf(marks, tokens, part))
    assert.deepEqual(at(['a', 'b'], 'key'), { line: 2, column: 3 })
    assert.deepEqual(at(['a', 'b', '1'], 'value'), { line: 2, column: 11 })
    assert.deepEqual(at(['c'], 'value'), { line: 3, column: 4 })
    assert.deepEqual(at(['a', 'gone', 'further'], 'value'), { line: 1, column: 1 })
  }
})

test('offsetOf tells the same key places in JSON', () => {
  const text = '{\n  "a": {"b": [10,\n 20]}\n}'
  const { marks } = read(text)
  const place = lineIndex(text)
  assert.deepEqual(place(offsetOf(marks, ['a', 'b'], 'key')), { line: 2, column: 9 })
  assert.deepEqual(place(offsetOf(marks, ['a', 'b', '1'], 'value')), { line: 3, column: 2 })
})
