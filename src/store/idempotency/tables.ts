/**
 * Idempotency keys. Owner: store, for the gateway. A key, its client and its request are there as hashes only; the answer is sealed by
 * whoever wrote it. Times are integer milliseconds.
 */
import type { Migration } from '../migration.ts'

export interface IdempotencyTables {
  idempotency_key: {
    /** Hash of client, operation and key. */
    id: string
    /** Hash of the request. */
    digest: string
    state: 'pending' | 'answered' | 'doubt'
    /** The process that holds it while it is pending. */
    owner: string
    /** Decision id of the first request. */
    decision: string
    at: number
    expires_at: number
    /** Sealed; `null` until there is one, or when it was too large to keep. */
    answer: Uint8Array | null
  }
}

export const idempotencyMigrations: readonly Migration[] = [
  {
    id: 'store/001-idempotency-keys',
    up: [
      `CREATE TABLE idempotency_key (
         id TEXT NOT NULL PRIMARY KEY, digest TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL, decision TEXT NOT NULL,
         at INTEGER NOT NULL, expires_at INTEGER NOT NULL, answer BLOB
       ) STRICT`,
      'CREATE INDEX idempotency_key_end ON idempotency_key (expires_at)',
    ],
  },
]
