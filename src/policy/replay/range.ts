/** A span of time as a person writes it: `24h`, `7d`, `2026-11-01..2026-11-02`, `all`. */
import { GatehouseError } from '../../lib/index.ts'

/** Milliseconds since the epoch; from inclusive, to exclusive. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

export const DEFAULT_RANGE = '24h'

const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}
const DAY_MS = 86_400_000

/** Days are whole days in UTC, the last one included. @throws GH_CLI_USAGE */
export function parseRange(text: string, now: number): TimeRange {
  if (text === 'all') return { from: 0, to: Number.POSITIVE_INFINITY }
  const last = /^([1-9]\d{0,4})([mhdw])$/.exec(text)
  if (last !== null) {
    const [, count = '', unit = ''] = last
    return { from: now - Number(count) * (UNITS[unit] ?? 0), to: Number.POSITIVE_INFINITY }
  }
  const [begin, end, ...more] = text.split('..')
  if (begin === undefined || more.length > 0 || (begin === '' && end === '')) throw unreadable(text)
  const from = begin === '' && end !== undefined ? 0 : instant(begin, text, 0)
  // A day alone is that day.
  const to = end === '' ? Number.POSITIVE_INFINITY : instant(end ?? begin, text, DAY_MS)
  if (!(from < to)) throw unreadable(text, 'it ends before it begins')
  return { from, to }
}

/** `dayMs` is added to a day without a time: its end, where a range ends with it. */
function instant(text: string, range: string, dayMs: number): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text)
  const at = day || time ? Date.parse(text) : Number.NaN
  // `2026-02-30` is a day in March to Date, and a slip to whoever wrote it.
  if (Number.isNaN(at) || (day && new Date(at).toISOString().slice(0, 10) !== text))
    throw unreadable(range)
  return day ? at + dayMs : at
}

function unreadable(text: string, why = 'it is no range'): GatehouseError {
  return new GatehouseError(
    'GH_CLI_USAGE',
    `${JSON.stringify(text.slice(0, 80))}: ${why}. Write 24h, 7d, 2026-11-01..2026-11-02, 2026-11-01T08:00Z..2026-11-01T09:00Z or all.`,
  )
}
