/**
 * JSON objects of a token or key set, read without the two liberties of `JSON.parse`: a member that comes twice is refused
 * (RFC 7515 §4: names must be unique; two readers that pick different ones disagree on what was signed), and so is deep nesting.
 */
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/index.ts'

/** Levels of nesting; a real token has three, a key set three. */
const MAX_DEPTH = 12

/** The object that `text` holds, or `undefined` if it is anything else. */
export function parseStrictObject(text: string): JsonObject | undefined {
  let value: JsonValue
  try {
    value = parseJson(text)
  } catch {
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  // First, for to write a deep one ends the stack. Written again it is the same text: then no name came twice, for it would be there once.
  const sound =
    isShallow(value, MAX_DEPTH) && (JSON.stringify(value) === text || soundMembers(text))
  return sound ? value : undefined
}

function isShallow(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  for (const member of Object.values(value)) if (!isShallow(member, levels - 1)) return false
  return true
}

/** Whether no object of a well-formed JSON text names a member twice and nothing nests too deep. */
function soundMembers(text: string): boolean {
  /** One entry per open bracket: the names seen, or `null` for an array. */
  const open: (Set<string> | null)[] = []
  const escaped = text.includes('\\')
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at)
    if (letter === 0x7b || letter === 0x5b) {
      if (open.push(letter === 0x7b ? new Set() : null) > MAX_DEPTH) return false
    } else if (letter === 0x7d || letter === 0x5d) {
      open.pop()
    } else if (letter === 0x22) {
      const end = escaped ? endOfString(text, at) : text.indexOf('"', at + 1)
      const names = open.at(-1)
      if (names && isName(text, end)) {
        // Unescaped first: "sub" and "sub" are one name.
        const name = escaped ? String(JSON.parse(text.slice(at, end + 1))) : text.slice(at + 1, end)
        if (names.has(name)) return false
        names.add(name)
      }
      at = end
    }
  }
  return true
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1
  return at
}

/** A string is a member name if a colon follows. */
function isName(text: string, end: number): boolean {
  let at = end + 1
  while (text.charCodeAt(at) <= 0x20) at++
  return text.charCodeAt(at) === 0x3a
}
