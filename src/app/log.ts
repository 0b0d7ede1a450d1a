/**
 * What the running gateway says of itself, line by line: life cycle, alarms, outcomes of what operators ask. Decisions are not here:
 * the spool holds those. A line never holds a secret, a token or an account number: fields are ours, and what other people wrote
 * (paths, reasons, names) is looked over once more before it leaves.
 */
import type { LogsConfig } from '../config/index.ts'
import type { Clock } from '../lib/index.ts'

export type LogLevel = LogsConfig['level']
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface Log {
  /** `code` is an error code or a word of ours: what a filter or an alarm is written for. */
  readonly debug: LogLine
  readonly info: LogLine
  readonly warn: LogLine
  readonly error: LogLine
}
export type LogLine = (code: string, message: string, fields?: LogFields) => void

export interface LogSettings {
  readonly level: LogLevel
  readonly format: 'json' | 'text'
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
/** Lines with the same level, code and API in one minute; the next minute begins with how many were left out. */
export const REPEATS_PER_MINUTE = 10
const MINUTE_MS = 60_000
/** Kinds of lines that are counted at once; beyond them the oldest is forgotten. */
const MAX_KINDS = 1_000
export const MAX_TEXT_CHARS = 2_000

/** `settings` is asked for each line: a reload may change it. */
export function createLog(
  settings: () => LogSettings,
  write: (line: string) => void,
  clock: Clock,
): Log {
  const kinds = new Map<string, { since: number; count: number }>()

  /** How many lines of this kind were left out before this one; `undefined`: this one is left out too. */
  function admitted(kind: string): number | undefined {
    const now = clock.monotonic()
    const known = kinds.get(kind)
    if (known !== undefined && now - known.since < MINUTE_MS)
      return ++known.count > REPEATS_PER_MINUTE ? undefined : 0
    kinds.delete(kind)
    const [oldest] = kinds.keys()
    if (kinds.size >= MAX_KINDS && oldest !== undefined) kinds.delete(oldest)
    kinds.set(kind, { since: now, count: 1 })
    return Math.max(0, (known?.count ?? 0) - REPEATS_PER_MINUTE)
  }

  const line =
    (level: LogLevel): LogLine =>
    (code, message, fields = {}) => {
      const { level: least, format } = settings()
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return
      const repeated = admitted(`${level} ${code} ${fields['api'] ?? ''}`)
      if (repeated === undefined) return
      const said: [string, string | number | boolean | null][] = []
      for (const [name, value] of Object.entries(fields))
        if (value !== undefined) said.push([name, typeof value === 'string' ? clean(value) : value])
      if (repeated > 0) said.push(['leftOut', repeated])
      const time = new Date(clock.now()).toISOString()
      const whole = { time, level, code, message: clean(message) }
      write(
        format === 'json'
          ? JSON.stringify({ ...Object.fromEntries(said), ...whole })
          : `${time} ${level.padEnd(5)} ${code} ${oneLine(whole.message)}${said.map(([name, value]) => ` ${name}=${oneLine(String(value))}`).join('')}`,
      )
    }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

/** JSON Web Tokens, credentials of a header or a URL, and account numbers (ISO 13616 IBANs; 13 to 19 digits as cards have). */
const PRIVATE: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}/g, '[token]'],
  [/\b(bearer|basic|dpop)\s+[\w~+/.=-]{8,}/gi, '$1 [token]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[credentials]@'],
  [/\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b/g, '[account]'],
  [/(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-])/g, '[account]'],
]

function clean(text: string): string {
  let cleaned = text.slice(0, MAX_TEXT_CHARS).toWellFormed()
  for (const [pattern, instead] of PRIVATE) cleaned = cleaned.replaceAll(pattern, instead)
  return text.length > MAX_TEXT_CHARS ? `${cleaned}…` : cleaned
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ')
}
