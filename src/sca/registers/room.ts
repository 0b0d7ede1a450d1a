/** How much one customer may have in a register. */
import { queryBuilder, type Unit } from '../../store/index.ts'
import type { RegisterTables } from '../tables/index.ts'

const db = queryBuilder<RegisterTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export const MAX_TRUSTED_PAYEES = 500
export const MAX_SERIES = 500
export const MAX_OWN_ACCOUNTS = 500
export const MAX_PROCESSES = 20

const COLUMN = {
  sca_trusted_payee: 'payee',
  sca_series: 'series',
  sca_corporate_payer: 'process',
} as const

/** Whether all of `entries` may stand beside those that are there. */
export function* room(
  table: keyof typeof COLUMN,
  payer: string,
  entries: readonly string[],
  most: number,
): Steps<boolean> {
  const column = COLUMN[table]
  // Sound: the column is one of that very table.
  const rows = yield db()
    .selectFrom(table)
    .select(column as 'payer')
    .where('payer', '=', payer)
    .limit(most)
    .compile()
  const all = new Set(rows.map((row) => String(row[column])))
  for (const entry of entries) all.add(entry)
  return all.size <= most
}
