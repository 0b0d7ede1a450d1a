/**
 * Enrolments that were begun, and activation codes that wait for their customer. Owner: sca. Times are integer milliseconds.
 */
import type { Migration } from '../../store/index.ts'

export interface EnrolmentTables {
  sca_enrolment: {
    /** Random; of an activation the keyed hash of its code. */
    id: string
    /** `proposed`: codes that one person asked for and another has not approved yet. */
    step: 'proposed' | 'activation' | 'begun'
    /** Keyed hash of the customer. */
    subject: string
    /** Kind of factor. A customer has at most one of each step and kind. */
    kind: string
    /** 1: somebody is at it, and nobody else can be. */
    in_hand: number
    created_at: number
    expires_at: number
    /** Sealed. */
    body: Uint8Array
  }
}

export const enrolmentMigrations: readonly Migration[] = [
  {
    id: 'sca/004-enrolments',
    up: [
      `CREATE TABLE sca_enrolment (
         id TEXT NOT NULL PRIMARY KEY, step TEXT NOT NULL, subject TEXT NOT NULL, expires_at INTEGER NOT NULL, body BLOB NOT NULL
       ) STRICT`,
      'CREATE INDEX sca_enrolment_subject ON sca_enrolment (subject, step)',
      'CREATE INDEX sca_enrolment_end ON sca_enrolment (expires_at)',
    ],
  },
  {
    // Before it there was one activation code for each customer, of whichever kind.
    id: 'sca/005-enrolments-by-kind',
    up: [
      "ALTER TABLE sca_enrolment ADD COLUMN kind TEXT NOT NULL DEFAULT ''",
      'ALTER TABLE sca_enrolment ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0',
    ],
  },
  {
    id: 'sca/007-enrolments-in-hand',
    up: ['ALTER TABLE sca_enrolment ADD COLUMN in_hand INTEGER NOT NULL DEFAULT 0'],
  },
]
