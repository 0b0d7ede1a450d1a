/** The schemas inside a schema, by keyword (OpenAPI 3.0.3 §4.7.24). One level; the caller guards against cycles. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { childPointer, pointerOf, tokensOfReference } from './pointer.ts'
import type { Located } from './reference.ts'

const SINGLE = ['items', 'not', 'additionalProperties'] as const
const LISTS = ['allOf', 'oneOf', 'anyOf'] as const

export function* propertiesOf(schema: JsonObject, pointer: string): Generator<[string, Located]> {
  const properties = schema['properties']
  if (!isJsonObject(properties)) return
  const at = childPointer(pointer, 'properties')
  for (const [name, value] of Object.entries(properties))
    yield [name, { value, pointer: childPointer(at, name) }]
}

/** Parts that describe the same value: members of allOf, oneOf, anyOf. */
export function* alternativesOf(schema: JsonObject, pointer: string): Generator<Located> {
  for (const keyword of LISTS) {
    const list = schema[keyword]
    if (!Array.isArray(list)) continue
    for (const [index, value] of (list as readonly JsonValue[]).entries())
      // sound: an array of JSON values
      yield { value, pointer: `${pointer}/${keyword}/${index}` }
  }
}

/** Every schema that this one is made of, references not followed. */
export function* partsOf(schema: JsonObject, pointer: string): Generator<Located> {
  for (const [, property] of propertiesOf(schema, pointer)) yield property
  yield* alternativesOf(schema, pointer)
  for (const keyword of SINGLE) {
    const value = schema[keyword]
    if (isJsonObject(value)) yield { value, pointer: childPointer(pointer, keyword) }
  }
  yield* mappedSchemas(schema, pointer)
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
