/** What somebody with the database in his hands might do. */
import { defineUnit, queryBuilder, type Unit } from '../../src/store/index.ts'
import type { TransactionTables } from '../../src/sca/tables/index.ts'

const db = queryBuilder<Record<string, Record<string, unknown>> & TransactionTables>()
const TABLES = ['sca_transaction', 'sca_step', 'sca_factor', 'sca_attempt', 'sca_enrolment']

interface Alter {
  readonly id: string
  /** `*`: all rows of all tables, as one text. */
  readonly column: string
  /** Absent: it is read. */
  readonly value?: string | number | Uint8Array | null
}

export function* alterUnit({
  id,
  column,
  value,
}: Alter): ReturnType<Unit<Alter, string | Uint8Array | null>> {
  if (column === '*') {
    let text = ''
    for (const table of TABLES)
      for (const row of yield db().selectFrom(table).selectAll().compile())
        for (const one of Object.values(row))
          text +=
            one instanceof Uint8Array ? Buffer.from(one).toString('latin1') : ` ${String(one)} `
    return text
  }
  if (value !== undefined)
    yield db()
      .updateTable('sca_transaction')
      .set({ [column]: value })
      .where('id', '=', id)
      .compile()
  const [row] = yield db().selectFrom('sca_transaction').selectAll().where('id', '=', id).compile()
  const found = row?.[column]
  return typeof found === 'string' || found instanceof Uint8Array ? found : null
}
export const alter = defineUnit(import.meta.url, 'alterUnit', alterUnit)
