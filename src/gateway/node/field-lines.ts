/** Field lines of a head (RFC 9112 §5), of a client's and of a bank's alike. */
import { isFieldName, isFieldValue } from './field-characters.ts'

/** No white space before the colon, no control character in a value, so neither a bare CR nor a bare LF; never longer than the text. */
const LINE = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)(?:\r\n|$)/y

/**
 * Name, value, name, value from `start` to the end of `text` (latin1), values without the white space around them. `undefined` for anything
 * but `name: value` on lines of their own, so also for folded ones.
 */
export function fieldLines(text: string, start: number): string[] | undefined {
  const lines: string[] = []
  LINE.lastIndex = start
  while (LINE.lastIndex < text.length) {
    const line = LINE.exec(text)
    if (line === null) return undefined
    lines.push(line[1] ?? '', trimmed(line[2] ?? ''))
  }
  return lines
}

/** Name, value, … as lines of a head; `undefined` when a byte of one could be taken for the end of its line. */
export function writeFieldLines(headers: readonly string[]): string | undefined {
  let lines = ''
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? ''
    const value = headers[at + 1] ?? ''
    if (!isFieldName(name) || !isFieldValue(value)) return undefined
    lines += `${name}: ${value}\r\n`
  }
  return lines
}

/** RFC 9110 §5.6.3: optional white space is no part of a value. */
function trimmed(value: string): string {
  let from = 0
  let to = value.length
  while (from < to && isBlank(value.charCodeAt(from))) from++
  while (to > from && isBlank(value.charCodeAt(to - 1))) to--
  return from === 0 && to === value.length ? value : value.slice(from, to)
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09
}
