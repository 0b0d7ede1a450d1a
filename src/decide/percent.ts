/**
 * Percent-encoding as RFC 3986 has it, strictly: what is malformed is refused, never guessed at. Encoding has one spelling for each
 * text, so that what goes upstream is exactly what was judged.
 */

/** Bits of a printable ASCII character: may stand unescaped in a path segment, in a query, and is RFC 3986 §2.3 "unreserved". */
const PATH = 1
const QUERY = 2
const UNRESERVED = 4

const CLASSES = new Uint8Array(128)
for (const [letters, bits] of [
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~', PATH | QUERY | UNRESERVED],
  // RFC 3986 §3.3 pchar: sub-delims, `:` and `@`; `%` is looked at when the segment is decoded.
  ["!$&'()*+,;=:@%", PATH | QUERY],
  // §3.4 allows `/` and `?`; brackets are not in the grammar, but `filter[x]` is common and carries no meaning for us.
  ['/?[]', QUERY],
] as const)
  for (const letter of letters) CLASSES[letter.charCodeAt(0)] = bits

export function isPathCode(code: number): boolean {
  return code < 128 && ((CLASSES[code] ?? 0) & PATH) !== 0
}

export function isQueryCode(code: number): boolean {
  return code < 128 && ((CLASSES[code] ?? 0) & QUERY) !== 0
}

/** The text of an escaped one; `undefined` for malformed escapes and for bytes that are not UTF-8 (overlong forms, surrogates). */
export function decodePercent(written: string): string | undefined {
  try {
    return decodeURIComponent(written)
  } catch {
    return undefined // URIError: ECMA-262 §19.2.6.5 refuses exactly the two cases above
  }
}

/** Escapes everything but unreserved characters, hex in capitals: the one canonical spelling of data. */
export function encodeData(text: string): string {
  let plain = true
  for (let at = 0; at < text.length && plain; at++) plain = isUnreserved(text.charCodeAt(at))
  if (plain) return text
  let encoded = ''
  for (const letter of encodeURIComponent(text))
    // What encodeURIComponent leaves alone besides the unreserved: ! ' ( ) *
    encoded +=
      letter === '%' || isUnreserved(letter.charCodeAt(0))
        ? letter
        : `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
  return encoded
}

/** The canonical spelling of fixed text in a template: like `encodeData`, but what a path may hold unescaped stays as it is. */
export function encodeLiteral(text: string): string {
  let encoded = ''
  for (const letter of text)
    encoded += letter !== '%' && isPathCode(letter.charCodeAt(0)) ? letter : encodeData(letter)
  return encoded
}

/** C0 controls and DEL: nothing in a target may decode to them. */
export function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

function isUnreserved(code: number): boolean {
  return code < 128 && ((CLASSES[code] ?? 0) & UNRESERVED) !== 0
}
