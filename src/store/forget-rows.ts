/** Rows whose time has passed go in small steps, so that nobody waits long for the store. */
import { queryBuilder } from './query-builder.ts'
import type { Unit } from './unit.ts'

/** Any table of rows with an `id`, and the column that says when each may go. */
const db = queryBuilder<Readonly<Record<string, Readonly<Record<string, string | number>>>>>()

export interface Ended {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly limit: number
}

/** Gives how many were found, fewer than `limit` when no more are left. What was given more time meanwhile stays. */
export function* forgetRows(
  table: string,
  until: string,
  { now, limit }: Ended,
): ReturnType<Unit<Ended, number>> {
  const old = yield db()
    .selectFrom(table)
    .select('id')
    .where(until, '<=', now)
    .limit(limit)
    .compile()
  for (const { id } of old)
    yield db().deleteFrom(table).where('id', '=', String(id)).where(until, '<=', now).compile()
  return old.length
}
