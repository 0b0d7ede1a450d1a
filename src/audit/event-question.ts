/** What can be asked of the event index. A question is checked where it arrives; here everything has its final form. */
import { GatehouseError } from '../lib/index.ts'
import { type IndexedOutcome, OUTCOMES } from './event-tables.ts'

/** What events can be counted by. */
export const GROUPINGS = ['client', 'api', 'operation', 'code', 'outcome', 'hour'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** Members that are absent do not narrow. */
export interface EventFilter {
  readonly client?: string | undefined
  readonly api?: string | undefined
  readonly operation?: string | undefined
  readonly code?: string | undefined
  readonly rule?: string | undefined
  readonly outcome?: IndexedOutcome | undefined
  /** Pseudonyms, `hmac:` and hex digits. */
  readonly subject?: string | undefined
  readonly consent?: string | undefined
  /** First millisecond since the epoch. */
  readonly since: number
  /** First millisecond that is outside. */
  readonly until: number
}

export interface ListQuestion extends EventFilter {
  readonly limit: number
  readonly after?: Cursor | undefined
}

/** The last event of a page: pages are in the order of time, then of the spool. */
export interface Cursor {
  readonly at: number
  readonly n: number
}

/** Events of one page. */
export const MAX_PAGE = 1000
/** Rows that a grouping may add up; a question that needs more is refused. */
export const MAX_GROUP_ROWS = 200_000

export function cursorText({ at, n }: Cursor): string {
  return `${at.toString(36)}-${n.toString(36)}`
}

/** @throws GH_AUDIT_QUERY_INVALID */
export function parseCursor(text: string): Cursor {
  const match = /^([0-9a-z]{1,10})-([0-9a-z]{1,11})$/.exec(text)
  const [at, n] = [match?.[1], match?.[2]].map((part) => Number.parseInt(part ?? '', 36))
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(n))
    throw new GatehouseError('GH_AUDIT_QUERY_INVALID', 'after: no position that an answer gave')
  return { at: at ?? 0, n: n ?? 0 }
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
/** With a zone, or a day alone, which begins in UTC: a time without a zone means another instant on each machine. */
const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

/**
 * `2h` before now, or an instant: milliseconds since the epoch. Refuses days that are none (`2026-02-30`).
 * @throws GH_AUDIT_TIME_INVALID
 */
export function parseTime(text: string, now: number): number {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text)
  if (ago !== null) return now - Number(ago[1]) * (UNIT_MS[ago[2] ?? ''] ?? 0)
  const at = INSTANT.test(text) ? Date.parse(text) : Number.NaN
  // The day as written must be the day that was understood; a zone moves it by at most one.
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`)
  const real = !Number.isNaN(day) && new Date(day).toISOString().startsWith(text.slice(0, 10))
  if (Number.isNaN(at) || !real)
    throw new GatehouseError(
      'GH_AUDIT_TIME_INVALID',
      `${JSON.stringify(text.slice(0, 40))} is no time such as 2h, 2026-10-31 or 2026-10-31T09:00Z`,
    )
  return at
}

/** @throws GH_AUDIT_QUERY_INVALID */
export function parseOutcome(text: string): IndexedOutcome {
  const found = OUTCOMES.find((outcome) => outcome === text)
  if (found === undefined)
    throw new GatehouseError('GH_AUDIT_QUERY_INVALID', `outcome: one of ${OUTCOMES.join(', ')}`)
  return found
}

/** @throws GH_AUDIT_QUERY_INVALID */
export function parseGrouping(text: string): Grouping {
  const found = GROUPINGS.find((grouping) => grouping === text)
  if (found === undefined)
    throw new GatehouseError('GH_AUDIT_QUERY_INVALID', `by: one of ${GROUPINGS.join(', ')}`)
  return found
}
