/** The tables that an authorization server needs. */
import {
  authorizationMigrations,
  changeMigrations,
  clientMigrations,
  consentMigrations,
} from '../../src/store/index.ts'

export const identityMigrations = [
  ...authorizationMigrations,
  ...changeMigrations,
  ...clientMigrations,
  ...consentMigrations,
]
