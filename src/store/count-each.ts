/** How many rows there are of each state, none counted further than is asked: a bank has a million of them. */
import { queryBuilder } from './query-builder.ts'
import type { Unit } from './unit.ts'

/** Any table of rows with an `id`, and the column of their state. */
const db = queryBuilder<Readonly<Record<string, Readonly<Record<string, string | number>>>>>()

export interface Counted {
  readonly table: string
  readonly column: string
  readonly values: readonly string[]
  readonly limit: number
}

/** What there is none of is left out. */
export function* countEach({
  table,
  column,
  values,
  limit,
}: Counted): ReturnType<Unit<Counted, Readonly<Record<string, number>>>> {
  const counts: Record<string, number> = {}
  for (const value of values) {
    const some = db().selectFrom(table).select('id').where(column, '=', value).limit(limit)
    const [row] = yield db()
      .selectFrom(some.as('some'))
      .select((of) => of.fn.countAll<number>().as('count'))
      .compile()
    const count = Number(row?.['count'])
    if (count > 0) counts[value] = count
  }
  return counts
}
