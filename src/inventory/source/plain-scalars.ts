/** Scalars of the YAML that `plain-yaml.ts` reads, each as the package reads it. */
import { isScalar, type ScalarTag, Schema } from 'yaml'
import type { JsonValue } from '../../lib/index.ts'

/** Thrown where this reader is not sure; the package then reads the text. Never leaves this folder. */
export const BEYOND = { beyond: 'plain YAML' }

/** The package's own words for null, truth and numbers, so that there is one list of them. */
const TAGS = new Schema({ schema: 'core', merge: false }).tags.filter(
  (tag): tag is ScalarTag => tag.default === true && 'test' in tag && tag.test !== undefined,
)
/** Where none of those begins so, a plain scalar is a text. */
const MAY_BE_OTHER = /^[0-9+.~tTfFnN-]/

export function resolvedPlain(text: string): JsonValue {
  if (!MAY_BE_OTHER.test(text)) return text
  const tag = TAGS.find(({ test }) => test?.test(text))
  if (tag === undefined) return text
  const fail = (): never => {
    throw BEYOND
  }
  const made: unknown = tag.resolve(text, fail, { intAsBigInt: false })
  const value = isScalar(made) ? made.value : made
  if (value === 0) return 0
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw BEYOND
}

/** Lines of a plain scalar, without the spaces around them: a break is a space, an empty line is a break. */
export function folded(lines: readonly string[]): string {
  let text = lines[0] ?? ''
  let breaks = 0
  for (const line of lines.slice(1)) {
    breaks++
    if (line === '') continue
    text += breaks === 1 ? ` ${line}` : '\n'.repeat(breaks - 1) + line
    breaks = 0
  }
  return text
}

/** What stands between the quotes, lines joined; only the escapes that published files have. */
export function doubleQuoted(inside: string): string {
  return inside.includes('\\') ? inside.replaceAll(ESCAPE, unescaped) : inside
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([^]|$))/g
const ESCAPED = new Map(Object.entries({ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }))

function unescaped(_: string, code: string | undefined, sign: string): string {
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
  if (sign === '"' || sign === '\\' || sign === '/' || sign === ' ') return sign
  const meant = ESCAPED.get(sign)
  if (meant === undefined) throw BEYOND
  return meant
}

/** What stands between quotes on several lines, as if it stood on one: `escapes` are those of double quotes. */
export function joinedLines(inside: string, escapes: boolean): string {
  const written = inside.split('\n')
  const last = written.length - 1
  let text = ''
  let paragraph: string[] = []
  for (const [index, raw] of written.entries()) {
    let line = index === last ? raw : raw.trimEnd()
    if (index > 0) line = line.trimStart()
    const goesOn = escapes && index < last && /(?<!\\)(?:\\\\)*\\$/.test(line)
    if (goesOn && (line.length === 1 || raw.endsWith(' ') || /^ *$/.test(written[index + 1] ?? '')))
      throw BEYOND
    paragraph.push(goesOn ? line.slice(0, -1) : line)
    if (!goesOn) continue
    text += folded(paragraph)
    paragraph = []
  }
  // The last line counts although nothing stands on it: a text may end in a break.
  return text + foldedToEnd(paragraph)
}

function foldedToEnd(lines: readonly string[]): string {
  const end = '"'
  return folded([...lines.slice(0, -1), `${lines.at(-1) ?? ''}${end}`]).slice(0, -end.length)
}

export function singleQuoted(inside: string): string {
  return inside.replaceAll("''", "'")
}

const HEADER = /([|>])(-?) *\n/y
const [NEWLINE, SPACE, HASH] = [10, 32, 35]

/** A block scalar whose header stands at `start`, inside a map or list of column `parent`; `end`: the line after it. */
export function blockScalar(
  text: string,
  start: number,
  parent: number,
): { readonly value: string; readonly end: number } {
  HEADER.lastIndex = start
  const header = HEADER.exec(text)
  if (header === null) throw BEYOND
  const [whole, style, strip] = header
  const lines: string[] = []
  let indent = 0
  let leading = 0
  let end = start + whole.length
  while (end < text.length) {
    let i = end
    while (text.charCodeAt(i) === SPACE) i++
    const lineEnd = text.indexOf('\n', i)
    const next = lineEnd === -1 ? text.length : lineEnd
    if (i >= text.length || text.charCodeAt(i) === NEWLINE) {
      // Further spaces are content.
      if (indent === 0) leading = Math.max(leading, i - end)
      lines.push(indent === 0 ? '' : text.slice(end + indent, i))
    } else {
      if (indent === 0) {
        if (i - end <= parent) throw BEYOND
        indent = i - end
        if (leading > indent) throw BEYOND
      } else if (i - end < indent) {
        if (i - end > parent || text.charCodeAt(i) === HASH) throw BEYOND
        break
      }
      lines.push(text.slice(end + indent, next))
    }
    end = next + 1
  }
  if (indent === 0) throw BEYOND
  while (lines.at(-1) === '') lines.pop()
  const value = style === '|' ? lines.join('\n') : foldedBlock(lines)
  return { value: strip === '-' ? value : `${value}\n`, end: Math.min(end, text.length) }
}

/** YAML 1.2.2 §8.1.3: lines that begin with a space keep their breaks. */
function foldedBlock(lines: readonly string[]): string {
  let value = ''
  let between = ''
  let wasIndented = false
  const first = lines.findIndex((line) => line !== '')
  value += '\n'.repeat(first)
  for (const line of lines.slice(first)) {
    if (line === '') {
      if (between === '\n') value += '\n'
      else between = '\n'
    } else if (line.startsWith(' ')) {
      if (between === ' ') between = '\n'
      else if (!wasIndented && between === '\n') between = '\n\n'
      value += between + line
      between = '\n'
      wasIndented = true
    } else {
      value += between + line
      between = ' '
      wasIndented = false
    }
  }
  return value
}
