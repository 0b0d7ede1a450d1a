/**
 * The shape of a body: which paths it has and what kind of value stands there, so that discovery can see an IBAN where none was
 * declared. Holds neither values nor keys: a key may itself be an account number, so a path is a keyed hash.
 */
import { createHmac } from 'node:crypto'
import type { ShapeSample, ValueClass } from '../../events/index.ts'
import { parseJson, Recent } from '../../lib/index.ts'

/** Bodies above this are not sampled; paths above this many are left out; of an array the first items speak for all. */
const MAX_CHARS = 262_144
const MAX_PATHS = 256
const MAX_DEPTH = 16
const ITEMS_SEEN = 4
/** Values looked at: a body of a hundred thousand members must not hold up every other request. */
const MAX_VALUES = 4_096

// A path reads `/Data/Account/*/Currency`; under the same key it is the same text.
export type PathHash = (path: string) => string

export function createPathHash(key: Uint8Array): PathHash {
  const seen = new Recent<string>(10_000)
  return (path) => {
    let text = seen.get(path)
    if (text === undefined) {
      text = createHmac('sha256', key).update(`path\0${path}`).digest('hex').slice(0, 16)
      seen.set(path, text)
    }
    return text
  }
}

/** `undefined` when the text is not JSON or too large. A path seen with two classes keeps the first that is not `null` or `empty`. */
export function sampleShape(text: string, hash: PathHash): ShapeSample | undefined {
  if (text.length > MAX_CHARS) return undefined
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    return undefined
  }
  const seen: Seen = { classes: new Map(), values: 0 }
  walk(value, '', 0, seen)
  // Hashed last: that is what costs, and here it is bounded.
  return Object.fromEntries([...seen.classes].map(([path, kind]) => [hash(path), kind]))
}

interface Seen {
  readonly classes: Map<string, ValueClass>
  values: number
}

function walk(value: unknown, path: string, depth: number, seen: Seen): void {
  if (depth > MAX_DEPTH || seen.values++ >= MAX_VALUES) return
  if (Array.isArray(value)) {
    for (const item of value.slice(0, ITEMS_SEEN)) walk(item, `${path}/*`, depth + 1, seen)
    return
  }
  if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (seen.values >= MAX_VALUES) return
      walk(item, `${path}/${escapeKey(key)}`, depth + 1, seen)
    }
    return
  }
  const { classes } = seen
  const held = classes.get(path)
  if (held === undefined && classes.size >= MAX_PATHS) return
  if (held === undefined || held === 'null' || held === 'empty') classes.set(path, classify(value))
}

/** RFC 6901 §3, and `*` so that a key never looks like "each item". */
function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('*', '~2')
}

const DATE = /^\d{4}-\d{2}-\d{2}(?:T[0-9:.]{5,18}(?:Z|[+-]\d{2}:?\d{2})?)?$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const EMAIL = /^[^@\s]{1,64}@[^@\s.]{1,63}(?:\.[^@\s.]{1,63}){1,5}$/
const DECIMAL = /^-?\d{1,20}\.\d{1,20}$/
const INTEGER = /^-?\d{1,20}$/

function classify(value: unknown): ValueClass {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'decimal'
  // JSON has no other scalar left.
  const text = typeof value === 'string' ? value : ''
  if (text === '') return 'empty'
  if (text.length > 512) return 'text'
  if (DATE.test(text)) return 'date'
  if (UUID.test(text)) return 'uuid'
  if (isIban(text)) return 'iban'
  if (isPan(text)) return 'pan'
  if (INTEGER.test(text)) return 'int'
  if (DECIMAL.test(text)) return 'decimal'
  if (/^https?:\/\//i.test(text)) return 'url'
  return EMAIL.test(text) ? 'email' : 'text'
}

/** ISO 13616: two letters, two digits, up to 30 more, and the remainder 1 modulo 97. */
export function isIban(text: string): boolean {
  const plain = text.replaceAll(' ', '').toUpperCase()
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/.test(plain)) return false
  let rest = 0
  for (const letter of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(letter, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

/** ISO/IEC 7812-1: 13 to 19 digits whose Luhn sum is a multiple of ten. */
export function isPan(text: string): boolean {
  const digits = text.replaceAll(/[ -]/g, '')
  if (!/^[2-6]\d{12,18}$/.test(digits)) return false
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48
    const weighted = at % 2 === 1 ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}
