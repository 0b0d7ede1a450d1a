/** The grammar of RFC 8259 over the units of a text. At the 0 behind its last unit everything is malformed, so nothing reads past it. */
import { type Units, unitsOf } from './units.ts'

/** Containers inside one another; a text that goes deeper is refused, so that no walk over it can exhaust the stack. */
export const MAX_DEPTH = 64

/** The first position from `at` that is not white space (RFC 8259 §2). */
export function skipSpace(units: Units, at: number): number {
  let i = at
  for (;;) {
    const code = units[i] ?? 0
    if (code > 32 || (code !== 32 && code !== 10 && code !== 13 && code !== 9)) return i
    i++
  }
}

const QUOTE = 34
const BACKSLASH = 92

/** 1 for each unit that stands for itself in a string. Measured: a look into a table takes half the time of the comparisons. */
const PLAIN = new Uint8Array(65_536).fill(1, 32)
PLAIN[QUOTE] = 0
PLAIN[BACKSLASH] = 0

/** `at` is after the opening quote; the position after the closing one, or -1 if the string is not well-formed. */
export function endOfString(units: Units, at: number): number {
  let i = at
  for (;;) {
    while (PLAIN[units[i] ?? 0] === 1) i++
    const code = units[i]
    if (code === QUOTE) return i + 1
    if (code !== BACKSLASH) return -1
    i = endOfEscape(units, i + 1)
    if (i < 0) return -1
  }
}

/** `at` is after the backslash; the position after the escape, or -1. A lone surrogate is grammatical (RFC 8259 §8.2). */
function endOfEscape(units: Units, at: number): number {
  switch (units[at] ?? 0) {
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
      for (let i = at + 1; i < at + 5; i++) if (!isHex(units[i] ?? 0)) return -1
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
export function endOfNumber(units: Units, at: number): number {
  let i = units[at] === 45 ? at + 1 : at
  if (units[i] === 48) i++
  else {
    i = endOfDigits(units, i)
    if (i < 0) return -1
  }
  if (units[i] === 46) {
    i = endOfDigits(units, i + 1)
    if (i < 0) return -1
  }
  const exponent = units[i] ?? 0
  if (exponent === 101 || exponent === 69) {
    const sign = units[i + 1]
    i = endOfDigits(units, sign === 43 || sign === 45 ? i + 2 : i + 1)
  }
  return i
}

/** The position after at least one digit, or -1. */
function endOfDigits(units: Units, at: number): number {
  let i = at
  for (;;) {
    const code = units[i] ?? 0
    if (code < 48 || code > 57) return i === at ? -1 : i
    i++
  }
}

const TRUE = unitsOf('true')
const FALSE = unitsOf('false')
const NULL = unitsOf('null')

/** The position after `true`, `false` or `null` at `at`, or -1. */
export function endOfLiteral(units: Units, at: number): number {
  const word = units[at] === 116 ? TRUE : units[at] === 102 ? FALSE : NULL
  const length = word.length - 1
  for (let i = 0; i < length; i++) if (units[at + i] !== word[i]) return -1
  return at + length
}
