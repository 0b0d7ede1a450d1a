/**
 * The schemas inside a schema, by keyword (OpenAPI 3.0.3 §4.7.24, JSON Schema 2020-12). One level; the caller guards against cycles.
 * Keywords of the newer dialect are walked in every document: in an older one they enforce nothing and are in nobody's way.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { childPointer, pointerOf, tokensOfReference } from './pointer.ts'
import type { Located } from './reference.ts'

const SINGLE = [
  'items',
  'not',
  'additionalProperties',
  'contains',
  'propertyNames',
  'unevaluatedProperties',
  'if',
] as const
const SAME = ['then', 'else'] as const
const LISTS = ['allOf', 'oneOf', 'anyOf'] as const

export function propertiesOf(schema: JsonObject, pointer: string): Generator<[string, Located]> {
  return namedIn(schema, 'properties', pointer)
}

/** Schemas of members whose names the schema does not list, and of items: what they hold is there under no name of its own. */
export function* unnamedOf(
  schema: JsonObject,
  pointer: string,
): Generator<readonly [step: '[]' | '.*', Located]> {
  for (const keyword of ['items', 'contains']) {
    const value = schema[keyword]
    if (value !== undefined) yield ['[]', { value, pointer: childPointer(pointer, keyword) }]
  }
  for (const part of listed(schema, 'prefixItems', pointer)) yield ['[]', part]
  for (const keyword of ['additionalProperties', 'unevaluatedProperties']) {
    const value = schema[keyword]
    if (isJsonObject(value)) yield ['.*', { value, pointer: childPointer(pointer, keyword) }]
  }
  for (const [, part] of namedIn(schema, 'patternProperties', pointer)) yield ['.*', part]
}

/** Parts that describe the same value: members of allOf, oneOf, anyOf, and what a condition adds. */
export function* alternativesOf(schema: JsonObject, pointer: string): Generator<Located> {
  for (const keyword of LISTS) yield* listed(schema, keyword, pointer)
  for (const keyword of SAME) {
    const value = schema[keyword]
    if (isJsonObject(value)) yield { value, pointer: childPointer(pointer, keyword) }
  }
  for (const [, part] of namedIn(schema, 'dependentSchemas', pointer)) yield part
}

/** Every schema that this one is made of, references not followed. */
export function* partsOf(schema: JsonObject, pointer: string): Generator<Located> {
  for (const [, property] of propertiesOf(schema, pointer)) yield property
  for (const [, part] of namedIn(schema, 'patternProperties', pointer)) yield part
  yield* alternativesOf(schema, pointer)
  yield* listed(schema, 'prefixItems', pointer)
  for (const keyword of SINGLE) {
    const value = schema[keyword]
    if (isJsonObject(value)) yield { value, pointer: childPointer(pointer, keyword) }
  }
  yield* mappedSchemas(schema, pointer)
}

/** What stands beside the `$ref` of a schema, as a schema of its own (2020-12 §8.2.3.1), if anything does. */
export function besideReference(schema: JsonObject): JsonObject | undefined {
  if (typeof schema['$ref'] !== 'string') return undefined
  const { $ref: _, ...rest } = schema
  return Object.keys(rest).length === 0 ? undefined : rest
}

function* namedIn(
  schema: JsonObject,
  keyword: string,
  pointer: string,
): Generator<[string, Located]> {
  const map = schema[keyword]
  if (!isJsonObject(map)) return
  const at = childPointer(pointer, keyword)
  for (const [name, value] of Object.entries(map))
    yield [name, { value, pointer: childPointer(at, name) }]
}

function* listed(schema: JsonObject, keyword: string, pointer: string): Generator<Located> {
  const list = schema[keyword]
  if (!Array.isArray(list)) return
  for (const [index, value] of (list as readonly JsonValue[]).entries())
    // sound: an array of JSON values
    yield { value, pointer: `${pointer}/${keyword}/${index}` }
}

/** Targets of a discriminator's mapping: a reference, or the name of a component (§4.7.25). */
function* mappedSchemas(schema: JsonObject, pointer: string): Generator<Located> {
  const discriminator = schema['discriminator']
  const mapping = isJsonObject(discriminator) ? discriminator['mapping'] : undefined
  if (!isJsonObject(mapping)) return
  for (const [name, target] of Object.entries(mapping)) {
    if (typeof target !== 'string') continue
    const tokens = tokensOfReference(target) ?? ['components', 'schemas', target]
    const reference: JsonObject = { $ref: `#${encodeURI(pointerOf(tokens))}` }
    yield { value: reference, pointer: `${pointer}/discriminator/mapping/${name}` }
  }
}
