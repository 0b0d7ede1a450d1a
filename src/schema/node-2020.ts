/**
 * The node of one schema object of JSON Schema 2020-12, as OpenAPI 3.1 uses it. What the dialect can say and this cannot enforce is
 * a fault of the schema, by the keyword's name; nothing that asserts is passed over.
 */
import { isJsonObject, type JsonObject } from '../lib/index.ts'
import { part2020, PARTS, type Type2020, TYPES } from './parts-2020.ts'
import type { Compiler } from './compile.ts'
import { discriminatorOf } from './discriminator.ts'
import type { Keywords } from './keywords.ts'
import { localPointer, pointerToken } from './pointer.ts'
import type { Kind, NodeId, SchemaNode } from './program.ts'
import { enumNode } from './scalars.ts'

const DIALECTS: readonly unknown[] = [
  undefined,
  'https://json-schema.org/draft/2020-12/schema',
  'https://spec.openapis.org/oas/3.1/dialect/base',
]

/** Keywords that assert and cannot be enforced here, with the way to say the same. */
const REFUSED: readonly (readonly [keyword: string, reason: string])[] = [
  [
    '$id',
    '$id gives the schema an address of its own; references here are pointers into the document',
  ],
  ['$dynamicRef', '$dynamicRef is not followed; use $ref'],
  ['$recursiveRef', '$recursiveRef is of an older dialect; use $ref'],
  ['$vocabulary', '$vocabulary is not read'],
  ['unevaluatedItems', 'unevaluatedItems is not enforced; use items beside prefixItems'],
  [
    'dependencies',
    'dependencies is of an older dialect; use dependentRequired or dependentSchemas',
  ],
  ['additionalItems', 'additionalItems is of an older dialect; use items beside prefixItems'],
]

export function node2020(words: Keywords, pointer: string, compiler: Compiler): SchemaNode {
  for (const [keyword, reason] of REFUSED) if (words.has(keyword)) words.fail(keyword, reason)
  if (!DIALECTS.includes(words.raw('$schema'))) words.fail('$schema', 'the dialect is not 2020-12')
  const parts = [
    ...reference(words, compiler),
    ...typed(words, pointer, compiler),
    ...values(words),
    ...compositions(words, pointer, compiler),
    ...conditions(words, pointer, compiler),
  ]
  return closed(words, pointer, compiler, parts)
}

function* reference(words: Keywords, compiler: Compiler): Generator<SchemaNode> {
  if (!words.has('$ref')) return
  const target = localPointer(words.raw('$ref'))
  if (target === undefined)
    words.fail('$ref', '$ref must name a place in this document, such as #/components/schemas/A')
  else yield { kind: 'all', of: [compiler.at(target)] }
}

/** With `type` one of the types; without it each keyword speaks of its own kind only. */
function* typed(words: Keywords, pointer: string, compiler: Compiler): Generator<SchemaNode> {
  if (!words.has('type')) {
    const of = PARTS.filter(([, names]) => names.some(words.has)).map(
      ([kind]): readonly [Kind, NodeId] => [
        kind,
        compiler.add(part2020(kind, words, pointer, compiler), pointer),
      ],
    )
    if (of.length > 0) yield { kind: 'kinds', of, open: true }
    return
  }
  const types = typesOf(words)
  const named = types.filter(
    (type): type is Type2020 =>
      type !== 'null' && !(type === 'integer' && types.includes('number')),
  )
  const nodes = named.map((type) => part2020(type, words, pointer, compiler))
  const orNull = types.includes('null')
  const [only] = nodes
  if (only === undefined) yield { kind: 'enum', values: [], nullable: true }
  else if (nodes.length === 1 && !orNull) yield only
  else
    yield {
      kind: 'kinds',
      of: named.map((type, index) => [
        type === 'integer' ? 'number' : type,
        compiler.add(nodes[index] ?? { kind: 'any' }, pointer),
      ]),
      ...(orNull && { nullable: true }),
    }
}

function typesOf(words: Keywords): readonly (Type2020 | 'null')[] {
  const written = words.raw('type')
  const list: readonly unknown[] = Array.isArray(written) ? written : [written]
  const types = [...TYPES, 'null' as const].filter((type) => list.includes(type))
  if (types.length === 0 || types.length !== list.length)
    words.fail(
      'type',
      `type must be one of ${TYPES.join(', ')}, null, or a list of them, each once`,
    )
  return types
}

/** `enum` and `const`, each a part: both must hold. */
function* values(words: Keywords): Generator<SchemaNode> {
  if (words.has('enum')) yield enumNode(words)
  const constant = words.raw('const')
  if (constant !== undefined) yield enumNode(words.part({ enum: [constant] }))
}

const ALTERNATIVES = [
  ['oneOf', 'one'],
  ['anyOf', 'some'],
] as const

function* compositions(
  words: Keywords,
  pointer: string,
  compiler: Compiler,
): Generator<SchemaNode> {
  const branches = (keyword: string): readonly NodeId[] =>
    (words.list(keyword) ?? []).map((_, index) => compiler.at(`${pointer}/${keyword}/${index}`))
  if (words.has('allOf')) yield { kind: 'all', of: branches('allOf') }
  for (const [keyword, kind] of ALTERNATIVES) {
    if (!words.has(keyword)) continue
    const of = branches(keyword)
    const discriminator = discriminatorOf(words, `${pointer}/${keyword}`, of, compiler)
    yield { kind, of, ...(discriminator !== undefined && { discriminator }) }
  }
  if (words.has('not')) yield { kind: 'not', of: compiler.at(`${pointer}/not`) }
}

/** `if` with `then` and `else`, which alone say nothing (2020-12 §10.2.2.1), and `dependentSchemas`, which is the same in short. */
function* conditions(words: Keywords, pointer: string, compiler: Compiler): Generator<SchemaNode> {
  const at = (keyword: string): NodeId => compiler.at(`${pointer}/${keyword}`)
  if (words.has('if') && (words.has('then') || words.has('else')))
    yield {
      kind: 'if',
      test: at('if'),
      ...(words.has('then') && { yes: at('then') }),
      ...(words.has('else') && { no: at('else') }),
    }
  for (const name of Object.keys(words.object('dependentSchemas') ?? {}))
    yield {
      kind: 'if',
      test: compiler.add({ kind: 'object', properties: [], required: [name] }, pointer),
      yes: at(`dependentSchemas/${pointerToken(name)}`),
    }
}

/** The parts as one node; with `unevaluatedProperties` they are counted against the members of the object. */
function closed(
  words: Keywords,
  pointer: string,
  compiler: Compiler,
  parts: readonly SchemaNode[],
): SchemaNode {
  const rest = words.raw('unevaluatedProperties')
  const add = (node: SchemaNode): NodeId => compiler.add(node, pointer)
  if (rest === undefined) {
    const [only] = parts
    if (only === undefined) return { kind: 'any' }
    return parts.length === 1 ? only : { kind: 'all', of: parts.map(add) }
  }
  if (typeof rest !== 'boolean' && !isJsonObject(rest)) {
    words.fail('unevaluatedProperties', 'unevaluatedProperties must be true, false or a schema')
    return { kind: 'any' }
  }
  if (rest === true || isEmpty(rest)) {
    const open = add({ kind: 'object', properties: [], additional: true })
    return {
      kind: 'all',
      of: [...parts.map(add), add({ kind: 'kinds', of: [['object', open]], open: true })],
    }
  }
  const unevaluated = rest === false ? false : compiler.at(`${pointer}/unevaluatedProperties`)
  return {
    kind: 'closed',
    of: parts.map(add),
    unevaluated,
    ...(unevaluated !== false && {
      map: add({ kind: 'object', properties: [], additional: unevaluated }),
    }),
  }
}

function isEmpty(schema: JsonObject | boolean): boolean {
  return typeof schema === 'object' && Object.keys(schema).length === 0
}
