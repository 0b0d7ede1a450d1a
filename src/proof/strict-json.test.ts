import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseStrictObject } from './strict-json.ts'

test('`parseStrictObject` gives what `JSON.parse` gives for every object without a repeated name', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })),
      fc.nat(3),
      (value, space) => {
        const text = JSON.stringify(value, null, space)
        assert.deepEqual(parseStrictObject(text), JSON.parse(text))
      },
    ),
    { numRuns: 300 },
  )
})

test('`parseStrictObject` refuses a name that comes twice, however it is written and wherever it stands', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 2 }), (name, value) => {
      const plain = JSON.stringify(name)
      const escaped = `"${[...Array(name.length).keys()].map((at) => `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
      const member = JSON.stringify(value)
      assert.equal(parseStrictObject(`{${plain}:1,${escaped} :${member}}`), undefined)
      assert.equal(
        parseStrictObject(`{"a":[{"b":{${escaped}:1,"x y":2, ${plain}\n:3}}]}`),
        undefined,
      )
    }),
    { numRuns: 200 },
  )
})

test('`parseStrictObject` lets the same name stand in two objects, and a value look like a name', () => {
  const text = '{"a":{"x":1},"b":{"x":1},"c":["x","x",{"x":"x"}],"x":"a"}'
  assert.deepEqual(parseStrictObject(text), JSON.parse(text))
})

test('`parseStrictObject` refuses what is no object, and nesting beyond its limit', () => {
  for (const text of ['', 'null', '1', '"a"', '[]', '[{}]', '{', '{"a":1}x', '{"a":1,}'])
    assert.equal(parseStrictObject(text), undefined, text)
  const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  assert.ok(parseStrictObject(nested(12)))
  assert.equal(parseStrictObject(nested(13)), undefined)
})

test('`parseStrictObject` treats `__proto__` as a name like any other', () => {
  const value = parseStrictObject('{"__proto__":{"admin":true}}')
  assert.ok(value !== undefined && Object.hasOwn(value, '__proto__'))
  assert.equal((value as { admin?: unknown }).admin, undefined)
  assert.equal(parseStrictObject('{"__proto__":1,"__proto__":2}'), undefined)
})

test('`parseStrictObject` reads a claim whose name has a backslash as itself, whatever it read before', () => {
  assert.deepEqual(parseStrictObject('{"n":1,"\\\\\\\\":1}'), { n: 1, '\\\\': 1 })
  assert.deepEqual(parseStrictObject('{"n":1,"\\\\i":2}'), { n: 1, '\\i': 2 })
})

test('`parseStrictObject` refuses what nests deeper than a stack is', () => {
  for (const depth of [12, 5_000, 100_000]) {
    const text = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
    assert.equal(parseStrictObject(text), undefined, String(depth))
  }
})
