import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonValue } from '../lib/index.ts'
import { linearRegex } from '../../test/support/linear-regex.ts'
import { MAX_POINTER_CHARS } from './compile.ts'
import { compileSchemas, MAX_COMPOSITION_DEPTH } from './index.ts'

function compile(schema: JsonValue, rest: Record<string, JsonValue> = {}) {
  const document = { root: schema, components: { schemas: rest } }
  const { program, roots, problems } = compileSchemas({
    document,
    roots: ['/root'],
    regex: linearRegex,
  })
  return { program, problems, node: program.nodes[roots.get('/root') ?? -1] }
}

const UNSOUND: readonly (readonly [JsonValue, pointer: string])[] = [
  [{ $ref: '#/nowhere' }, '/root'],
  [{ $ref: 'https://evil.example/x.json' }, '/root'],
  [{ $ref: '#anchor' }, '/root'],
  [{ $ref: '#/%zz' }, '/root'],
  [{ $ref: 7 }, '/root'],
  [{ $ref: '#/root' }, '/root'],
  [{ $ref: '#/__proto__' }, '/root'],
  [true, '/root'],
  [null, '/root'],
  ['string', '/root'],
  [[], '/root'],
  [{ type: 'file' }, '/root/type'],
  [{ type: ['string', 'null'] }, '/root/type'],
  [{ type: 'constructor' }, '/root/type'],
  [{ type: 'string', minLength: -1 }, '/root/minLength'],
  [{ type: 'string', maxLength: 1.5 }, '/root/maxLength'],
  [{ type: 'string', maxLength: '5' }, '/root/maxLength'],
  [{ type: 'string', minLength: 3, maxLength: 2 }, '/root/minLength'],
  [{ type: 'string', pattern: '(' }, '/root/pattern'],
  [{ type: 'string', pattern: '(a)\\1' }, '/root/pattern'],
  [{ type: 'string', pattern: 5 }, '/root/pattern'],
  [{ type: 'string', format: {} }, '/root/format'],
  [{ type: 'string', enum: [] }, '/root/enum'],
  [{ type: 'string', enum: 'a' }, '/root/enum'],
  [{ type: 'string', enum: [1, 2] }, '/root/enum'],
  [{ type: 'string', nullable: 'yes' }, '/root/nullable'],
  [{ type: 'number', minimum: 2, maximum: 1 }, '/root/minimum'],
  [{ type: 'number', minimum: 1, maximum: 1, exclusiveMaximum: true }, '/root/minimum'],
  [{ type: 'number', exclusiveMinimum: 5 }, '/root/exclusiveMinimum'],
  [{ type: 'number', multipleOf: 0 }, '/root/multipleOf'],
  [{ type: 'number', minimum: '1' }, '/root/minimum'],
  [{ type: 'array', items: [{}] }, '/root/items'],
  [{ type: 'array', minItems: 2, maxItems: 1 }, '/root/minItems'],
  [{ type: 'object', properties: [] }, '/root/properties'],
  [{ type: 'object', required: true }, '/root/required'],
  [{ type: 'object', required: [1] }, '/root/required'],
  [{ type: 'object', additionalProperties: 'no' }, '/root/additionalProperties'],
  [{ type: 'object', properties: { a: { readOnly: true, writeOnly: true } } }, '/root/properties'],
  [{ properties: {}, items: {} }, '/root/type'],
  [{ allOf: {} }, '/root/allOf'],
  [{ oneOf: [] }, '/root/oneOf'],
  [{ oneOf: [{}], discriminator: {} }, '/root/discriminator'],
  [{ oneOf: [{}], discriminator: { propertyName: 'a', mapping: { x: 1 } } }, '/root/discriminator'],
  [{ allOf: [{ $ref: '#/root' }] }, '/root'],
  [{ oneOf: [{ type: 'string' }, { not: { $ref: '#/root' } }] }, '/root'],
]

for (const [schema, pointer] of UNSOUND)
  test(`\`compileSchemas\` names ${pointer} when the schema is ${JSON.stringify(schema)}`, () => {
    const { node, problems } = compile(schema)
    assert.equal(node?.kind, 'unsound')
    assert.deepEqual(
      problems.map((problem) => problem.pointer),
      [pointer],
    )
    assert.match(problems[0]?.reason ?? '', /\w/)
  })

test('`compileSchemas` keeps the sound part when another is not', () => {
  const { node, program, problems } = compile({
    type: 'object',
    properties: { good: { type: 'string' }, bad: { type: 'file' }, 'a/b~c': { $ref: '#/x' } },
  })
  assert.equal(node?.kind, 'object')
  assert.deepEqual(problems.map(({ pointer }) => pointer).sort(), [
    '/root/properties/a~1b~0c',
    '/root/properties/bad/type',
  ])
  assert.deepEqual(program.nodes.map(({ kind }) => kind).sort(), [
    'object',
    'string',
    'unsound',
    'unsound',
  ])
})

test('`compileSchemas` answers an unknown root with an unsound node', () => {
  const { program, roots, problems } = compileSchemas({
    document: {},
    roots: ['/paths/x', 'nonsense', '/~2'],
    regex: linearRegex,
  })
  for (const root of ['/paths/x', 'nonsense', '/~2'])
    assert.equal(program.nodes[roots.get(root) ?? -1]?.kind, 'unsound')
  assert.equal(problems.length, 3)
})

test('`compileSchemas` compiles a shared schema once, and recursion ends', () => {
  const shared = { $ref: '#/components/schemas/Tree' }
  const tree = { type: 'object', properties: { left: shared, right: shared } }
  const { program, node } = compile({ type: 'array', items: shared }, { Tree: tree })
  assert.equal(program.nodes.length, 2)
  assert.ok(node?.kind === 'array')
  assert.deepEqual(program.nodes[node.items], {
    kind: 'object',
    properties: [
      ['left', node.items],
      ['right', node.items],
    ],
  })
})

test('`compileSchemas` gives a program that survives JSON', () => {
  const { program } = compile({
    type: 'object',
    properties: JSON.parse('{"__proto__":{"type":"string"}}'),
  })
  assert.deepEqual(JSON.parse(JSON.stringify(program)), program)
  assert.match(JSON.stringify(program), /"__proto__"/)
})

test('`compileSchemas` ignores what stands beside a $ref', () => {
  const { node } = compile(
    { $ref: '#/components/schemas/A', type: 'integer', nullable: true },
    { A: { type: 'string' } },
  )
  assert.deepEqual(node, { kind: 'string' })
})

test('`compileSchemas` infers a missing type from keywords of one type', () => {
  assert.equal(compile({ properties: {} }).node?.kind, 'object')
  assert.equal(compile({ items: {} }).node?.kind, 'array')
  assert.equal(compile({ maxLength: 3 }).node?.kind, 'string')
  assert.equal(compile({ minimum: 3 }).node?.kind, 'number')
  assert.equal(compile({ enum: ['a'] }).node?.kind, 'string')
  assert.equal(compile({ enum: [1, 'a'] }).node?.kind, 'enum')
  assert.equal(compile({ description: 'anything' }).node?.kind, 'any')
})

test('`compileSchemas` merges an allOf of objects where that is exact', () => {
  const object = (name: string, more: Record<string, JsonValue> = {}): JsonValue => ({
    type: 'object',
    properties: { [name]: { type: 'string' } },
    ...more,
  })
  const merged = compile({
    allOf: [object('a', { required: ['a'] }), { allOf: [object('b')] }, {}],
    required: ['b'],
  }).node
  assert.ok(merged?.kind === 'object')
  assert.deepEqual(
    merged.properties.map(([name]) => name),
    ['a', 'b'],
  )
  assert.deepEqual([...(merged.required ?? [])].sort(), ['a', 'b'])
  for (const other of [
    object('b', { additionalProperties: false }),
    object('b', { additionalProperties: { type: 'string' } }),
    object('a'),
    { type: 'string' },
    { $ref: '#/nowhere' },
  ])
    assert.equal(compile({ allOf: [object('a'), other] }).node?.kind, 'all', JSON.stringify(other))
})

test(`\`compileSchemas\` takes ${MAX_COMPOSITION_DEPTH} compositions inside one another, not one more`, () => {
  const nested = (depth: number): JsonValue =>
    depth === 0 ? { type: 'string' } : { oneOf: [{ type: 'integer' }, nested(depth - 1)] }
  assert.deepEqual(compile(nested(MAX_COMPOSITION_DEPTH)).problems, [])
  assert.equal(compile(nested(MAX_COMPOSITION_DEPTH + 1)).problems.length, 1)
})

test('`compileSchemas` takes 64 references in a row, not one more', () => {
  const chain = (length: number) =>
    compile(
      { $ref: '#/components/schemas/s1' },
      Object.fromEntries(
        Array.from({ length }, (_, i) => [
          `s${i + 1}`,
          i + 1 === length ? { type: 'string' } : { $ref: `#/components/schemas/s${i + 2}` },
        ]),
      ),
    ).node?.kind
  assert.equal(chain(64), 'string')
  assert.equal(chain(65), 'unsound')
})

test('`compileSchemas` does not throw when a document is deep, or the port does', () => {
  const nested = (depth: number): JsonValue => {
    let deep: JsonValue = { type: 'string' }
    for (let i = 0; i < depth; i++) deep = { type: 'array', items: deep }
    return deep
  }
  const levels = Math.floor((MAX_POINTER_CHARS - '/root'.length) / '/items'.length)
  assert.deepEqual(compile(nested(levels)).problems, [])
  assert.equal(compile(nested(levels + 1)).problems.length, 1)
  assert.equal(compile(nested(50_000)).problems.length, 1)
  assert.equal(compile({ enum: [1, nested(50_000)] }).node?.kind, 'unsound')
  const wide = Array.from({ length: 200_000 }, () => ({ $ref: '#/components/schemas/A' }))
  assert.equal(compile({ oneOf: wide }, { A: { type: 'string' } }).node?.kind, 'one')
  const throwing = {
    compile: (): never => {
      throw new Error('boom')
    },
  }
  const { program } = compileSchemas({
    document: { s: { type: 'string', pattern: 'a' } },
    roots: ['/s'],
    regex: throwing,
  })
  assert.equal(program.nodes[0]?.kind, 'unsound')
})
