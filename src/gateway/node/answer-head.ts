/**
 * The head of a bank's answer, read to the letter of RFC 9112. What two readers might frame differently is refused and not repaired: a
 * wrong end of this answer is the beginning of somebody else's (response splitting, CWE-113, and desynchronisation, CWE-444).
 */
import type { UpstreamHeaders } from '../core/index.ts'
import { fieldLines } from './field-lines.ts'

/** Status line and header lines with the empty line after them. */
export const MAX_ANSWER_HEAD_BYTES = 16_384
/** Field lines of one head. */
export const MAX_ANSWER_FIELDS = 256

export interface AnswerHead {
  readonly status: number
  /** Names in lower case; the object has no prototype. */
  readonly headers: UpstreamHeaders
  readonly body: BodyFraming
  /** Another request may follow on this connection. */
  readonly persistent: boolean
  /** Whole milliseconds that the bank says it keeps an idle connection; `undefined` if it does not say. */
  readonly keepAliveMs: number | undefined
}

/** RFC 9112 §6.3. `bytes` of a length, `-1` in chunks, `-2` up to the end of the connection. */
export type BodyFraming = number
export const CHUNKED = -1
export const UNTIL_CLOSE = -2

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const LENGTH = /^\d{1,15}$/
const KEEP_ALIVE_SECONDS = /(?:^|[,; \t])timeout=(\d{1,6})(?:$|[,; \t])/i

/**
 * `text` is the head in latin1, without the empty line at its end. `undefined` when it is not one clear head.
 * `bodyless`: the request was a HEAD (RFC 9112 §6.3-1).
 */
export function readAnswerHead(text: string, bodyless: boolean): AnswerHead | undefined {
  const lineEnd = text.indexOf('\r\n')
  const line = STATUS_LINE.exec(lineEnd < 0 ? text : text.slice(0, lineEnd))
  if (line === null) return undefined
  const status = Number(line[2])
  const old = line[1] === '0'
  const headers = readFields(text, lineEnd < 0 ? text.length : lineEnd + 2)
  if (headers === undefined) return undefined
  const body = framing(status, old, headers, bodyless)
  if (body === undefined) return undefined
  const options = headers['connection']
  const persistent = !old && body !== UNTIL_CLOSE && (options === undefined || !listsClose(options))
  const hint = headers['keep-alive']
  const keepAliveMs = hint === undefined ? undefined : keepAlive(hint)
  return { status, headers, body, persistent, keepAliveMs }
}

/** Field lines from `start` on. `undefined` for anything but `name: value` on lines of their own (so also for folded ones). */
export function readFields(text: string, start: number): UpstreamHeaders | undefined {
  const lines = fieldLines(text, start)
  if (lines === undefined || lines.length > 2 * MAX_ANSWER_FIELDS) return undefined
  // A table by names that strangers choose has no prototype: `__proto__` is a header like any other.
  const headers = Object.create(null) as Record<string, string | string[] | undefined>
  for (let at = 0; at < lines.length; at += 2) {
    const name = (lines[at] ?? '').toLowerCase()
    const value = lines[at + 1] ?? ''
    const held = headers[name]
    if (held === undefined) headers[name] = value
    else if (typeof held === 'string') headers[name] = [held, value]
    else held.push(value)
  }
  return headers
}

function framing(
  status: number,
  old: boolean,
  headers: UpstreamHeaders,
  bodyless: boolean,
): BodyFraming | undefined {
  const coding = headers['transfer-encoding']
  const length = headers['content-length']
  // RFC 9112 §6.3-3, §6.1: both, or chunks in an HTTP/1.0 answer, are an attack until shown otherwise.
  if (coding !== undefined) {
    if (old || length !== undefined) return undefined
    if (typeof coding !== 'string' || coding.toLowerCase() !== 'chunked') return undefined
    // RFC 9112 §6.1: must not be there.
    if (status < 200 || status === 204) return undefined
  }
  // Two lengths are refused even when they agree: not every reader takes the same one of two.
  if (length !== undefined && (typeof length !== 'string' || !LENGTH.test(length))) return undefined
  if (bodyless || status < 200 || status === 204 || status === 304) return 0
  if (coding !== undefined) return CHUNKED
  return length === undefined ? UNTIL_CLOSE : Number(length)
}

function listsClose(options: string | readonly string[]): boolean {
  if (options === 'keep-alive') return false
  const text = typeof options === 'string' ? options : options.join(',')
  return text.split(',').some((option) => option.trim().toLowerCase() === 'close')
}

/** Some banks close a connection sooner than others: what they say of it is heeded. */
function keepAlive(hint: string | readonly string[]): number | undefined {
  const text = typeof hint === 'string' ? hint : hint.join(',')
  const seconds = KEEP_ALIVE_SECONDS.exec(text)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}
