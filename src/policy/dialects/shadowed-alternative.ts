/**
 * The Berlin Group writes a periodic payment beside a single one: `oneOf: [paymentInitiation, periodicPaymentInitiation, …]`, the second with all that the
 * first requires, in the same schemas, and more. The first is open to members that it does not name, so by the letter each body of the second fits both,
 * and `oneOf` refuses it. It is read as it is meant: what has a member that only the second requires is none of the first.
 */
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { type LookUp, objectOf, requiredOf } from './object-schema.ts'

export function apart(list: readonly JsonValue[], follow: LookUp): readonly JsonValue[] {
  const objects = list.map((one) => objectOf(one, follow))
  const meant = list.map((one, at): JsonValue => {
    const own = objects[at]
    const more = own === undefined ? [] : objects.flatMap((other) => requiredBeyond(own, other))
    if (more.length === 0) return one
    const anyOf = [...new Set(more)].map((name): JsonObject => ({ required: [name] }))
    return { allOf: [one], not: { anyOf } }
  })
  return meant.some((one, at) => one !== list[at]) ? meant : list
}

/** What `other` requires beyond all that `own` does; none, unless whatever fits `other` could fit `own`. */
function requiredBeyond(own: JsonObject, other: JsonObject | undefined): readonly string[] {
  if (other === undefined || own['additionalProperties'] === false) return []
  const [fewer, all] = [requiredOf(own), requiredOf(other)]
  const named = propertiesOf(own)
  const more = all.filter((name) => !fewer.includes(name))
  const covers = fewer.length > 0 && fewer.every((name) => all.includes(name))
  const [mine, theirs] = [named, propertiesOf(other)]
  const alike = fewer.every((name) => same(mine[name], theirs[name]))
  // A member that both know tells nobody which of them is meant.
  return covers && alike && more.every((name) => !Object.hasOwn(named, name)) ? more : []
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return properties !== undefined && isJsonObject(properties) ? properties : {}
}
const same = (a: JsonValue | undefined, b: JsonValue | undefined): boolean =>
  a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b)
