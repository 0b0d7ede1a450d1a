/**
 * Key sets beside a configuration: only public keys may stand there. Parsed as JSON for what it means and as YAML (of which JSON is a
 * part) for the places and for members that a repeated name would hide.
 */
import { isMap, isNode, isSeq, type Node, parseDocument, type YAMLMap } from 'yaml'

import type { Diagnostic, ErrorCode } from '../lib/index.ts'
import { quote } from './check.ts'
import { linePlaces } from './line-places.ts'
import { LIMITS } from './limits.ts'
import { offsetOf } from './yaml-structure.ts'

/** RFC 7518 §6.2.2, §6.3.2, §6.4.1 (RFC 8037 §2 uses `d` too): members that make a JWK private, or are the key itself. */
const PRIVATE = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
const PUBLIC_TYPES = new Set(['RSA', 'EC', 'OKP'])
const MAX_KEYS = 100

/** Mistakes in the text of a JWKS file (RFC 7517 §5). Quotes no member's value. */
export function checkJwks(text: string, file: string): readonly Diagnostic[] {
  const placeAt = linePlaces(file, text)
  const found: Diagnostic[] = []
  const tell = (code: ErrorCode, at: Node | null, message: string): void => {
    found.push({ code, message, place: placeAt(at === null ? 0 : offsetOf(at)) })
  }
  if (text.length > LIMITS.text) {
    tell('GH_CONFIG_JWKS_INVALID', null, `The key set has more than ${LIMITS.text} characters.`)
    return found
  }
  if (!isJson(text)) {
    tell('GH_CONFIG_JWKS_INVALID', null, 'The key set is not JSON.')
    return found
  }
  const root = parseDocument(text, {
    prettyErrors: false,
    uniqueKeys: false,
  }).contents
  const lists = isMap(root) ? membersNamed(root, 'keys') : []
  if (lists.length !== 1 || !isSeq(lists[0])) {
    // Somebody may have saved a single key: say what is worse first.
    if (isMap(root)) checkKey(root, tell)
    tell(
      'GH_CONFIG_JWKS_INVALID',
      root,
      'A key set is an object with one list "keys" (RFC 7517 section 5).',
    )
    return found
  }
  const keys = lists[0].items
  if (keys.length === 0)
    tell('GH_CONFIG_JWKS_INVALID', lists[0], 'The key set is empty, so no token can be checked.')
  if (keys.length > MAX_KEYS)
    tell(
      'GH_CONFIG_JWKS_INVALID',
      lists[0],
      `The key set has ${keys.length} keys; ${MAX_KEYS} are allowed.`,
    )
  for (const key of keys.slice(0, MAX_KEYS)) {
    if (isMap(key)) checkKey(key, tell, true)
    else tell('GH_CONFIG_JWKS_INVALID', isNode(key) ? key : lists[0], 'A key must be an object.')
  }
  return found
}

function checkKey(
  key: YAMLMap,
  tell: (code: ErrorCode, at: Node | null, message: string) => void,
  whole = false,
): void {
  for (const { key: name } of key.items)
    if (
      isNode(name) &&
      'value' in name &&
      typeof name.value === 'string' &&
      PRIVATE.has(name.value)
    )
      tell(
        'GH_CONFIG_JWKS_PRIVATE',
        name,
        `The member ${quote(name.value)} belongs to a private or symmetric key.`,
      )
  const type = membersNamed(key, 'kty')[0]
  const kty = type !== undefined && 'value' in type ? type.value : undefined
  if (whole && !(typeof kty === 'string' && PUBLIC_TYPES.has(kty)))
    tell('GH_CONFIG_JWKS_INVALID', type ?? key, 'A key must have a "kty" of RSA, EC or OKP.')
}

function membersNamed(map: YAMLMap, name: string): readonly Node[] {
  return map.items.flatMap(({ key, value }) =>
    isNode(key) && 'value' in key && key.value === name && isNode(value) ? [value] : [],
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
