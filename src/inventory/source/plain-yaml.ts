/**
 * The YAML that nearly all published specifications keep to, read in one pass: block maps and lists, scalars, simple flow collections.
 * It knows no anchor, no tag, no document but one, and no mistake: whatever it is not sure of ends the attempt, and the package reads
 * the whole text instead and says what is wrong with it.
 * INVARIANT: what is read here, the package reads the same, value by value and place by place (plain-yaml.test.ts).
 */
import type { JsonValue } from '../../lib/index.ts'
import { MAX_DEPTH, MAX_VALUES } from '../limits.ts'
import type { Mark } from './mark.ts'
import {
  BEYOND,
  blockScalar,
  doubleQuoted,
  folded,
  joinedLines,
  resolvedPlain,
  singleQuoted,
} from './plain-scalars.ts'
import { emptyObject, type SourceDocument } from './source-document.ts'

interface Read {
  readonly value: JsonValue
  readonly mark: Mark
}

const [NEWLINE, SPACE, HASH, DASH, COLON] = [10, 32, 35, 45, 58]
const [DOUBLE, SINGLE, COMMA, BACKSLASH] = [34, 39, 44, 92]
const [LIST, LIST_END, MAP, MAP_END, LITERAL, FOLDED] = [91, 93, 123, 125, 124, 62]
/** Tabs, carriage returns and whatever else YAML, JavaScript and editors do not all take for the same. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNUSUAL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/
/** What a plain scalar may not begin with, or begins with only where this reader does not look closer. */
const INDICATORS = new Set('?:,[]{}#&*!|>\'"%@`'.split('').map((sign) => sign.charCodeAt(0)))
const MARKER = /^(?:---|\.\.\.|%)/
/** Null, and the merge key. */
const NOT_A_NAME = /^(?:~|null|Null|NULL|<<)$/
const FLOW_WORD = /[A-Za-z0-9_$./+(](?:[^,[\]{}:#\n]|:(?=[A-Za-z0-9/]))*/y
/** YAML ends an implicit key at 1,024 characters. */
const MAX_KEY = 1_000

/** `undefined`: not for this reader. */
export function readPlainYaml(text: string): SourceDocument | undefined {
  if (UNUSUAL.test(text)) return undefined
  try {
    const { value, mark } = readRoot(text)
    return { value, marks: mark, duplicates: [], oddities: [] }
  } catch (thrown) {
    if (thrown === BEYOND) return undefined
    throw thrown
  }
}

function readRoot(text: string): Read {
  /** First character of the line in hand that is no space, and its column; the column is -1 at the end of the text. */
  let at = 0
  let column = 0
  let values = 0

  /** Goes to the next line that is neither empty nor a comment. */
  function toContent(lineStart: number): void {
    let start = lineStart
    for (;;) {
      let i = start
      while (text.charCodeAt(i) === SPACE) i++
      if (i >= text.length) {
        column = -1
        at = text.length
        return
      }
      const sign = text.charCodeAt(i)
      if (sign === NEWLINE) start = i + 1
      else if (sign === HASH) start = lineEnd(i) + 1
      else {
        at = i
        column = i - start
        if (column === 0 && MARKER.test(text.slice(i, i + 3))) throw BEYOND
        return
      }
    }
  }

  function lineEnd(from: number): number {
    const end = text.indexOf('\n', from)
    return end === -1 ? text.length : end
  }
  function pastSpaces(from: number): number {
    let i = from
    while (text.charCodeAt(i) === SPACE) i++
    return i
  }
  /** Nothing but a comment may follow on the line. */
  function endsLine(from: number): boolean {
    const i = pastSpaces(from)
    return (
      i >= text.length ||
      text.charCodeAt(i) === NEWLINE ||
      (i > from && text.charCodeAt(i) === HASH)
    )
  }
  function isIndicatorAt(i: number, sign: number): boolean {
    if (text.charCodeAt(i) !== sign) return false
    const next = text.charCodeAt(i + 1)
    return next === SPACE || next === NEWLINE || i + 1 >= text.length
  }
  function count(): void {
    if (++values > MAX_VALUES) throw BEYOND
  }

  /** The colon of a key that begins at `from`, or -1 when the line holds no key there. */
  function colonOf(from: number): number {
    const first = text.charCodeAt(from)
    if (isQuote(first)) {
      const end = quoteEnd(from)
      return end !== -1 && isIndicatorAt(end, COLON) ? end : -1
    }
    if (INDICATORS.has(first) || isIndicatorAt(from, DASH)) return -1
    for (let i = from; i < text.length; i++) {
      const sign = text.charCodeAt(i)
      if (sign === NEWLINE) return -1
      if (sign === HASH && text.charCodeAt(i - 1) === SPACE) return -1
      if (sign === COLON && isIndicatorAt(i, COLON)) return i
    }
    return -1
  }
  /** Past the quote that closes the one at `from`, if that is on the same line; else -1. */
  function quoteEnd(from: number): number {
    const quote = text.charCodeAt(from)
    for (let i = from + 1; i < text.length; i++) {
      const sign = text.charCodeAt(i)
      if (sign === NEWLINE) return -1
      if (sign === BACKSLASH && quote === DOUBLE) i++
      else if (sign === quote) {
        if (quote === SINGLE && text.charCodeAt(i + 1) === SINGLE) i++
        else return i + 1
      }
    }
    return -1
  }
  /** Past the closing quote, wherever it is; each line on the way is indented more than what the text stands in. */
  function pastQuote(start: number, parent: number): number {
    const quote = text.charCodeAt(start)
    for (let i = start + 1; i < text.length; i++) {
      const sign = text.charCodeAt(i)
      if (sign === BACKSLASH && quote === DOUBLE) i++
      else if (sign === NEWLINE) {
        const content = pastSpaces(i + 1)
        if (content - i - 1 <= parent && text.charCodeAt(content) !== NEWLINE) throw BEYOND
      } else if (sign === quote) {
        if (quote === DOUBLE || text.charCodeAt(i + 1) !== SINGLE) return i + 1
        i++
      }
    }
    throw BEYOND
  }
  /** The text between quotes at `start` and before `end`. */
  function quoted(start: number, end: number): string {
    const isDouble = text.charCodeAt(start) === DOUBLE
    const written = text.slice(start + 1, end - 1)
    const inside = written.includes('\n') ? joinedLines(written, isDouble) : written
    return isDouble ? doubleQuoted(inside) : singleQuoted(inside)
  }
  function keyText(from: number, colon: number): string {
    if (colon - from > MAX_KEY || text.charCodeAt(colon - 1) === SPACE) throw BEYOND
    if (isQuote(text.charCodeAt(from))) return quoted(from, colon)
    const written = text.slice(from, colon)
    if (NOT_A_NAME.test(written)) throw BEYOND
    return written
  }

  function block(parent: number, depth: number, key: number | undefined): Read {
    if (isIndicatorAt(at, DASH)) return list(column, depth, key)
    if (colonOf(at) !== -1) return map(column, depth, key)
    return inline(at, parent, depth, key)
  }

  function map(own: number, depth: number, key: number | undefined): Read {
    if (depth >= MAX_DEPTH) throw BEYOND
    count()
    const offset = at
    const value = emptyObject()
    const children = new Map<string, Mark>()
    do {
      const keyAt = at
      const colon = colonOf(keyAt)
      if (colon === -1) throw BEYOND
      const name = keyText(keyAt, colon)
      if (children.has(name)) throw BEYOND
      const member = after(colon + 1, own, own, depth + 1, keyAt)
      value[name] = member.value
      children.set(name, member.mark)
    } while (column === own)
    if (column > own) throw BEYOND
    return { value, mark: { offset, key: key ?? offset, children } }
  }

  function list(own: number, depth: number, key: number | undefined): Read {
    if (depth >= MAX_DEPTH) throw BEYOND
    count()
    const offset = at
    const value: JsonValue[] = []
    const children: Mark[] = []
    do {
      const item = after(at + 1, own, own + 1, depth + 1, undefined)
      value.push(item.value)
      children.push(item.mark)
    } while (column === own && isIndicatorAt(at, DASH))
    if (column > own) throw BEYOND
    return { value, mark: { offset, key: key ?? offset, children } }
  }

  /** What stands behind a colon or a dash: on the line, or below it from column `least` on (a list under a key may stand at its column). */
  function after(
    from: number,
    parent: number,
    least: number,
    depth: number,
    key: number | undefined,
  ): Read {
    const start = pastSpaces(from)
    if (endsLine(from)) {
      toContent(lineEnd(start) + 1)
      if (column > parent) return block(parent, depth, key)
      if (column === parent && least === parent && isIndicatorAt(at, DASH))
        return list(column, depth, key)
      count()
      return { value: null, mark: leaf(start, key) }
    }
    if (key === undefined) {
      // A map or a list that begins behind the dash.
      const isList = isIndicatorAt(start, DASH)
      if (isList || colonOf(start) !== -1) {
        at = start
        column = parent + (start - from) + 1
        return isList ? list(column, depth, key) : map(column, depth, key)
      }
    }
    return inline(start, parent, depth, key)
  }

  function inline(start: number, parent: number, depth: number, key: number | undefined): Read {
    const first = text.charCodeAt(start)
    if (first === LIST || first === MAP) {
      const { read, end } = flow(start, parent, depth, key)
      if (!endsLine(end)) throw BEYOND
      toContent(lineEnd(end) + 1)
      return read
    }
    count()
    const mark = leaf(start, key)
    if (first === LITERAL || first === FOLDED) {
      const { value, end } = blockScalar(text, start, parent)
      toContent(end)
      return { value, mark }
    }
    if (isQuote(first)) {
      const end = pastQuote(start, parent)
      if (!endsLine(end)) throw BEYOND
      toContent(lineEnd(end) + 1)
      return { value: quoted(start, end), mark }
    }
    return { value: plain(start, parent), mark }
  }

  /** A plain scalar; it goes on where lines below are indented more than what it stands in. */
  function plain(start: number, parent: number): JsonValue {
    if (INDICATORS.has(text.charCodeAt(start)) || isIndicatorAt(start, DASH)) throw BEYOND
    const first = plainLine(start)
    let next = lineEnd(start) + 1
    let lines: string[] | undefined
    let commented = hasComment(start + first.length)
    for (; next < text.length; next = lineEnd(next) + 1) {
      const i = pastSpaces(next)
      const sign = text.charCodeAt(i)
      if (sign === NEWLINE || i >= text.length) (lines ??= [first]).push('')
      else {
        if (i - next <= parent) break
        // Behind a comment nothing goes on, and a comment is none between the lines.
        if (sign === HASH || commented) throw BEYOND
        const line = plainLine(i)
        commented = hasComment(i + line.length)
        ;(lines ??= [first]).push(line)
      }
    }
    toContent(next)
    return resolvedPlain(lines === undefined ? first : folded(lines))
  }

  function hasComment(from: number): boolean {
    return text.charCodeAt(pastSpaces(from)) === HASH
  }

  /** Without the spaces at its end, and without a comment. */
  function plainLine(from: number): string {
    let end = from
    for (let i = from; i < text.length; i++) {
      const sign = text.charCodeAt(i)
      if (sign === NEWLINE) break
      if (sign === SPACE) continue
      if (sign === COLON && isIndicatorAt(i, COLON)) throw BEYOND
      if (sign === HASH && text.charCodeAt(i - 1) === SPACE) break
      end = i + 1
    }
    return text.slice(from, end)
  }

  /** A flow collection of words and of texts in quotes, inside a map or list of column `parent`. */
  function flow(start: number, parent: number, depth: number, key: number | undefined): FlowRead {
    if (depth >= MAX_DEPTH) throw BEYOND
    return text.charCodeAt(start) === LIST
      ? flowList(start, parent, depth, key)
      : flowMap(start, parent, depth, key)
  }

  function flowList(
    start: number,
    parent: number,
    depth: number,
    key: number | undefined,
  ): FlowRead {
    count()
    const value: JsonValue[] = []
    const children: Mark[] = []
    let i = pastBreaks(start + 1, parent)
    if (text.charCodeAt(i) !== LIST_END)
      for (;;) {
        const { read, end } = flowValue(i, parent, depth + 1, undefined)
        value.push(read.value)
        children.push(read.mark)
        i = pastBreaks(end, parent)
        if (text.charCodeAt(i) === LIST_END) break
        if (text.charCodeAt(i) !== COMMA) throw BEYOND
        i = pastBreaks(i + 1, parent)
      }
    return { read: { value, mark: { offset: start, key: key ?? start, children } }, end: i + 1 }
  }

  function flowMap(
    start: number,
    parent: number,
    depth: number,
    key: number | undefined,
  ): FlowRead {
    count()
    const value = emptyObject()
    const children = new Map<string, Mark>()
    let i = pastBreaks(start + 1, parent)
    if (text.charCodeAt(i) !== MAP_END)
      for (;;) {
        const colon = flowWordEnd(i)
        const name = keyText(i, colon)
        if (children.has(name) || !isIndicatorAt(colon, COLON)) throw BEYOND
        const { read, end } = flowValue(pastSpaces(colon + 1), parent, depth + 1, i)
        value[name] = read.value
        children.set(name, read.mark)
        i = pastBreaks(end, parent)
        if (text.charCodeAt(i) === MAP_END) break
        if (text.charCodeAt(i) !== COMMA) throw BEYOND
        i = pastBreaks(i + 1, parent)
      }
    return { read: { value, mark: { offset: start, key: key ?? start, children } }, end: i + 1 }
  }

  function flowValue(
    start: number,
    parent: number,
    depth: number,
    key: number | undefined,
  ): FlowRead {
    const first = text.charCodeAt(start)
    if (first === LIST || first === MAP) return flow(start, parent, depth, key)
    count()
    const end = flowWordEnd(start)
    const value = isQuote(first) ? quoted(start, end) : resolvedPlain(text.slice(start, end))
    return { read: { value, mark: leaf(start, key) }, end }
  }

  function pastBreaks(from: number, parent: number): number {
    let i = pastSpaces(from)
    while (text.charCodeAt(i) === NEWLINE) {
      const next = pastSpaces(i + 1)
      if (next - i - 1 <= parent && text.charCodeAt(next) !== NEWLINE) throw BEYOND
      i = next
    }
    return i
  }

  function flowWordEnd(start: number): number {
    const first = text.charCodeAt(start)
    if (isQuote(first)) {
      const end = quoteEnd(start)
      if (end === -1) throw BEYOND
      return end
    }
    FLOW_WORD.lastIndex = start
    const word = FLOW_WORD.exec(text)
    if (word === null) throw BEYOND
    return start + word[0].trimEnd().length
  }

  function leaf(offset: number, key: number | undefined): Mark {
    return { offset, key: key ?? offset, children: null }
  }

  toContent(text.startsWith('---\n') ? 4 : 0)
  if (column !== 0 || isIndicatorAt(at, DASH) || colonOf(at) === -1) throw BEYOND
  const root = map(0, 0, undefined)
  if (at < text.length) throw BEYOND
  return root
}

function isQuote(sign: number): boolean {
  return sign === DOUBLE || sign === SINGLE
}

interface FlowRead {
  readonly read: Read
  readonly end: number
}
