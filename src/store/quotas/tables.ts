/**
 * Accesses that are counted over a day. Owner: store, for the gateway. Whose they are stands there as keyed hashes only, and no longer than
 * the window. Times are integer milliseconds.
 */
import type { Migration } from '../migration.ts'

export interface QuotaTables {
  quota_use: {
    /** Keyed hash of client, customer, account and operation. */
    id: string
    /** Decision id of the request. */
    decision: string
    /** Keyed hash of the page; `''`: the access that counts, of which pages are a part. */
    page: string
    /** Keyed hashes of the pages that its answer leads to, with spaces between; `*`: any, for nobody saw the answer. */
    offers: string
    /** `held`: its answer has not left. */
    state: 'held' | 'kept'
    /** The process that holds it. */
    owner: string
    at: number
    expires_at: number
  }
  quota_secret: {
    id: number
    secret: Uint8Array
  }
}

export const quotaMigrations: readonly Migration[] = [
  {
    id: 'store/003-quotas',
    up: [
      `CREATE TABLE quota_use (
         id TEXT NOT NULL, decision TEXT NOT NULL, visit TEXT NOT NULL, page TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
         at INTEGER NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (id, decision)
       ) STRICT`,
      'CREATE INDEX quota_use_decision ON quota_use (decision)',
      'CREATE INDEX quota_use_end ON quota_use (expires_at)',
      'CREATE TABLE quota_secret (id INTEGER NOT NULL PRIMARY KEY, secret BLOB NOT NULL) STRICT',
    ],
  },
  {
    id: 'store/004-offered-pages',
    up: [
      'ALTER TABLE quota_use DROP COLUMN visit',
      // Whose answer was given before this was kept may go on by any page, as then.
      "ALTER TABLE quota_use ADD COLUMN offers TEXT NOT NULL DEFAULT '*'",
    ],
  },
]
