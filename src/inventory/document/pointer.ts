/** JSON pointers (RFC 6901) and their form in a `$ref` fragment. */
import type { JsonValue } from '../../lib/index.ts'

export function pointerOf(tokens: readonly string[]): string {
  return tokens.map((token) => `/${escapeToken(token)}`).join('')
}

/** `pointer` with one more token. */
export function childPointer(pointer: string, token: string): string {
  return `${pointer}/${escapeToken(token)}`
}

export function tokensOf(pointer: string): readonly string[] {
  if (pointer === '') return []
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Tokens of a local reference (`#/a~1b/c%20d`), or `undefined` if it does not start with `#/` (or is not `#`). */
export function tokensOfReference(reference: string): readonly string[] | undefined {
  if (reference === '#') return []
  if (!reference.startsWith('#/')) return undefined
  // RFC 6901 §6: the fragment is percent-decoded first, then split
  return tokensOf(percentDecoded(reference.slice(1)))
}

/** Own members only; an array index has no sign and no leading zero (RFC 6901 §4). */
export function valueAt(root: JsonValue, tokens: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = root
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null) return undefined
    if (Array.isArray(value))
      value = /^(0|[1-9]\d{0,8})$/.test(token) ? value[Number(token)] : undefined
    else if (Object.hasOwn(value, token))
      // sound: a JsonValue that is an object and no array is a JsonObject
      value = (value as { readonly [key: string]: JsonValue })[token]
    else return undefined
  }
  return value
}

function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a lone % that its author forgot to escape: taken as written
  }
}
