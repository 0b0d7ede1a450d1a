/** A door of its own: who opens a store needs no more of strong customer authentication. */
export type { AttemptTables } from './attempts.ts'
export type { EnrolmentTables } from './enrolment.ts'
export type { FactorTables } from './factors.ts'
export { scaMigrations } from './migrations.ts'
export type { TransactionState, TransactionTables } from './transactions.ts'
