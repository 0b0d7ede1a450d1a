/** JSON text as a tree in which numbers are still the text they were. Stricter than `JSON.parse`: no duplicate keys, a depth limit. */
import { endOfLiteral, endOfNumber, endOfString, skipSpace, stringAt } from './scan.ts'
import { decimalKey, readDecimal } from './decimal.ts'
import { type Units, unitsOf } from './units.ts'

export type JsonTree =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly text: 'true' | 'false' }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly JsonTree[] }
  /** A map: `__proto__` is a name like any other. */
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, JsonTree> }

export type GrammarFault = 'malformed' | 'too-deep' | 'duplicate-key'

/** Reads one JSON value that fills the text (RFC 8259 §2). */
export function readTree(text: string, maxDepth: number): JsonTree | GrammarFault {
  const units = unitsOf(text)
  const reader: Reader = { text, units, maxDepth, at: skipSpace(units, 0) }
  const tree = readValue(reader, 0)
  if (typeof tree === 'string') return tree
  return skipSpace(units, reader.at) < text.length ? 'malformed' : tree
}

/** The value that starts at `at`, which stands inside a larger text. */
export function treeAt(
  text: string,
  units: Units,
  at: number,
  maxDepth: number,
): JsonTree | GrammarFault {
  return readValue({ text, units, maxDepth, at }, 0)
}

interface Reader {
  readonly text: string
  readonly units: Units
  readonly maxDepth: number
  /** The next character to read. */
  at: number
}

function readValue(reader: Reader, depth: number): JsonTree | GrammarFault {
  const { text, units, at } = reader
  const code = units[at] ?? 0
  if (code === 123 || code === 91) {
    if (depth >= reader.maxDepth) return 'too-deep'
    reader.at = skipSpace(units, at + 1)
    return code === 123 ? readObject(reader, depth + 1) : readArray(reader, depth + 1)
  }
  const end =
    code === 34
      ? endOfString(units, at + 1)
      : code === 116 || code === 102 || code === 110
        ? endOfLiteral(units, at)
        : endOfNumber(units, at)
  if (end < 0) return 'malformed'
  reader.at = end
  if (code === 34) return { kind: 'string', value: stringAt(text, at, end) }
  if (code === 110) return { kind: 'null' }
  if (code === 116 || code === 102)
    return { kind: 'boolean', text: code === 116 ? 'true' : 'false' }
  return { kind: 'number', text: text.slice(at, end) }
}

function readObject(reader: Reader, depth: number): JsonTree | GrammarFault {
  const { text, units } = reader
  const members = new Map<string, JsonTree>()
  if (units[reader.at] === 125) {
    reader.at++
    return { kind: 'object', members }
  }
  for (;;) {
    const open = reader.at
    const end = units[open] === 34 ? endOfString(units, open + 1) : -1
    if (end < 0) return 'malformed'
    const name = stringAt(text, open, end)
    if (members.has(name)) return 'duplicate-key'
    const colon = skipSpace(units, end)
    if (units[colon] !== 58) return 'malformed'
    reader.at = skipSpace(units, colon + 1)
    const value = readValue(reader, depth)
    if (typeof value === 'string') return value
    members.set(name, value)
    const next = nextIn(reader, 125)
    if (next === 'closed') return { kind: 'object', members }
    if (next !== 'more') return next
  }
}

function readArray(reader: Reader, depth: number): JsonTree | GrammarFault {
  const items: JsonTree[] = []
  if (reader.units[reader.at] === 93) {
    reader.at++
    return { kind: 'array', items }
  }
  for (;;) {
    const value = readValue(reader, depth)
    if (typeof value === 'string') return value
    items.push(value)
    const next = nextIn(reader, 93)
    if (next === 'closed') return { kind: 'array', items }
    if (next !== 'more') return next
  }
}

/** After a member or an item: a comma or the closing bracket. */
function nextIn(reader: Reader, closing: number): 'more' | 'closed' | 'malformed' {
  const { units } = reader
  const at = skipSpace(units, reader.at)
  const code = units[at]
  if (code === closing) {
    reader.at = at + 1
    return 'closed'
  }
  if (code !== 44) return 'malformed'
  reader.at = skipSpace(units, at + 1)
  return 'more'
}

/** One text per value: members in order of their names, numbers by what they are worth. For `enum` and `uniqueItems`. */
export function treeKey(tree: JsonTree): string {
  switch (tree.kind) {
    case 'null':
      return 'null'
    case 'boolean':
      return tree.text
    case 'number': {
      const decimal = readDecimal(tree.text)
      return decimal === undefined ? tree.text : decimalKey(decimal)
    }
    case 'string':
      return JSON.stringify(tree.value)
    case 'array':
      return `[${tree.items.map(treeKey).join()}]`
    case 'object':
      return `{${[...tree.members]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${JSON.stringify(name)}:${treeKey(value)}`)
        .join()}}`
    default:
      return tree satisfies never
  }
}
