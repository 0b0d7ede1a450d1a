/**
 * Payments that were made and wait for their authorisation. Owner: store, for the gateway. What is paid is sealed by whoever wrote it, under
 * a key that is made of the payment's own id, and that id is there as a hash only. Times are integer milliseconds.
 */
import type { Migration } from '../migration.ts'

export interface InitiatedTables {
  initiated_payment: {
    /** Hash of API, client and id of the payment or basket. */
    id: string
    /** Keyed hash of what is paid, and where it stands. */
    digest: string
    /** `doubt`: two payments came under this id. */
    state: 'known' | 'doubt'
    /** Decision id of the request that made it. */
    decision: string
    expires_at: number
    sealed: Uint8Array
  }
}

export const initiatedMigrations: readonly Migration[] = [
  {
    id: 'store/004-initiated-payments',
    up: [
      `CREATE TABLE initiated_payment (
         id TEXT NOT NULL PRIMARY KEY, digest TEXT NOT NULL, state TEXT NOT NULL, decision TEXT NOT NULL, expires_at INTEGER NOT NULL,
         sealed BLOB NOT NULL
       ) STRICT`,
      'CREATE INDEX initiated_payment_end ON initiated_payment (expires_at)',
    ],
  },
]
