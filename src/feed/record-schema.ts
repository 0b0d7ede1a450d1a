/** The published JSON Schema (draft 2020-12) of a record kind, made from the table that the product itself checks with. */
import { type JsonObject, type JsonValue, MAX_DETAILS } from '../lib/index.ts'
import {
  type FieldShape,
  FORMATS,
  MAX_JWKS_KEYS,
  PRIVATE_MEMBERS,
  type RecordKind,
} from './record-format.ts'

export function recordSchema(kind: RecordKind): JsonObject {
  const format = FORMATS[kind]
  const properties: Record<string, JsonValue> = {}
  for (const { name, shape, description, examples } of format.fields)
    properties[name] = { description, ...shapeSchema(shape), examples }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: format.title,
    description: format.description,
    type: 'object',
    properties,
    required: format.fields.filter((field) => field.required).map((field) => field.name),
    ...(format.oneOf === undefined
      ? {}
      : { oneOf: format.oneOf.map((name) => ({ required: [name] })) }),
    additionalProperties: false,
  }
}

/** RFC 7517 §4, RFC 7518 §6: without the members that make a key private. */
const PUBLIC_KEY: JsonObject = {
  type: 'object',
  required: ['kty'],
  properties: { kty: { type: 'string' } },
  not: { anyOf: PRIVATE_MEMBERS.map((name) => ({ required: [name] })) },
}

function shapeSchema(shape: FieldShape): JsonObject {
  switch (shape.type) {
    case 'text':
      return { type: 'string', maxLength: shape.maxLength, pattern: shape.pattern.source }
    case 'word':
      return { type: 'string', enum: shape.words }
    case 'time':
      return { type: 'string', format: 'date-time' }
    case 'count':
      return { type: 'integer', minimum: shape.min, maximum: shape.max }
    case 'jwks':
      return {
        type: 'object',
        required: ['keys'],
        properties: { keys: { type: 'array', maxItems: MAX_JWKS_KEYS, items: PUBLIC_KEY } },
      }
    case 'details':
      return {
        type: 'array',
        maxItems: MAX_DETAILS,
        items: { type: 'object', required: ['type'], properties: { type: { type: 'string' } } },
      }
    case 'list':
      return {
        type: 'array',
        maxItems: shape.maxItems,
        uniqueItems: true,
        items: { type: 'string', minLength: 1, maxLength: shape.maxLength },
      }
    default:
      return shape satisfies never
  }
}
