export { forgetApi, listApis, readApi, saveApi } from './inventory-record.ts'
export { inventoryMigrations } from './tables.ts'
