/**
 * The Berlin Group writes "or an empty body" as the empty schema among alternatives: `oneOf: [{}, updatePsuAuthentication, …]`. Taken by the
 * letter (JSON Schema 2020-12 §10.2.1.3) everything fits `{}`, so each body that is meant is refused, and each that is not is let
 * through. Where all others are objects that need a member, it is read as it is meant: an object without members.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { type LookUp, objectOf, requiredOf } from './object-schema.ts'

const EMPTY: JsonObject = { type: 'object', maxProperties: 0 }

export function withEmpty(list: readonly JsonValue[], follow: LookUp): readonly JsonValue[] {
  const others = list.filter((one) => !isEmpty(one))
  const oneEmpty = others.length === list.length - 1
  return oneEmpty && others.length > 0 && others.every((one) => needsMember(one, follow))
    ? list.map((one) => (isEmpty(one) ? EMPTY : one))
    : list
}

function isEmpty(schema: JsonValue): boolean {
  return isJsonObject(schema) && Object.keys(schema).length === 0
}

function needsMember(schema: JsonValue, follow: LookUp): boolean {
  const target = objectOf(schema, follow)
  return target !== undefined && requiredOf(target).length > 0
}
