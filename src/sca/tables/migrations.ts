import type { Migration } from '../../store/index.ts'
import { attemptMigrations } from './attempts.ts'
import { enrolmentMigrations } from './enrolment.ts'
import { factorMigrations } from './factors.ts'
import { transactionMigrations } from './transactions.ts'

/** Tables of strong customer authentication, in the order in which they came. */
export const scaMigrations: readonly Migration[] = [
  ...transactionMigrations,
  ...attemptMigrations,
  ...factorMigrations,
  ...enrolmentMigrations,
]
