/**
 * Elements that customers have enrolled. Owner: sca. Customers and the ids of their credentials are there as keyed hashes only; seeds, hashes of
 * passcodes, keys and numbers are sealed under id and customer (RTS Art. 22: no plain text). Times are integer milliseconds.
 */
import type { Migration } from '../../store/index.ts'
import type { FactorKind } from '../index.ts'

export interface FactorTables {
  sca_factor: {
    id: string
    /** Keyed hash of the customer. */
    subject: string
    kind: FactorKind
    state: 'active' | 'revoked'
    /** Keyed hash of the id by which a credential names itself; one is enrolled once. `null`: it has none. */
    credential: string | null
    /** What may only go forward: uses of an authenticator, steps of time. */
    counter: number
    created_at: number
    used_at: number | null
    ended_at: number | null
    /** Sealed. */
    body: Uint8Array
  }
}

export const factorMigrations: readonly Migration[] = [
  {
    id: 'sca/003-factors',
    up: [
      `CREATE TABLE sca_factor (
         id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, credential TEXT, counter INTEGER NOT NULL,
         created_at INTEGER NOT NULL, used_at INTEGER, ended_at INTEGER, body BLOB NOT NULL
       ) STRICT`,
      'CREATE INDEX sca_factor_subject ON sca_factor (subject, state)',
      'CREATE UNIQUE INDEX sca_factor_credential ON sca_factor (credential)',
    ],
  },
  {
    id: 'sca/006-ended-factors',
    up: ['CREATE INDEX sca_factor_ended ON sca_factor (ended_at)'],
  },
]
