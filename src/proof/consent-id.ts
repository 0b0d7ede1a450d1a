/**
 * Which consent a token is for, wherever its issuer says so: in a claim, in a scope (`consent:7f3a` of Open Finance Brasil, or a
 * parameterised scope of Keycloak), or in `authorization_details` (RFC 9396). A token that names two names none.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/index.ts'

export interface ConsentPlace {
  /** Name of the claim, beginning of the scope, or name of the member. */
  readonly consent: string
  readonly consentIn?: 'scope' | 'authorization_details'
}

/** `''`: it names none, or more than one. */
export function readConsentId(
  { consent, consentIn }: ConsentPlace,
  scopes: readonly string[],
  payload: JsonObject,
): string {
  if (consentIn === 'scope')
    return theOne(
      scopes
        .filter((scope) => scope.startsWith(consent))
        .map((scope) => scope.slice(consent.length)),
    )
  if (consentIn === 'authorization_details')
    return theOne(detailsOf(payload).flatMap((detail) => membersOf(detail, consent)))
  // A provider that could have given several values writes one as a list.
  return theOne(membersOf(payload, consent))
}

/** The same one twice is one. */
function theOne(named: readonly (JsonValue | undefined)[]): string {
  const [first] = named
  return typeof first === 'string' && named.every((other) => other === first) ? first : ''
}

function membersOf(object: JsonObject, name: string): readonly (JsonValue | undefined)[] {
  if (!Object.hasOwn(object, name)) return []
  const value = object[name]
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value]
}

function detailsOf(payload: JsonObject): readonly JsonObject[] {
  const list = Object.hasOwn(payload, 'authorization_details')
    ? payload['authorization_details']
    : []
  return Array.isArray(list) ? (list as readonly JsonValue[]).filter(isJsonObject) : []
}
