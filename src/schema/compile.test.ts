import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonValue } from '../lib/index.ts'
import { linearRegex } from '../../test/support/linear-regex.ts'
import { MAX_POINTER_CHARS } from './compile.ts'
import { compileSchemas, MAX_COMPOSITION_DEPTH } from './index.ts'

function compile(schema: JsonValue, rest: Record<string, JsonValue> = {}) {
  const document = { start: schema, components: { schemas: rest } }
  const { program, roots, problems } = compileSchemas({
    document,
    roots: ['/start'],
    regex: linearRegex,
  })
  return { program, problems, node: program.nodes[roots.get('/start') ?? -1] }
}

const UNSOUND: readonly (readonly [JsonValue, pointer: string])[] = [
  [{ $ref: '#/nowhere' }, '/start'],
  [{ $ref: 'https://evil.example/x.json' }, '/start'],
  [{ $ref: '#anchor' }, '/start'],
  [{ $ref: '#/%zz' }, '/start'],
  [{ $ref: 7 }, '/start'],
  [{ $ref: '#/start' }, '/start'],
  [{ $ref: '#/__proto__' }, '/start'],
  [true, '/start'],
  [null, '/start'],
  ['string', '/start'],
  [[], '/start'],
  [{ type: 'file' }, '/start/type'],
  [{ type: ['string', 'null'] }, '/start/type'],
  [{ type: 'constructor' }, '/start/type'],
  [{ type: 'string', minLength: -1 }, '/start/minLength'],
  [{ type: 'string', maxLength: 1.5 }, '/start/maxLength'],
  [{ type: 'string', maxLength: '5' }, '/start/maxLength'],
  [{ type: 'string', minLength: 3, maxLength: 2 }, '/start/minLength'],
  [{ type: 'string', pattern: '(' }, '/start/pattern'],
  [{ type: 'string', pattern: '(a)\\1' }, '/start/pattern'],
  [{ type: 'string', pattern: 5 }, '/start/pattern'],
  [{ type: 'string', format: {} }, '/start/format'],
  [{ type: 'string', enum: [] }, '/start/enum'],
  [{ type: 'string', enum: 'a' }, '/start/enum'],
  [{ type: 'string', enum: [1, 2] }, '/start/enum'],
  [{ type: 'string', nullable: 'yes' }, '/start/nullable'],
  [{ type: 'number', minimum: 2, maximum: 1 }, '/start/minimum'],
  [{ type: 'number', minimum: 1, maximum: 1, exclusiveMaximum: true }, '/start/minimum'],
  [{ type: 'number', exclusiveMinimum: 5 }, '/start/exclusiveMinimum'],
  [{ type: 'number', multipleOf: 0 }, '/start/multipleOf'],
  [{ type: 'number', minimum: '1' }, '/start/minimum'],
  [{ type: 'array', items: [{}] }, '/start/items'],
  [{ type: 'array', minItems: 2, maxItems: 1 }, '/start/minItems'],
  [{ type: 'object', properties: [] }, '/start/properties'],
  [{ type: 'object', required: true }, '/start/required'],
  [{ type: 'object', required: [1] }, '/start/required'],
  [{ type: 'object', additionalProperties: 'no' }, '/start/additionalProperties'],
  [{ type: 'object', properties: { a: { readOnly: true, writeOnly: true } } }, '/start/properties'],
  [{ properties: {}, items: {} }, '/start/type'],
  [{ allOf: {} }, '/start/allOf'],
  [{ oneOf: [] }, '/start/oneOf'],
  [{ oneOf: [{}], discriminator: {} }, '/start/discriminator'],
  [
    { oneOf: [{}], discriminator: { propertyName: 'a', mapping: { x: 1 } } },
    '/start/discriminator',
  ],
  [{ allOf: [{ $ref: '#/start' }] }, '/start'],
  [{ oneOf: [{ type: 'string' }, { not: { $ref: '#/start' } }] }, '/start'],
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
    '/start/properties/a~1b~0c',
    '/start/properties/bad/type',
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
  const levels = Math.floor((MAX_POINTER_CHARS - '/start'.length) / '/items'.length)
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
