/**
 * JSON with places. `JSON.parse` has already said that the text is JSON (so nothing here can meet a syntax error); what it does not
 * say is where things stand and which keys are there twice, and it keeps the last of two where YAML readers keep the first.
 */
import type { JsonValue } from '../../lib/index.ts'
import { MAX_DEPTH, MAX_VALUES } from '../limits.ts'
import type { Mark } from './mark.ts'
import {
  type Duplicate,
  emptyObject,
  type SourceDocument,
  type SourceProblem,
  type Stop,
} from './source-document.ts'

const SPACE = /[ \t\r\n]*/y
const NUMBER = /-?[0-9][0-9.eE+-]*/y
const LITERALS: ReadonlyMap<string, JsonValue> = new Map([
  ['t', true],
  ['f', false],
  ['n', null],
])

interface Read {
  readonly value: JsonValue
  readonly mark: Mark
}

/** Reads a text that `JSON.parse` accepts. Throws `Stop` at a limit. */
export function readJson(text: string): SourceDocument {
  const duplicates: Duplicate[] = []
  const oddities: SourceProblem[] = []
  const path: string[] = []
  let at = 0
  let count = 0

  const skipSpace = (): void => {
    SPACE.lastIndex = at
    SPACE.test(text)
    at = SPACE.lastIndex
  }

  const string = (): string => {
    const start = at
    let end = text.indexOf('"', at + 1)
    let escaped = false
    for (;;) {
      let backslashes = 0
      while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++
      if (backslashes > 0) escaped = true
      if (backslashes % 2 === 0) break
      end = text.indexOf('"', end + 1)
    }
    at = end + 1
    if (!escaped && !text.slice(start, at).includes('\\')) return text.slice(start + 1, end)
    return String(JSON.parse(text.slice(start, at)))
  }

  const object = (start: number, key: number): Read => {
    const value = emptyObject()
    const children = new Map<string, Mark>()
    at++
    skipSpace()
    while (text[at] !== '}') {
      if (text[at] === ',') {
        at++
        skipSpace()
      }
      const keyAt = at
      const name = string()
      skipSpace()
      at++ // the colon
      skipSpace()
      path.push(name)
      const member = read(keyAt)
      if (children.has(name))
        duplicates.push({ tokens: [...path], value: member.value, offset: keyAt })
      else {
        value[name] = member.value
        children.set(name, member.mark)
      }
      path.pop()
      skipSpace()
    }
    at++
    return { value, mark: { offset: start, key, children } }
  }

  const array = (start: number, key: number): Read => {
    const value: JsonValue[] = []
    const children: Mark[] = []
    at++
    skipSpace()
    while (text[at] !== ']') {
      if (text[at] === ',') {
        at++
        skipSpace()
      }
      path.push(String(value.length))
      const item = read(at)
      path.pop()
      value.push(item.value)
      children.push(item.mark)
      skipSpace()
    }
    at++
    return { value, mark: { offset: start, key, children } }
  }

  const read = (key: number): Read => {
    const start = at
    if (++count > MAX_VALUES) throw limit(`more than ${MAX_VALUES} values`, start)
    if (path.length >= MAX_DEPTH && (text[at] === '{' || text[at] === '['))
      throw limit(`more than ${MAX_DEPTH} levels`, start)
    if (text[at] === '{') return object(start, key)
    if (text[at] === '[') return array(start, key)
    const mark: Mark = { offset: start, key, children: null }
    if (text[at] === '"') return { value: string(), mark }
    const literal = LITERALS.get(text[at] ?? '')
    if (literal !== undefined) {
      at += literal === false ? 5 : 4
      return { value: literal, mark }
    }
    NUMBER.lastIndex = at
    NUMBER.test(text)
    const number = Number(text.slice(at, NUMBER.lastIndex))
    at = NUMBER.lastIndex
    // A negative zero would not be kept when it is written.
    if (Number.isFinite(number)) return { value: number === 0 ? 0 : number, mark }
    oddities.push({
      code: 'GH_INVENTORY_SHAPE',
      message: 'A number is larger than can be kept; it is read as null.',
      offset: start,
    })
    return { value: null, mark }
  }

  skipSpace()
  const root = read(at)
  return { value: root.value, marks: root.mark, duplicates, oddities }
}

function limit(what: string, offset: number): Stop {
  return {
    stop: { code: 'GH_INVENTORY_LIMIT', message: `The document has ${what}.`, offset },
  }
}
