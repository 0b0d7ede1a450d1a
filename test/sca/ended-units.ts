/** What stands in the store of one customer's elements: how many rows, and how many bytes of secrets. */
import { defineUnit, queryBuilder, type Unit } from '../../src/store/index.ts'
import type { FactorTables } from '../../src/sca/tables/index.ts'

const db = queryBuilder<FactorTables>()
interface Kept {
  readonly rows: number
  readonly secrets: number
}

export function* keptUnit({
  subject,
}: {
  readonly subject: string
}): ReturnType<Unit<unknown, Kept>> {
  const rows = yield db()
    .selectFrom('sca_factor')
    .select('body')
    .where('subject', '=', subject)
    .compile()
  let secrets = 0
  for (const { body } of rows) if (body instanceof Uint8Array) secrets += body.length
  return { rows: rows.length, secrets }
}
export const kept = defineUnit(import.meta.url, 'keptUnit', keptUnit)
