/** What a schema says of a value, references followed and compositions put together: enough to compare two versions of it. */
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { tokensOf, valueAt } from '../document/pointer.ts'
import { follow } from '../document/reference.ts'
import {
  alternativesOf,
  besideReference,
  propertiesOf,
  unnamedOf,
} from '../document/schema-walk.ts'

export interface Shape {
  readonly pointer: string
  /** Sorted; empty where no type is told. */
  readonly types: readonly string[]
  readonly properties: ReadonlyMap<string, string>
  readonly required: ReadonlySet<string>
  readonly items: string | null
  readonly enum: readonly string[] | null
  readonly pattern: string | null
  readonly format: string | null
  readonly bounds: ReadonlyMap<Bound, number>
  /** Undeclared members are refused. */
  readonly closed: boolean
}

const LOWER = ['minimum', 'minLength', 'minItems', 'minProperties'] as const
const UPPER = ['maximum', 'maxLength', 'maxItems', 'maxProperties'] as const
export type Bound = (typeof LOWER)[number] | (typeof UPPER)[number]
export const isLower = (bound: Bound): boolean => (LOWER as readonly string[]).includes(bound) // sound: widening, to ask for any text

/** Parts of one schema that are put together; what lies beyond is not compared. */
const MAX_PARTS = 500

export function shapeAt(document: JsonValue, pointer: string): Shape {
  const parts = partsAt(document, pointer)
  const always = parts.filter((part) => !part.optional).map((part) => part.schema)
  const every = parts.map((part) => part.schema)
  const first = <T>(read: (schema: JsonObject) => T | undefined): T | null => {
    for (const schema of always) {
      const value = read(schema)
      if (value !== undefined) return value
    }
    return null
  }
  const text = (name: string) => (schema: JsonObject) => {
    const value = schema[name]
    return typeof value === 'string' ? value : undefined
  }
  const properties = new Map<string, string>()
  for (const part of parts)
    for (const [name, { pointer: at }] of propertiesOf(part.schema, part.pointer))
      if (!properties.has(name)) properties.set(name, at)
  const items = parts.flatMap((part) =>
    [...unnamedOf(part.schema, part.pointer)].flatMap(([step, at]) =>
      step === '[]' ? [at.pointer] : [],
    ),
  )
  const bounds = new Map<Bound, number>()
  for (const bound of [...LOWER, ...UPPER]) {
    const value = first((schema) => (typeof schema[bound] === 'number' ? schema[bound] : undefined))
    if (value !== null) bounds.set(bound, value)
  }
  return {
    pointer: parts[0]?.pointer ?? pointer,
    types: typesOf(always.some(hasType) ? always : every),
    properties,
    required: new Set(always.flatMap((schema) => namesIn(schema['required']))),
    items: items[0] ?? null,
    enum: first((schema) => {
      if (schema['const'] !== undefined) return [canonicalJson(schema['const'])]
      return Array.isArray(schema['enum']) ? schema['enum'].map(canonicalJson) : undefined
    }),
    pattern: first(text('pattern')),
    format: first(text('format')),
    bounds,
    closed: every.some(
      (schema) =>
        schema['additionalProperties'] === false || schema['unevaluatedProperties'] === false,
    ),
  }
}

interface Part {
  readonly schema: JsonObject
  readonly pointer: string
  /** Inside alternatives or conditions: it may apply or not. */
  readonly optional: boolean
}

function partsAt(document: JsonValue, start: string): readonly Part[] {
  const parts: Part[] = []
  const seen = new Set<string>()
  const queue: {
    readonly pointer: string
    readonly value: JsonValue | undefined
    readonly optional: boolean
  }[] = [{ pointer: start, value: valueAt(document, tokensOf(start)), optional: false }]
  for (let next = 0; next < queue.length && parts.length < MAX_PARTS; next++) {
    const item = queue[next]
    if (item === undefined || !isJsonObject(item.value)) continue
    const end = follow(document, { value: item.value, pointer: item.pointer })
    if (!end.ok || !isJsonObject(end.value)) continue
    const beside = end.pointer === item.pointer ? undefined : besideReference(item.value)
    const here = [
      { schema: end.value, pointer: end.pointer },
      ...(beside === undefined ? [] : [{ schema: beside, pointer: item.pointer }]),
    ]
    for (const { schema, pointer } of here) {
      if (seen.has(pointer)) continue
      seen.add(pointer)
      parts.push({ schema, pointer, optional: item.optional })
      for (const part of alternativesOf(schema, pointer))
        queue.push({
          ...part,
          optional: item.optional || !part.pointer.startsWith(`${pointer}/allOf/`),
        })
    }
  }
  return parts
}

const hasType = (schema: JsonObject): boolean => schema['type'] !== undefined

function typesOf(schemas: readonly JsonObject[]): readonly string[] {
  const types = new Set<string>()
  for (const schema of schemas) {
    for (const type of [schema['type']].flat()) if (typeof type === 'string') types.add(type)
    if (schema['nullable'] === true) types.add('null')
  }
  return [...types].sort()
}

function namesIn(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
