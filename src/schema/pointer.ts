import { isJsonObject, type JsonObject, type JsonValue } from '../lib/index.ts'

/** One reference token as it stands inside a JSON pointer (RFC 6901 §3). */
export function pointerToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The value a JSON pointer names, or `undefined` if there is none. Looks at own members only. */
export function lookUp(document: JsonValue, pointer: string): JsonValue | undefined {
  if (pointer === '') return document
  if (!pointer.startsWith('/')) return undefined
  let value: JsonValue | undefined = document
  for (const token of pointer.slice(1).split('/')) {
    if (/~(?![01])/.test(token)) return undefined
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (isJsonObject(value)) value = Object.hasOwn(value, name) ? value[name] : undefined
    else if (Array.isArray(value)) {
      // RFC 6901 §4: no leading zeros.
      const items: readonly JsonValue[] = value
      value = /^(0|[1-9]\d{0,9})$/.test(name) ? items[Number(name)] : undefined
    } else return undefined
  }
  return value
}

/** `lookUp` in one document, for many pointers that begin alike: each step is taken once. */
export function lookUpIn(document: JsonValue): (pointer: string) => JsonValue | undefined {
  const known = new Map<string, JsonValue | undefined>([['', document]])
  const find = (pointer: string): JsonValue | undefined => {
    const met = known.get(pointer)
    if (met !== undefined || known.has(pointer)) return met
    const last = pointer.lastIndexOf('/')
    if (last < 0) return undefined
    const parent = find(pointer.slice(0, last))
    const value = parent === undefined ? undefined : lookUp(parent, pointer.slice(last))
    known.set(pointer, value)
    return value
  }
  return find
}

export type Resolved =
  | { readonly ok: true; readonly pointer: string; readonly value: JsonValue }
  | { readonly ok: false; readonly reason: string }

/** How many `$ref`s may follow one another before a real schema must come. */
const MAX_HOPS = 64

/** What may stand beside a `$ref` and asserts nothing about a value. `readOnly` and `writeOnly` are read by whoever holds the member. */
const ANNOTATIONS = new Set(
  '$ref $comment title summary description default deprecated example examples externalDocs xml readOnly writeOnly'.split(
    ' ',
  ),
)

/** Whether a `$ref` is all that its schema asserts; in OpenAPI 3.0.3 (Reference Object) it always is. */
function isReference(schema: JsonObject, siblings: boolean): boolean {
  if (!Object.hasOwn(schema, '$ref')) return false
  return (
    !siblings || Object.keys(schema).every((key) => ANNOTATIONS.has(key) || key.startsWith('x-'))
  )
}

/**
 * Follows `$ref`s from `pointer` to a schema that says more. With `siblings` what stands beside a `$ref` counts (2020-12 §8.2.3.1);
 * without it is ignored (OpenAPI 3.0.3, Reference Object). Only references into the same document are followed: nothing is ever
 * fetched.
 */
export function resolve(
  find: (pointer: string) => JsonValue | undefined,
  pointer: string,
  siblings = false,
): Resolved {
  let at = pointer
  for (let hops = 0; hops <= MAX_HOPS; hops++) {
    const value = find(at)
    if (value === undefined)
      return {
        ok: false,
        reason: hops === 0 ? 'there is nothing here' : `$ref names nothing: #${at}`,
      }
    if (!isJsonObject(value) || !isReference(value, siblings))
      return { ok: true, pointer: at, value }
    const target = localPointer(value['$ref'])
    if (target === undefined)
      return {
        ok: false,
        reason: isAnchor(value['$ref'])
          ? '$ref names an anchor; write the place of the schema, such as #/components/schemas/A'
          : '$ref must name a place in this document, such as #/components/schemas/A',
      }
    at = target
  }
  return { ok: false, reason: `$ref leads to no schema within ${MAX_HOPS} steps` }
}

function isAnchor(reference: JsonValue | undefined): boolean {
  return typeof reference === 'string' && /^#[^/]/.test(reference)
}

/** The JSON pointer of a `#/…` reference: the fragment is percent-encoded (RFC 6901 §6). */
export function localPointer(reference: JsonValue | undefined): string | undefined {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined
  const fragment = reference.slice(1)
  if (fragment !== '' && !fragment.startsWith('/')) return undefined
  if (!fragment.includes('%')) return fragment
  try {
    return decodeURIComponent(fragment)
  } catch {
    return undefined // not valid percent-encoded UTF-8
  }
}
