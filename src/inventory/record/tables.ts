/** Tables of this module. Owner: inventory. No column holds personal data: a specification describes, it does not carry. */
import type { Migration } from '../../store/index.ts'

export interface InventoryTables {
  /** One row per API, replaced whole by each import; `body` is the record without its operations, as JSON. */
  inventory_api: { name: string; owner: string | null; body: string }
  /** Operations in the order of the file; `body` is the `OperationRecord` as JSON. */
  inventory_operation: {
    api: string
    position: number
    method: string
    path: string
    operation_id: string | null
    role: string
    unsound: number
    body: string
  }
}

export const inventoryMigrations: readonly Migration[] = [
  {
    id: 'inventory/001-apis',
    up: [
      `CREATE TABLE inventory_api (
         name TEXT PRIMARY KEY, owner TEXT, body TEXT NOT NULL
       ) STRICT`,
      `CREATE TABLE inventory_operation (
         api TEXT NOT NULL REFERENCES inventory_api (name), position INTEGER NOT NULL, method TEXT NOT NULL,
         path TEXT NOT NULL, operation_id TEXT, role TEXT NOT NULL, unsound INTEGER NOT NULL, body TEXT NOT NULL,
         PRIMARY KEY (api, position)
       ) STRICT`,
      'CREATE UNIQUE INDEX inventory_operation_at ON inventory_operation (api, method, path)',
    ],
  },
]
