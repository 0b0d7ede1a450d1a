/**
 * Consents. Owner: store, for identity. Clients and customers are there as keyed hashes only, and what a consent says is sealed, both by
 * whoever wrote them. Times are integer milliseconds.
 */
import type { Migration } from '../migration.ts'

export interface ConsentTables {
  consent: {
    /** Keyed hash of the consent's id. */
    id: string
    /** Keyed hash. */
    client: string
    status: string
    /** Counts its changes from 1: who writes says which one he has read. */
    version: number
    /** When it was changed last, in milliseconds. */
    changed: number
    /** When it ends by itself; `null`: never, or it is over. */
    ends_at: number | null
    /** When it is forgotten; `null`: it is not over. */
    forget_at: number | null
    /** Its name in `feed_change`. */
    feed_key: string
    /** Sealed. */
    body: Uint8Array
  }
  consent_subject: {
    /** Keyed hash of its id. */
    consent: string
    /** Keyed hash of a customer who authorised it. */
    subject: string
  }
}

export const consentMigrations: readonly Migration[] = [
  {
    id: 'store/005-consents',
    up: [
      `CREATE TABLE consent (
         id TEXT NOT NULL PRIMARY KEY, client TEXT NOT NULL, status TEXT NOT NULL, version INTEGER NOT NULL, changed INTEGER NOT NULL,
         live INTEGER NOT NULL, ends_at INTEGER, forget_at INTEGER, body BLOB NOT NULL
       ) STRICT`,
      'CREATE INDEX consent_client ON consent (client, status)',
      'CREATE INDEX consent_changed ON consent (changed)',
      'CREATE INDEX consent_live ON consent (live, id)',
      'CREATE INDEX consent_end ON consent (ends_at)',
      'CREATE INDEX consent_forget ON consent (forget_at)',
      `CREATE TABLE consent_subject (
         consent TEXT NOT NULL, subject TEXT NOT NULL, PRIMARY KEY (consent, subject)
       ) STRICT`,
      'CREATE INDEX consent_subject_subject ON consent_subject (subject)',
      'CREATE TABLE consent_sequence (id INTEGER NOT NULL PRIMARY KEY, seq INTEGER NOT NULL) STRICT',
    ],
  },
  {
    // Gateways read `feed_change`, and ids are hashed: rows of before, which no release wrote, cannot be found any more.
    id: 'store/008-one-log',
    up: [
      'DELETE FROM consent_subject',
      'DELETE FROM consent',
      'DROP INDEX consent_changed',
      'DROP INDEX consent_live',
      'ALTER TABLE consent DROP COLUMN live',
      'DROP TABLE consent_sequence',
      "ALTER TABLE consent ADD COLUMN feed_key TEXT NOT NULL DEFAULT ''",
    ],
  },
  {
    id: 'store/010-consents-by-name',
    up: ['CREATE INDEX consent_feed_key ON consent (feed_key)'],
  },
  { id: 'store/011-consents-by-status', up: ['CREATE INDEX consent_status ON consent (status)'] },
]
