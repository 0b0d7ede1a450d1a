import type { Migration } from '../../store/index.ts'
import { attemptMigrations } from './attempts.ts'
import { enrolmentMigrations } from './enrolment.ts'
import { factorMigrations } from './factors.ts'
import { fraudMigrations } from './fraud.ts'
import { governanceMigrations } from './governance.ts'
import { boundMigrations, ledgerMigrations } from './ledger.ts'
import { entryMigrations, registerMigrations } from './registers.ts'
import { stepMigrations, transactionMigrations } from './transactions.ts'

/** Tables of strong customer authentication, in the order in which they came. */
export const scaMigrations: readonly Migration[] = [
  ...ledgerMigrations,
  ...registerMigrations,
  ...governanceMigrations,
  ...fraudMigrations,
  ...transactionMigrations,
  ...attemptMigrations,
  ...factorMigrations,
  ...enrolmentMigrations,
  ...boundMigrations,
  ...stepMigrations,
  ...entryMigrations,
]
