/** A JWK set (RFC 7517 §5) as a table of keys by `kid`. A key that is not fit is left out with a reason; the others count. */
import { isJsonObject, type JsonValue } from '../lib/index.ts'
import { parseStrictObject } from './strict-json.ts'
import { importKey, type KeyAlgorithm, type VerificationKey } from './verification-key.ts'

export const MAX_KEY_SET_BYTES = 262_144
const MAX_KEYS = 100

export interface KeySet {
  readonly keys: readonly VerificationKey[]
  /** One sentence per key left out, by position; holds no key material. */
  readonly refused: readonly string[]
}

/** The usable keys of the text, or `undefined` if it is no JWK set at all. */
export function parseKeySet(text: string): KeySet | undefined {
  if (text.length > MAX_KEY_SET_BYTES) return undefined
  const list = parseStrictObject(text)?.['keys']
  if (!Array.isArray(list) || list.length > MAX_KEYS) return undefined
  const keys: VerificationKey[] = []
  const refused: string[] = []
  list.forEach((jwk: JsonValue, at) => {
    const taken = isJsonObject(jwk)
      ? importKey(jwk)
      : { ok: false as const, reason: 'is not an object' }
    if (!taken.ok) refused.push(`keys[${at}] ${taken.reason}`)
    else if (taken.key.kid !== undefined && find(keys, taken.key.kid, taken.key.algorithm))
      refused.push(`keys[${at}] repeats the kid and algorithm of another key`)
    else keys.push(taken.key)
  })
  return { keys, refused }
}

/**
 * The key that a token header names. `kid` is compared and never interpreted. Without one, the key must be the only candidate of
 * its algorithm.
 */
export function find(
  keys: readonly VerificationKey[],
  kid: string | undefined,
  algorithm: KeyAlgorithm,
): VerificationKey | undefined {
  let only: VerificationKey | undefined
  for (const key of keys) {
    if (key.algorithm !== algorithm) continue
    if (kid !== undefined) {
      if (key.kid === kid) return key
    } else if (only !== undefined) return undefined
    else only = key
  }
  return only
}
