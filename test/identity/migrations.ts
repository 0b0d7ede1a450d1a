/** The tables that an authorization server needs. */
import {
  approvalMigrations,
  authorizationMigrations,
  changeMigrations,
  clientMigrations,
  consentMigrations,
  idempotencyMigrations,
  notificationMigrations,
  secretMigrations,
} from '../../src/store/index.ts'

export const identityMigrations = [
  ...approvalMigrations,
  ...authorizationMigrations,
  ...changeMigrations,
  ...clientMigrations,
  ...consentMigrations,
  ...idempotencyMigrations,
  ...secretMigrations,
  ...notificationMigrations,
]
