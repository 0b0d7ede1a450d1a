/**
 * The Berlin Group writes "or an empty body" as the empty schema among alternatives: `oneOf: [{}, updatePsuAuthentication, …]`. Taken by the
 * letter (JSON Schema 2020-12 §10.2.1.3) everything fits `{}`, so each body that is meant is refused, and each that is not is let
 * through. Where all others are objects that need a member, it is read as it is meant: an object without members.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'

const EMPTY: JsonObject = { type: 'object', maxProperties: 0 }

/** The same document where it has none: nothing is copied that does not change. */
export function withEmptyAlternatives(document: JsonValue): JsonValue {
  return read(document, (pointer) => lookUp(document, pointer))
}

type LookUp = (pointer: string) => JsonValue | undefined

function read(value: JsonValue, lookUp: LookUp): JsonValue {
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).map((item) => read(item, lookUp)) // sound: an array of a JSON value
    return items.some((item, at) => item !== value[at]) ? items : value
  }
  if (!isJsonObject(value)) return value
  let changed = false
  const members = Object.entries(value).map(([name, inner]): [string, JsonValue] => {
    const meant = name === 'oneOf' && Array.isArray(inner) ? alternatives(inner, lookUp) : inner
    const own = read(meant, lookUp)
    if (own !== inner) changed = true
    return [name, own]
  })
  return changed ? Object.fromEntries(members) : value
}

function alternatives(list: readonly JsonValue[], lookUp: LookUp): JsonValue {
  const others = list.filter((one) => !isEmpty(one))
  const oneEmpty = others.length === list.length - 1
  return oneEmpty && others.length > 0 && others.every((one) => needsMember(one, lookUp))
    ? list.map((one) => (isEmpty(one) ? EMPTY : one))
    : list
}

function isEmpty(schema: JsonValue): boolean {
  return isJsonObject(schema) && Object.keys(schema).length === 0
}

function needsMember(schema: JsonValue, lookUp: LookUp): boolean {
  const reference = isJsonObject(schema) ? schema['$ref'] : undefined
  const target = typeof reference === 'string' ? lookUp(reference) : schema
  if (!isJsonObject(target)) return false
  const required = target['required']
  return target['type'] === 'object' && Array.isArray(required) && required.length > 0
}

/** Within the document; names of components need no escapes. */
function lookUp(document: JsonValue, pointer: string): JsonValue | undefined {
  if (!pointer.startsWith('#/')) return undefined
  let at: JsonValue | undefined = document
  for (const name of pointer.slice(2).split('/'))
    at = isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
  return at
}
