/** The published JSON Schema (draft 2020-12) of a record kind, made from the table that the product itself checks with. */
import { type JsonObject, type JsonValue, MAX_DETAILS } from '../lib/index.ts'
import { type FieldShape, FORMATS, type RecordKind } from './record-format.ts'

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

function shapeSchema(shape: FieldShape): JsonObject {
  switch (shape.type) {
    case 'text':
      return { type: 'string', maxLength: shape.maxLength, pattern: shape.pattern.source }
    case 'word':
      return { type: 'string', enum: shape.words }
    case 'time':
      return { type: 'string', format: 'date-time' }
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
