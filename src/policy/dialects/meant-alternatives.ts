/** `oneOf` as the writers of a specification mean it, where by its letter no body fits that is meant. */
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import { withEmpty } from './empty-alternative.ts'
import type { LookUp } from './object-schema.ts'
import { apart } from './shadowed-alternative.ts'

/** The same document where it has none: nothing is copied that does not change. */
export function withMeantAlternatives(document: JsonValue): JsonValue {
  return read(document, (pointer) => lookUp(document, pointer))
}

function read(value: JsonValue, follow: LookUp): JsonValue {
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).map((item) => read(item, follow)) // sound: an array of a JSON value
    return items.some((item, at) => item !== value[at]) ? items : value
  }
  if (!isJsonObject(value)) return value
  // Where a member names the alternative, nothing is left to be meant.
  const named = value['discriminator'] !== undefined
  let changed = false
  const members = Object.entries(value).map(([name, inner]): [string, JsonValue] => {
    const meant =
      name === 'oneOf' && Array.isArray(inner) && !named ? alternatives(inner, follow) : inner
    const own = read(meant, follow)
    if (own !== inner) changed = true
    return [name, own]
  })
  return changed ? Object.fromEntries(members) : value
}

const alternatives = (list: readonly JsonValue[], follow: LookUp): readonly JsonValue[] =>
  apart(withEmpty(list, follow), follow)

/** Names of components need no escapes. */
function lookUp(document: JsonValue, pointer: string): JsonValue | undefined {
  if (!pointer.startsWith('#/')) return undefined
  let at: JsonValue | undefined = document
  for (const name of pointer.slice(2).split('/'))
    at = isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
  return at
}
