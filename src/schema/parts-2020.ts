/** What a schema of JSON Schema 2020-12 says of values of one kind. Made of the parts of OpenAPI 3.0, with what was added since. */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/index.ts'
import type { Compiler } from './compile.ts'
import { arrayNode, objectNode } from './containers.ts'
import { compareDecimals, readDecimal } from './decimal.ts'
import type { Keywords } from './keywords.ts'
import { pointerToken } from './pointer.ts'
import type { ArrayNode, Kind, NodeId, ObjectNode, SchemaNode } from './program.ts'
import { numberNode, judgePattern, stringNode } from './scalars.ts'

export const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'] as const
export type Type2020 = (typeof TYPES)[number]

const OBJECT_KEYWORDS: readonly string[] =
  'properties patternProperties additionalProperties propertyNames required dependentRequired minProperties maxProperties'.split(
    ' ',
  )
/** What says more of an object than that it is one. */
const SAYING: readonly string[] =
  'properties patternProperties required allOf oneOf anyOf not if $ref dependentSchemas unevaluatedProperties'.split(
    ' ',
  )
/** Keywords by the kind of value they speak of. */
export const PARTS: readonly (readonly [Kind, readonly string[]])[] = [
  ['object', OBJECT_KEYWORDS],
  ['array', 'prefixItems items contains minItems maxItems uniqueItems'.split(' ')],
  ['string', ['pattern', 'minLength', 'maxLength']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
]

export function part2020(
  type: Type2020,
  words: Keywords,
  pointer: string,
  compiler: Compiler,
): SchemaNode {
  switch (type) {
    case 'object':
      return objectPart(words, pointer, compiler)
    case 'array':
      return arrayPart(words, pointer, compiler)
    case 'string':
      return stringNode(
        only(words, ['pattern', 'minLength', 'maxLength', 'format']),
        pointer,
        compiler,
      )
    case 'number':
      return numberNode(bounds(words), 'number')
    case 'integer':
      return { ...numberNode(bounds(words), 'integer'), byValue: true }
    case 'boolean':
      return { kind: 'boolean' }
    default:
      return type satisfies never
  }
}

/** Some of the keywords, so that what 3.0 knows beside them (`nullable`, `enum` in the type) is not read. */
function only(words: Keywords, names: readonly string[]): Keywords {
  return words.part(
    Object.fromEntries(
      names.flatMap((name): [string, JsonValue][] => {
        const value = words.raw(name)
        return value === undefined ? [] : [[name, value]]
      }),
    ),
  )
}

/** Numeric exclusive bounds as 3.0 writes them: the tighter of two, and whether it is excluded. */
function bounds(words: Keywords): Keywords {
  const tighter = (inclusive: string, exclusive: string, sign: 1 | -1): JsonObject => {
    const [bound, edge] = [words.decimal(inclusive), words.decimal(exclusive)]
    const [low, high] = [readDecimal(bound ?? ''), readDecimal(edge ?? '')]
    if (high === undefined || edge === undefined)
      return bound === undefined ? {} : { [inclusive]: Number(bound) }
    return low !== undefined && bound !== undefined && compareDecimals(low, high) * sign > 0
      ? { [inclusive]: Number(bound) }
      : { [inclusive]: Number(edge), [exclusive]: true }
  }
  const rest = ['multipleOf', 'format'].flatMap((name): [string, JsonValue][] => {
    const value = words.raw(name)
    return value === undefined ? [] : [[name, value]]
  })
  return words.part({
    ...tighter('minimum', 'exclusiveMinimum', 1),
    ...tighter('maximum', 'exclusiveMaximum', -1),
    ...Object.fromEntries(rest),
  })
}

function objectPart(words: Keywords, pointer: string, compiler: Compiler): ObjectNode {
  const node = objectNode(only(words, OBJECT_KEYWORDS), pointer, compiler)
  const place = (keyword: string, name: string): NodeId =>
    compiler.at(`${pointer}/${keyword}/${pointerToken(name)}`)
  const patterns = Object.keys(words.object('patternProperties') ?? {}).map((pattern) => {
    judgePattern(pattern, words, 'patternProperties', compiler.regex)
    return [pattern, place('patternProperties', pattern)] as const
  })
  const names = words.has('propertyNames') ? compiler.at(`${pointer}/propertyNames`) : undefined
  const dependent = Object.entries(words.object('dependentRequired') ?? {}).map(([name, needs]) => {
    const list: readonly JsonValue[] = Array.isArray(needs) ? needs : [null]
    if (!list.every((one) => typeof one === 'string'))
      words.fail('dependentRequired', `dependentRequired of ${name} must be a list of names`)
    return [name, list.map(String)] as const
  })
  // A bare `type: object` is free-form, as in OpenAPI 3.0; it has judged no member.
  const bare = words.has('type') && node.additional === undefined && !SAYING.some(words.has)
  return {
    ...node,
    ...(bare && { additional: true, implied: true }),
    ...(patterns.length > 0 && { patterns }),
    ...(names !== undefined && { names }),
    ...(dependent.length > 0 && { dependent }),
  }
}

function arrayPart(words: Keywords, pointer: string, compiler: Compiler): ArrayNode {
  const prefix = (words.list('prefixItems') ?? []).map((_, index) =>
    compiler.at(`${pointer}/prefixItems/${index}`),
  )
  const items = words.raw('items')
  if (Array.isArray(items))
    words.fail('items', 'items is one schema; a list of them is prefixItems')
  const least = words.count('minContains') ?? 1
  const most = words.count('maxContains')
  const contains = words.has('contains') ? compiler.at(`${pointer}/contains`) : undefined
  return {
    // `items` may be true or false here, which 3.0 does not know: it is compiled at its own place.
    ...arrayNode(only(words, ['minItems', 'maxItems', 'uniqueItems']), pointer, compiler),
    ...(items !== undefined && isSchema(items) && { items: compiler.at(`${pointer}/items`) }),
    ...(prefix.length > 0 && { prefix }),
    ...(contains !== undefined && {
      contains: { of: contains, least, ...(most !== undefined && { most }) },
    }),
  }
}

function isSchema(value: JsonValue): boolean {
  return typeof value === 'boolean' || isJsonObject(value)
}
