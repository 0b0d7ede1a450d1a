export type { Rows, Store, Unit, UnitRef } from './unit.ts'
