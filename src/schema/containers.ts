/** The nodes that hold other nodes: objects and arrays. */
import type { JsonObject, JsonValue } from '../lib/index.ts'
import { isJsonObject } from '../lib/index.ts'
import type { Compiler } from './compile.ts'
import type { Keywords } from './keywords.ts'
import { pointerToken } from './pointer.ts'
import type { ArrayNode, NodeId, ObjectNode } from './program.ts'
import { nullable } from './scalars.ts'

export function objectNode(words: Keywords, pointer: string, compiler: Compiler): ObjectNode {
  const declared = Object.keys(words.object('properties') ?? {})
  const required = words.names('required')
  const minProperties = words.count('minProperties')
  const maxProperties = words.count('maxProperties')
  words.ordered('minProperties', 'maxProperties')
  const additional = additionalOf(words, pointer, compiler)
  const place = (name: string): string => `${pointer}/properties/${pointerToken(name)}`
  const marked = (mark: string): readonly string[] =>
    declared.filter((name) => isMarked(place(name), mark, compiler))
  const readOnly = marked('readOnly')
  const writeOnly = marked('writeOnly')
  const both = readOnly.find((name) => writeOnly.includes(name))
  if (both !== undefined) words.fail('properties', `${both} is both readOnly and writeOnly`)
  return {
    kind: 'object',
    ...nullable(words),
    properties: declared.map((name) => [name, compiler.at(place(name))] as const),
    ...(required !== undefined && required.length > 0 && { required }),
    ...(additional !== undefined && { additional }),
    ...(minProperties !== undefined && { minProperties }),
    ...(maxProperties !== undefined && { maxProperties }),
    ...(readOnly.length > 0 && { readOnly }),
    ...(writeOnly.length > 0 && { writeOnly }),
  }
}

/** `{}` says as little as `true`. A bare `type: object` is the other way OpenAPI writes a free-form object. */
function additionalOf(
  words: Keywords,
  pointer: string,
  compiler: Compiler,
): boolean | NodeId | undefined {
  const place = `${pointer}/additionalProperties`
  const said = words.raw('additionalProperties')
  if (said === undefined) {
    const bare = !['properties', 'required', 'allOf', 'oneOf', 'anyOf', 'not'].some(words.has)
    return bare && words.has('type') ? true : undefined
  }
  if (typeof said === 'boolean') return said
  if (!isJsonObject(said)) {
    words.fail('additionalProperties', 'additionalProperties must be true, false or a schema')
    return false
  }
  return Object.keys(said).length === 0 ? true : compiler.at(place)
}

/** Whether a property's schema carries the mark itself, or beside the `$ref` of an `allOf`, as authors do because siblings are ignored. */
function isMarked(pointer: string, mark: string, compiler: Compiler): boolean {
  const schema = compiler.peek(pointer)
  if (schema === undefined) return false
  const parts = own(schema, 'allOf')
  const count = Array.isArray(parts) ? parts.length : 0
  // 2020-12 reads what stands beside a `$ref`.
  const written = compiler.dialect === '2020-12' ? compiler.written(pointer) : undefined
  return (
    own(schema, mark) === true ||
    (written !== undefined && own(written, mark) === true) ||
    Array.from({ length: count }, (_, index) => compiler.peek(`${pointer}/allOf/${index}`)).some(
      (part) => part !== undefined && own(part, mark) === true,
    )
  )
}

function own(schema: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(schema, name) ? schema[name] : undefined
}

export function arrayNode(words: Keywords, pointer: string, compiler: Compiler): ArrayNode {
  const minItems = words.count('minItems')
  const maxItems = words.count('maxItems')
  const uniqueItems = words.flag('uniqueItems')
  words.ordered('minItems', 'maxItems')
  const items = words.object('items')
  return {
    kind: 'array',
    ...nullable(words),
    // OpenAPI asks for `items`; without it nothing is said of them, which can be enforced as it stands.
    items:
      items === undefined
        ? compiler.add({ kind: 'any' }, pointer)
        : compiler.at(`${pointer}/items`),
    ...(minItems !== undefined && { minItems }),
    ...(maxItems !== undefined && { maxItems }),
    ...(uniqueItems && { uniqueItems }),
  }
}
