import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, isJsonObject, type JsonValue } from './index.ts'

const cases: readonly { name: string; value: unknown; text: string }[] = [
  { name: 'sorts keys', value: { b: 1, a: 2 }, text: '{"a":2,"b":1}' },
  {
    name: 'sorts by code unit, not by alphabet',
    value: { é: 1, z: 2, B: 3, a: 4, '\u{1F600}': 5, '\uFB33': 6 },
    text: '{"B":3,"a":4,"z":2,"é":1,"\u{1F600}":5,"\uFB33":6}',
  },
  { name: 'keeps the order of lists', value: [3, 1, 2], text: '[3,1,2]' },
  { name: 'leaves undefined members out', value: { a: undefined, b: null }, text: '{"b":null}' },
  { name: 'says null for undefined in a list', value: [undefined, 1], text: '[null,1]' },
  { name: 'has no -0', value: -0, text: '0' },
  { name: 'goes deep', value: { a: [{ c: 1, b: [] }] }, text: '{"a":[{"b":[],"c":1}]}' },
  {
    name: 'takes __proto__ and constructor as keys like any other',
    value: JSON.parse('{"constructor": 2, "__proto__": {"b": 1, "a": 2}}'),
    text: '{"__proto__":{"a":2,"b":1},"constructor":2}',
  },
]
for (const { name, value, text } of cases) {
  test(`\`canonicalJson\` ${name}`, () => assert.equal(canonicalJson(value), text))
}

/** The same value with the members of every object in reverse order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  const result: Record<string, unknown> = Object.create(null) as Record<string, unknown> // sound: empty, without a prototype
  for (const [key, item] of Object.entries(value).toReversed()) result[key] = turned(item)
  return result
}

test('`canonicalJson` does not depend on the order of members, and parses back to the value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = canonicalJson(value)
      assert.equal(canonicalJson(turned(value)), text)
      assert.equal(JSON.stringify(JSON.parse(text)).length, text.length)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('`canonicalJson` tells different values apart', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (a, b) => {
      // -0 and 0 are one JSON value.
      const same = canonicalJson(a) === canonicalJson(b)
      let equal = true
      try {
        assert.deepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))
      } catch {
        equal = false
      }
      assert.equal(same, equal)
    }),
  )
})

const kinds: readonly [JsonValue | undefined, boolean][] = [
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  ['{}', false],
  [0, false],
  [undefined, false],
]
for (const [value, want] of kinds) {
  test(`\`isJsonObject\` is ${want} for ${JSON.stringify(value) ?? 'undefined'}`, () =>
    assert.equal(isJsonObject(value), want))
}
