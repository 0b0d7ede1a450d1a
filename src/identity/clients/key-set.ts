/** What counts of the keys that a third party publishes: public ones, fit for the algorithms that are taken, each with a name of its own. */
import { PRIVATE_MEMBERS } from '../../feed/index.ts'
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import { importKey, parseKeySet, publicPart } from '../../proof/index.ts'
import { MAX_CLIENT_KEYS } from '../client-metadata.ts'

export type JudgedKeySet =
  | {
      readonly kind: 'read'
      /** JWK set of what counts, as JSON; equal sets are equal texts, in whatever order they came. */
      readonly keys: string
      /** Why less counts than was published. */
      readonly problem: string | null
    }
  /** Nothing of it counts, and nothing of it is believed: what was read before stands. */
  | { readonly kind: 'unreadable'; readonly problem: string }

export const NO_KEYS = '{"keys":[]}'

export function judgeKeySet(text: string): JudgedKeySet {
  if (parseKeySet(text) === undefined) return unreadable('it is no JWK set')
  const { keys: list } = JSON.parse(text) as { readonly keys: readonly JsonValue[] } // sound: it is a JWK set
  // Whoever can read it can sign in its name: then none counts until it is clean.
  if (list.some(isPrivate))
    return { kind: 'read', keys: NO_KEYS, problem: 'it holds a private key' }
  const usable: { readonly kid: string | undefined; readonly text: string }[] = []
  for (const jwk of list) {
    const taken = isJsonObject(jwk) ? importKey(jwk) : undefined
    if (!isJsonObject(jwk) || taken?.ok !== true) continue
    const { kid, algorithm: alg } = taken.key
    const named = kid === undefined ? {} : { kid }
    usable.push({ kid, text: JSON.stringify({ ...publicPart(jwk), ...named, use: 'sig', alg }) })
  }
  const kids = usable.flatMap(({ kid }) => kid ?? [])
  if (new Set(kids).size < kids.length) return unreadable('two of its keys have one kid')
  if (usable.length > MAX_CLIENT_KEYS)
    return unreadable(`it holds more than ${MAX_CLIENT_KEYS} keys for signatures`)
  const keys = usable.map((key) => key.text).toSorted()
  const unfit = usable.length === 0 && list.length > 0
  return {
    kind: 'read',
    keys: `{"keys":[${keys.join(',')}]}`,
    problem: unfit ? 'none of its keys is for PS256, ES256 or EdDSA' : null,
  }
}

/** The names of keys, as an event may hold them. */
export function kidsOf(keys: string | null): readonly string[] {
  return keysIn(keys).map(({ kid }) =>
    kid !== undefined && /^[\w.~:+/=-]{1,128}$/.test(kid) ? kid : '(unnamed)',
  )
}

/** Those of the one that are in the other too. */
export function commonKeys(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return null
  const kept = new Set(keysIn(other).map((key) => JSON.stringify(key)))
  return JSON.stringify({ keys: keysIn(one).filter((key) => kept.has(JSON.stringify(key))) })
}

function keysIn(keys: string | null): readonly { readonly kid?: string }[] {
  // Sound: made by `judgeKeySet`.
  return keys === null ? [] : (JSON.parse(keys) as { keys: { kid?: string }[] }).keys
}

function isPrivate(jwk: JsonValue): boolean {
  return isJsonObject(jwk) && PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))
}

function unreadable(problem: string): JudgedKeySet {
  return { kind: 'unreadable', problem }
}
