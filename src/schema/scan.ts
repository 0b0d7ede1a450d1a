/**
 * The grammar of RFC 8259 over text, character by character. Every read is guarded by the length: reading past the end of a string
 * is slow for ever after in V8, and whoever sends a truncated text could cause it.
 */

/** Containers inside one another; a text that goes deeper is refused, so that no walk over it can exhaust the stack. */
export const MAX_DEPTH = 64

/** The UTF-16 code unit at `at`, or 0 past the end; no JSON text may hold a raw U+0000 outside of being malformed. */
export function codeAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : 0
}

/** The first position from `at` that is not white space (RFC 8259 §2). */
export function skipSpace(text: string, at: number): number {
  let i = at
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 32 || (code !== 32 && code !== 10 && code !== 13 && code !== 9)) return i
  }
  return i
}

const QUOTE = 34
const BACKSLASH = 92

/** `at` is after the opening quote; the position after the closing one, or -1 if the string is not well-formed. */
export function endOfString(text: string, at: number): number {
  let i = at
  for (;;) {
    let code = 0
    while (
      i < text.length &&
      (code = text.charCodeAt(i)) !== QUOTE &&
      code !== BACKSLASH &&
      code >= 32
    )
      i++
    if (i >= text.length || code < 32) return -1
    if (code === QUOTE) return i + 1
    i = endOfEscape(text, i + 1)
    if (i < 0) return -1
  }
}

/** `at` is after the backslash; the position after the escape, or -1. A lone surrogate is grammatical (RFC 8259 §8.2). */
function endOfEscape(text: string, at: number): number {
  switch (codeAt(text, at)) {
    case QUOTE:
    case BACKSLASH:
    case 47: // solidus
    case 98: // b
    case 102: // f
    case 110: // n
    case 114: // r
    case 116: // t
      return at + 1
    case 117: // u and four hexadecimal digits
      for (let i = at + 1; i < at + 5; i++) if (!isHex(codeAt(text, i))) return -1
      return at + 5
    default:
      return -1
  }
}

function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)
}

/** The string between two quotes, both included, that `endOfString` has found well-formed. */
export function stringAt(text: string, open: number, end: number): string {
  const raw = text.slice(open + 1, end - 1)
  // JSON.parse of a quoted well-formed string always is a string.
  return raw.includes('\\') ? String(JSON.parse(text.slice(open, end))) : raw
}

/** `at` is on the first character of a number; the position after it, or -1 (RFC 8259 §6: no plus, no leading zero, no bare dot). */
export function endOfNumber(text: string, at: number): number {
  let i = codeAt(text, at) === 45 ? at + 1 : at
  const first = codeAt(text, i)
  if (first === 48) i++
  else {
    i = endOfDigits(text, i)
    if (i < 0) return -1
  }
  if (codeAt(text, i) === 46) {
    i = endOfDigits(text, i + 1)
    if (i < 0) return -1
  }
  const exponent = codeAt(text, i)
  if (exponent === 101 || exponent === 69) {
    const sign = codeAt(text, i + 1)
    i = endOfDigits(text, sign === 43 || sign === 45 ? i + 2 : i + 1)
  }
  return i
}

/** The position after at least one digit, or -1. */
function endOfDigits(text: string, at: number): number {
  let i = at
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) break
  }
  return i === at ? -1 : i
}

/** The position after `true`, `false` or `null` at `at`, or -1. */
export function endOfLiteral(text: string, at: number): number {
  const word = codeAt(text, at) === 116 ? 'true' : codeAt(text, at) === 102 ? 'false' : 'null'
  return text.startsWith(word, at) ? at + word.length : -1
}
