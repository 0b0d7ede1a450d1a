/** A schema that says of itself that it is an object's: what alternatives are told apart by. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'

/** Follows a reference within the document. */
export type LookUp = (pointer: string) => JsonValue | undefined

/** References followed; `undefined`: it is of no object, or nobody can say. */
export function objectOf(schema: JsonValue, follow: LookUp): JsonObject | undefined {
  const reference = isJsonObject(schema) ? schema['$ref'] : undefined
  const target = typeof reference === 'string' ? follow(reference) : schema
  return target !== undefined && isJsonObject(target) && target['type'] === 'object'
    ? target
    : undefined
}

/** Members without which nothing fits. */
export function requiredOf(schema: JsonObject): readonly string[] {
  const { required } = schema
  return Array.isArray(required)
    ? (required as readonly JsonValue[]).filter((name) => typeof name === 'string')
    : []
}
