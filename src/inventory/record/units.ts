/** Units of work over the tables beside this file; loaded in the store's worker. */
import { defineUnit, queryBuilder, type Rows, type Unit } from '../../store/index.ts'
import type { InventoryTables } from './tables.ts'

const db = queryBuilder<InventoryTables>()

export interface ApiRows {
  readonly api: InventoryTables['inventory_api']
  readonly operations: readonly InventoryTables['inventory_operation'][]
}

/** Fits many times into SQLite's bound of 32,766 values in one statement. */
const ROWS_PER_INSERT = 500

/** Replaces an API and all its operations, or leaves both as they were. */
export function* putApiUnit({ api, operations }: ApiRows): ReturnType<Unit<ApiRows, null>> {
  yield* removeApiUnit(api.name)
  yield db().insertInto('inventory_api').values(api).compile()
  for (let start = 0; start < operations.length; start += ROWS_PER_INSERT)
    yield db()
      .insertInto('inventory_operation')
      .values(operations.slice(start, start + ROWS_PER_INSERT))
      .compile()
  return null
}
export const putApi = defineUnit(import.meta.url, 'putApiUnit', putApiUnit)

/** True if there was one. */
export function* removeApiUnit(name: string): ReturnType<Unit<string, boolean>> {
  yield db().deleteFrom('inventory_operation').where('api', '=', name).compile()
  const rows = yield db()
    .deleteFrom('inventory_api')
    .where('name', '=', name)
    .returning('name')
    .compile()
  return rows.length > 0
}
export const removeApi = defineUnit(import.meta.url, 'removeApiUnit', removeApiUnit)

export interface StoredRows {
  readonly apis: Rows
  readonly operations: Rows
}

/** One API by name, or all; operations in the order of their file. */
export function* listApisUnit(name: string | null): ReturnType<Unit<string | null, StoredRows>> {
  const apis = db().selectFrom('inventory_api').select(['name', 'body']).orderBy('name')
  const operations = db()
    .selectFrom('inventory_operation')
    .select(['api', 'body'])
    .orderBy('api')
    .orderBy('position')
  return {
    apis: yield (name === null ? apis : apis.where('name', '=', name)).compile(),
    operations: yield (name === null ? operations : operations.where('api', '=', name)).compile(),
  }
}
export const apiRows = defineUnit(import.meta.url, 'listApisUnit', listApisUnit)
