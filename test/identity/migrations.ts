/** The tables that an authorization server needs. */
import {
  authorizationMigrations,
  changeMigrations,
  clientMigrations,
} from '../../src/store/index.ts'

export const identityMigrations = [
  ...authorizationMigrations,
  ...changeMigrations,
  ...clientMigrations,
]
