/**
 * `JSON.parse` as it should be. Node 24.21 reads a member name with an escaped backslash as another one, when it has read an object before whose name
 * began alike: after `{"a":1,"\\\\":1}` it makes of `{"a":1,"\\i":2}` a member `\\`. What was signed or counted is then not what was sent. Without a
 * backslash in the text no name can be mistaken, and that is nearly every text; all others are read here.
 */
import type { JsonValue } from './json.ts'

/** Deeper ones are no JSON here, so that nobody's text ends the stack. */
const MAX_DEPTH = 500
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const LITERALS = { true: true, false: false, null: null } as const
const BACKSLASH = 0x5c
const QUOTE = 0x22

/**
 * The same with each number as the text it was: `1.10` is the text `1.10`. A member that comes twice is refused, for of two readers each may take
 * another one (RFC 8259 §4).
 * @throws SyntaxError, as `JSON.parse` does
 */
export function parseJsonTexts(text: string): JsonValue {
  return new Reader(text, (number) => number, true).whole()
}

/** @throws SyntaxError, as `JSON.parse` does */
export function parseJson(text: string): JsonValue {
  // Sound: JSON.parse makes nothing else.
  return text.includes('\\') ? new Reader(text, Number).whole() : (JSON.parse(text) as JsonValue)
}

class Reader {
  readonly #text: string
  readonly #number: (text: string) => JsonValue
  readonly #once: boolean
  #at = 0

  constructor(text: string, number: (text: string) => JsonValue, once = false) {
    this.#text = text
    this.#number = number
    this.#once = once
  }

  whole(): JsonValue {
    const value = this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) throw this.#wrong()
    return value
  }

  #value(depth: number): JsonValue {
    this.#space()
    const letter = this.#text[this.#at]
    if (letter === '"') return this.#string()
    if (letter === '{' || letter === '[') {
      if (depth === MAX_DEPTH) throw this.#wrong()
      this.#at++
      return letter === '{' ? this.#object(depth + 1) : this.#array(depth + 1)
    }
    for (const [word, value] of Object.entries(LITERALS))
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    NUMBER.lastIndex = this.#at
    const found = NUMBER.exec(this.#text)
    if (found === null) throw this.#wrong()
    this.#at = NUMBER.lastIndex
    return this.#number(found[0])
  }

  #object(depth: number): JsonValue {
    const members: Record<string, JsonValue> = {}
    if (this.#takes('}')) return members
    do {
      this.#space()
      const name = this.#string()
      if (!this.#takes(':')) throw this.#wrong()
      if (this.#once && Object.hasOwn(members, name)) throw this.#wrong()
      const value = this.#value(depth)
      // A name like any other.
      if (name === '__proto__')
        Object.defineProperty(members, name, {
          value,
          configurable: true,
          enumerable: true,
          writable: true,
        })
      else members[name] = value
    } while (this.#takes(','))
    if (!this.#takes('}')) throw this.#wrong()
    return members
  }

  #array(depth: number): JsonValue {
    const items: JsonValue[] = []
    if (this.#takes(']')) return items
    do items.push(this.#value(depth))
    while (this.#takes(','))
    if (!this.#takes(']')) throw this.#wrong()
    return items
  }

  #string(): string {
    const start = this.#at
    if (this.#text.charCodeAt(start) !== QUOTE) throw this.#wrong()
    let at = start + 1
    for (let letter = this.#text.charCodeAt(at); letter !== QUOTE;) {
      if (Number.isNaN(letter)) throw this.#wrong()
      at += letter === BACKSLASH ? 2 : 1
      letter = this.#text.charCodeAt(at)
    }
    this.#at = at + 1
    // A text alone is read right.
    return String(JSON.parse(this.#text.slice(start, at + 1)))
  }

  #takes(letter: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== letter) return false
    this.#at++
    return true
  }

  #space(): void {
    for (;;) {
      const letter = this.#text.charCodeAt(this.#at)
      if (letter !== 0x20 && letter !== 0x0a && letter !== 0x0d && letter !== 0x09) return
      this.#at++
    }
  }

  #wrong(): SyntaxError {
    return new SyntaxError(`no JSON at character ${this.#at}`)
  }
}
