/** A door of its own: who opens a store needs no more of strong customer authentication. */
export type { AttemptTables } from './attempts.ts'
export type { EnrolmentTables } from './enrolment.ts'
export type { FraudTables } from './fraud.ts'
export type { GovernanceTables } from './governance.ts'
export type { LedgerTables } from './ledger.ts'
export type { RegisterTables } from './registers.ts'
export type { FactorTables } from './factors.ts'
export { scaMigrations } from './migrations.ts'
export {
  stepOf,
  type TransactionState,
  type TransactionStep,
  type TransactionTables,
} from './transactions.ts'
