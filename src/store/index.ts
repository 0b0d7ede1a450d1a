export type { Migration } from './migration.ts'
export { queryBuilder } from './query-builder.ts'
export { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'
export { defineUnit, type Rows, type Store, type Unit, type UnitRef } from './unit.ts'
