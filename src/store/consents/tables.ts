/**
 * Consents. Owner: store, for identity. Clients and customers are there as keyed hashes only, and what a consent says is sealed, both by
 * whoever wrote them. Times are integer milliseconds.
 */
import type { Migration } from '../migration.ts'

export interface ConsentTables {
  consent: {
    id: string
    /** Keyed hash. */
    client: string
    status: string
    /** Counts its changes from 1: who writes says which one he has read. */
    version: number
    /** Place of its newest change among those of all consents. */
    changed: number
    /** 1: gateways must know it. */
    live: number
    /** When it ends by itself; `null`: never, or it is over. */
    ends_at: number | null
    /** When it is forgotten; `null`: it is not over. */
    forget_at: number | null
    /** Sealed. */
    body: Uint8Array
  }
  consent_subject: {
    consent: string
    /** Keyed hash of a customer who authorised it. */
    subject: string
  }
  consent_sequence: { id: number; seq: number }
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
]
