/** What each client (or API, operation, code, hour) does: one line from the counts of the index. */
import type { GroupRow } from './query-units.ts'
import { OUTCOMES } from './event-tables.ts'

export interface EventGroup {
  /** `null`: the events that name none, such as a request without a believed token. */
  readonly key: string | null
  readonly count: number
  readonly denied: number
  readonly failed: number
  readonly trimmed: number
  /** Denied, or refused before there was a request, of all; 0 to 1. */
  readonly deniedRatio: number
  /** ISO 8601. */
  readonly firstSeen: string
  readonly lastSeen: string
  /** The most used first; at most `SHOWN_OPERATIONS`. */
  readonly operations: readonly { readonly operation: string | null; readonly count: number }[]
  /** How many different ones there are. */
  readonly distinctOperations: number
}

const SHOWN_OPERATIONS = 20

/** Largest group first; of equals, by key. */
export function groupEvents(rows: readonly GroupRow[]): readonly EventGroup[] {
  const byKey = new Map<string | null, GroupRow[]>()
  for (const row of rows) {
    const group = byKey.get(row.key)
    if (group === undefined) byKey.set(row.key, [row])
    else group.push(row)
  }
  return [...byKey]
    .map(([key, members]) => groupOf(key, members))
    .sort((a, b) => b.count - a.count || String(a.key).localeCompare(String(b.key), 'en'))
}

function groupOf(key: string | null, rows: readonly GroupRow[]): EventGroup {
  const of = (...names: readonly string[]): number =>
    rows
      .filter((row) => names.includes(OUTCOMES[row.outcome] ?? ''))
      .reduce((sum, row) => sum + row.count, 0)
  const count = rows.reduce((sum, row) => sum + row.count, 0)
  const operations = new Map<string | null, number>()
  for (const row of rows)
    operations.set(row.operation, (operations.get(row.operation) ?? 0) + row.count)
  const denied = of('denied', 'refused')
  return {
    key,
    count,
    denied,
    failed: of('failed'),
    trimmed: of('trimmed'),
    deniedRatio: denied / count,
    firstSeen: new Date(Math.min(...rows.map((row) => row.first))).toISOString(),
    lastSeen: new Date(Math.max(...rows.map((row) => row.last))).toISOString(),
    operations: [...operations]
      .map(([operation, times]) => ({ operation, count: times }))
      .sort((a, b) => b.count - a.count || String(a.operation).localeCompare(String(b.operation)))
      .slice(0, SHOWN_OPERATIONS),
    distinctOperations: operations.size,
  }
}
