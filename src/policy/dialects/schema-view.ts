/**
 * Reads the schemas of a document the way a person does: through references and compositions, by property names. It decides nothing
 * about values; it only says what a response may hold, so that rules can name real places. Local references only.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import type { OperationRecord } from '../../inventory/index.ts'
import { dialectOf, type FieldPath } from '../../schema/index.ts'

/** Deeper nesting is not looked at; no open-banking message has half of it. */
export const MAX_VIEW_DEPTH = 12
/** At most this many alternatives of one schema. */
const MAX_VARIANTS = 128

export interface SchemaView {
  /** The schema objects that may apply at a pointer: references followed, `allOf`, `oneOf`, `anyOf` taken apart. */
  variants(pointer: string): readonly JsonObject[]
  variantsOf(schema: JsonValue | undefined): readonly JsonObject[]
  /** The schema of a property, or of the items (`*`), in any of the variants. */
  child(variants: readonly JsonObject[], segment: string): readonly JsonObject[]
  /** JSON schemas of the answers with a 2xx status. */
  answers(operation: OperationRecord): readonly (readonly JsonObject[])[]
  /** JSON schemas of the request body. */
  bodies(operation: OperationRecord): readonly (readonly JsonObject[])[]
  /** Whether any answer of the operation declares the path. */
  declares(operation: OperationRecord, path: FieldPath): boolean
}

export function schemaView(document: JsonValue): SchemaView {
  const siblings = dialectOf(document) === '2020-12'
  const flat = new Map<JsonObject, readonly JsonObject[]>()

  function variantsOf(schema: JsonValue | undefined): readonly JsonObject[] {
    if (!isJsonObject(schema)) return []
    const known = flat.get(schema)
    if (known !== undefined) return known
    // A reference alone is what it refers to, so that all who refer to one schema share one list.
    if (typeof schema['$ref'] === 'string') {
      flat.set(schema, []) // for a reference that leads back here
      const target = variantsOf(lookUp(document, schema['$ref']))
      flat.set(schema, target)
      return target
    }
    const found = new Set<JsonObject>()
    const seen = new Set<JsonObject>()
    const open: JsonValue[] = [schema]
    for (
      let next = open.pop();
      next !== undefined && found.size < MAX_VARIANTS;
      next = open.pop()
    ) {
      if (!isJsonObject(next) || seen.has(next)) continue
      seen.add(next)
      const { $ref } = next
      if (typeof $ref === 'string') {
        const target = lookUp(document, $ref)
        if (target !== undefined) open.push(target)
        // In OpenAPI 3.1 what stands beside a reference counts; in 3.0 nothing that is checked stands there.
        if (!siblings) continue
      }
      found.add(next)
      for (const keyword of ['allOf', 'oneOf', 'anyOf']) {
        const parts = next[keyword]
        if (Array.isArray(parts)) open.push(...parts)
      }
      const dependent = next['dependentSchemas']
      if (siblings && isJsonObject(dependent)) open.push(...Object.values(dependent))
      for (const keyword of siblings ? ['if', 'then', 'else'] : []) open.push(next[keyword] ?? null)
    }
    const list = [...found]
    flat.set(schema, list)
    return list
  }

  const view: SchemaView = {
    variants: (pointer) => variantsOf(lookUp(document, pointer)),
    variantsOf,
    child: (variants, segment) =>
      variants.flatMap((variant) => {
        if (segment === '*') {
          const prefix = variant['prefixItems']
          return [variant['items'], ...(Array.isArray(prefix) ? prefix : [])].flatMap(variantsOf)
        }
        const properties = variant['properties']
        return isJsonObject(properties) && Object.hasOwn(properties, segment)
          ? variantsOf(properties[segment])
          : []
      }),
    answers: (operation) => {
      const pointers = operation.responses
        .filter(({ status }) => /^2(\d\d|XX)$/i.test(status) || status === 'default')
        .flatMap(({ content }) => content)
        .flatMap(({ mediaType, schema }) =>
          schema !== null && isJsonType(mediaType) ? [schema] : [],
        )
      return distinct([...new Set(pointers)].map((pointer) => view.variants(pointer)))
    },
    bodies: ({ requestBody }) =>
      (requestBody?.content ?? []).flatMap(({ mediaType, schema }) =>
        schema !== null && (isJsonType(mediaType) || mediaType === 'application/jwt')
          ? [view.variants(schema)]
          : [],
      ),
    declares: (operation, path) =>
      view
        .answers(operation)
        .some((root) => path.reduce((at, segment) => view.child(at, segment), root).length > 0),
  }
  return view
}

/** `application/json`, `application/vnd.x+json`, `application/problem+json`, … without parameters. */
export function isJsonType(mediaType: string): boolean {
  return /^application\/(json|[^;\s]+\+json)$/.test(mediaType)
}

/** Several media types of one answer mostly share their schema. */
function distinct(roots: readonly (readonly JsonObject[])[]): readonly (readonly JsonObject[])[] {
  return roots.filter(
    (root, index) => root.length > 0 && roots.findIndex((other) => other[0] === root[0]) === index,
  )
}

/** RFC 6901 within the document, with or without the leading `#`; anything that is not local is not there. */
function lookUp(document: JsonValue, pointer: string): JsonValue | undefined {
  const text = pointer.startsWith('#') ? pointer.slice(1) : pointer
  if (text !== '' && !text.startsWith('/')) return undefined
  let at: JsonValue | undefined = document
  for (const raw of text.split('/').slice(1)) {
    const token = decode(raw).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(at))
      at = /^(0|[1-9]\d{0,8})$/.test(token)
        ? (at as readonly JsonValue[])[Number(token)]
        : undefined // sound: an array of a JSON document
    else at = isJsonObject(at) && Object.hasOwn(at, token) ? at[token] : undefined
    if (at === undefined) return undefined
  }
  return at
}

function decode(token: string): string {
  if (!token.includes('%')) return token
  try {
    return decodeURIComponent(token)
  } catch {
    return token
  }
}
