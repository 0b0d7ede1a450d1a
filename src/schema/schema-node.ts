import type { Compiler } from './compile.ts'
import { arrayNode, objectNode } from './containers.ts'
import { discriminatorOf } from './discriminator.ts'
import type { Keywords } from './keywords.ts'
import type { NodeId, SchemaNode } from './program.ts'
import { booleanNode, enumNode, nullable, numberNode, stringNode } from './scalars.ts'

/** The node of one schema object: its own assertions and its compositions, all of which must hold. */
export function schemaNode(words: Keywords, pointer: string, compiler: Compiler): SchemaNode {
  const own = ownNode(words, pointer, compiler)
  const parts: SchemaNode[] = own === undefined ? [] : [own]
  const branches = (keyword: string): readonly NodeId[] =>
    (words.list(keyword) ?? []).map((_, index) => compiler.at(`${pointer}/${keyword}/${index}`))
  // The letter of 3.0.3 gives `nullable` no effect without a `type` beside it; the idiom `nullable` + `allOf: [$ref]` is
  // everywhere and means what it says, so null passes there.
  const orNull = nullable(words)
  if (words.has('allOf')) parts.push({ kind: 'all', of: branches('allOf'), ...orNull })
  for (const [keyword, kind] of ALTERNATIVES) {
    if (!words.has(keyword)) continue
    const of = branches(keyword)
    const discriminator = discriminatorOf(words, `${pointer}/${keyword}`, of, compiler)
    parts.push({ kind, of, ...orNull, ...(discriminator !== undefined && { discriminator }) })
  }
  if (words.has('not')) parts.push({ kind: 'not', of: compiler.at(`${pointer}/not`) })
  const [only] = parts
  if (only === undefined) return { kind: 'any' }
  if (parts.length === 1) return only
  // Each part says of itself whether null passes; `not` never does.
  return { kind: 'all', of: parts.map((part) => compiler.add(part, pointer)) }
}

const ALTERNATIVES = [
  ['oneOf', 'one'],
  ['anyOf', 'some'],
] as const

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'] as const
type Type = (typeof TYPES)[number]

/** Keywords that speak of one type only: they tell the type where the author left it out. */
const TELLING: readonly (readonly [Type, readonly string[]])[] = [
  ['object', ['properties', 'additionalProperties', 'required', 'minProperties', 'maxProperties']],
  ['array', ['items', 'minItems', 'maxItems', 'uniqueItems']],
  ['string', ['pattern', 'minLength', 'maxLength']],
  ['number', ['minimum', 'maximum', 'multipleOf']],
]

/** What the schema asserts apart from its compositions, or `undefined` if that is nothing. */
function ownNode(words: Keywords, pointer: string, compiler: Compiler): SchemaNode | undefined {
  const type = typeOf(words)
  switch (type) {
    case undefined:
      return words.has('enum') ? enumNode(words) : undefined
    case 'string':
      return stringNode(words, pointer, compiler)
    case 'number':
    case 'integer':
      return numberNode(words, type)
    case 'boolean':
      return booleanNode(words)
    case 'array':
    case 'object': {
      const node = (type === 'array' ? arrayNode : objectNode)(words, pointer, compiler)
      if (!words.has('enum')) return node
      const of = [node, enumNode(words)].map((part) => compiler.add(part, pointer))
      return { kind: 'all', of, ...nullable(words) }
    }
    default:
      return type satisfies never
  }
}

function typeOf(words: Keywords): Type | undefined {
  if (words.has('type')) {
    const written = words.text('type')
    const type = TYPES.find((name) => name === written)
    if (type === undefined) words.fail('type', `type must be one of ${TYPES.join(', ')}`)
    return type
  }
  const told = TELLING.filter(([, names]) => names.some((name) => words.has(name)))
  if (told.length > 1)
    words.fail(
      'type',
      `type is missing, and the keywords speak of ${told.map(([type]) => type).join(' and ')}`,
    )
  return told[0]?.[0]
}
