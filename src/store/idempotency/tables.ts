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
    /** Of a use: the name in `feed_change` of the consent that it is of; `null`: of none that the store keeps. */
    consent: string | null
    /** Of a use: how many of the payments of its consent it is. */
    payments: number | null
    /** 1 when it was used, until whoever keeps the consent has acted on it; of no consent it says nothing. */
    untold: number | null
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
  {
    id: 'store/010-uses-of-consents',
    up: [
      'ALTER TABLE idempotency_key ADD COLUMN consent TEXT',
      'ALTER TABLE idempotency_key ADD COLUMN payments INTEGER',
      'ALTER TABLE idempotency_key ADD COLUMN untold INTEGER',
      'CREATE INDEX idempotency_key_consent ON idempotency_key (consent) WHERE consent IS NOT NULL',
      'CREATE INDEX idempotency_key_untold ON idempotency_key (consent) WHERE untold IS NOT NULL AND consent IS NOT NULL',
    ],
  },
]
