/** What counts as declared, by the keywords of OpenAPI 3.0 and JSON Schema 2020-12. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { linearRegex } from '../../test/support/linear-regex.ts'
import type { JsonValue } from '../lib/index.ts'
import { compileSchemas, prepareProjector, prepareUndeclared, readTree } from './index.ts'

const RUNS = 3_000

function compiled(schema: JsonValue, openapi?: string) {
  const document = {
    ...(openapi !== undefined && { openapi }),
    start: schema,
    components: { schemas: { Money: money, Node: node } },
  }
  const { program, roots } = compileSchemas({ document, roots: ['/start'], regex: linearRegex })
  return { program, root: roots.get('/start') ?? -1 }
}
const text = { type: 'string' }
const money = { type: 'object', properties: { Amount: text, Currency: text } }
/** Declares itself. */
const node = { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } }

function undeclared(
  schema: JsonValue,
  value: JsonValue,
  mayStand: (name: string) => boolean = () => false,
): string | undefined {
  const { program, root } = compiled(schema)
  const tree = readTree(JSON.stringify(value), 32)
  assert.ok(typeof tree === 'object')
  return prepareUndeclared(program, root, { regex: linearRegex, mayStand })(tree)
}

const A = { type: 'object', properties: { a: text } }
const B = { type: 'object', properties: { b: money } }
const ROWS: readonly (readonly [
  name: string,
  schema: JsonValue,
  value: JsonValue,
  at: string | undefined,
])[] = [
  ['declared', A, { a: 'x' }, undefined],
  ['one that is not', A, { a: 'x', c: 1 }, ''],
  ['below', B, { b: { Amount: '1', Minor: 100 } }, '/b'],
  ['in rows', { type: 'array', items: B }, [{}, { b: { x: 1 } }], '/1/b'],
  ['a reference', { $ref: '#/components/schemas/Money' }, { Amount: '1', To: 'x' }, ''],
  ['a schema of itself', node, { next: { next: { next: {} } } }, undefined],
  ['deep in a schema of itself', node, { next: { next: { nxt: {} } } }, '/next/next'],
  ['nothing said of an object', { type: 'object' }, { x: { y: 1 } }, undefined],
  ['nothing said at all', {}, { x: 1 }, undefined],
  ['more is said to be welcome', { ...A, additionalProperties: true }, { x: 1 }, undefined],
  ['more of a kind', { ...A, additionalProperties: money }, { k: { Amount: '1' } }, undefined],
  [
    'more of a kind, and more in it',
    { ...A, additionalProperties: money },
    { secret: { x: 1 } },
    '/*',
  ],
  ['more is forbidden', { ...A, additionalProperties: false }, { x: 1 }, ''],
  ['allOf: declared by either', { allOf: [A, B] }, { a: 'x', b: {} }, undefined],
  ['allOf: by none', { allOf: [A, B] }, { a: 'x', c: 1 }, ''],
  ['allOf: below, by the part that has it', { allOf: [A, B] }, { b: { x: 1 } }, '/b'],
  ['allOf: a part that is any object', { allOf: [A, { type: 'object' }] }, { c: 1 }, undefined],
  ['allOf: a description opens nothing', { allOf: [A, { description: 'd' }] }, { c: 1 }, ''],
  [
    'allOf: a part that says more',
    { allOf: [A, { ...B, additionalProperties: true }] },
    { c: 1 },
    undefined,
  ],
  ['oneOf: declared by either', { oneOf: [A, B] }, { b: { Amount: '1' } }, undefined],
  ['oneOf: by none', { oneOf: [A, B] }, { c: 1 }, ''],
  ['oneOf: a branch that is open', { oneOf: [A, { type: 'object' }] }, { c: 1 }, undefined],
  ['anyOf: below', { anyOf: [A, B] }, { b: { Amount: '1', x: 1 } }, '/b'],
  [
    'oneOf inside allOf',
    { allOf: [A, { oneOf: [B, { type: 'object', properties: { d: text } }] }] },
    { a: 'x', d: 'y' },
    undefined,
  ],
  ['not declares nothing', { allOf: [A, { not: { required: ['z'] } }] }, { z: 1 }, ''],
  ['a name of the language', A, { toString: 1 }, ''],
  ['a prototype', A, JSON.parse('{"__proto__":1}') as JsonValue, ''], // sound: JSON is a JsonValue
  ['another kind than declared', A, 'text', undefined],
  ['an array where an object is declared', A, [{ x: 1 }], undefined],
]
for (const [name, schema, value, at] of ROWS)
  test(`undeclared: ${name}`, () => assert.equal(undeclared(schema, value), at))

test('patterns, names of maps and `unevaluatedProperties` of 2020-12 declare as they do there', () => {
  const find = (schema: JsonValue, value: JsonValue): string | undefined => {
    const { program, root } = compiled(schema, '3.1.0')
    const tree = readTree(JSON.stringify(value), 32)
    assert.ok(typeof tree === 'object')
    return prepareUndeclared(program, root, { regex: linearRegex, mayStand: () => false })(tree)
  }
  const coded = { type: 'object', properties: { a: text }, patternProperties: { '^k-': money } }
  assert.equal(find(coded, { 'k-1': { Amount: '1' } }), undefined)
  assert.equal(find(coded, { 'k-1': { x: 1 } }), '/*')
  assert.equal(find(coded, { other: 1 }), '')
  const closed = { allOf: [A], properties: { b: text }, unevaluatedProperties: false }
  assert.equal(find(closed, { a: 'x', b: 'y' }), undefined)
  assert.equal(find(closed, { c: 1 }), '')
  const untyped = { properties: { a: text } }
  assert.equal(find(untyped, { a: 'x' }), undefined)
  assert.equal(find(untyped, { c: 1 }), '')
})

test('names that were agreed may stand in any object, and what is below them is not looked at', () => {
  const mayStand = (name: string): boolean => name.startsWith('x-')
  assert.equal(undeclared(B, { 'x-a': { y: 1 }, b: { 'x-b': 1 } }, mayStand), undefined)
  assert.equal(undeclared(B, { 'y-a': 1 }, mayStand), '')
})

test('what stays silent here, a projection lets out whole; what speaks, it does not', () => {
  const schema: JsonValue = { allOf: [A, B, { properties: { list: { type: 'array', items: A } } }] }
  const { program, root } = compiled(schema)
  const find = prepareUndeclared(program, root, { regex: linearRegex, mayStand: () => false })
  const project = prepareProjector(
    program,
    root,
    { drop: [], rows: [], freeForm: 'keep' },
    { regex: linearRegex },
  )
  const inner = fc.record(
    { Amount: fc.constant('1'), Currency: fc.constant('EUR'), other: fc.constant(1) },
    { requiredKeys: [] },
  )
  const item = fc.record({ a: fc.constant('x'), z: fc.constant(1) }, { requiredKeys: [] })
  const value = fc.record(
    { a: fc.constant('x'), b: inner, list: fc.array(item, { maxLength: 3 }), c: fc.constant(1) },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(value, (one) => {
      const json = JSON.stringify(one)
      const tree = readTree(json, 32)
      assert.ok(typeof tree === 'object')
      const left = project(json, { sets: {}, windows: {} })
      assert.ok(left.ok)
      assert.equal(find(tree) === undefined, left.removedFields === 0, json)
    }),
    { numRuns: RUNS },
  )
})
