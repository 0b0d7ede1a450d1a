/**
 * What failed, and what is blocked for it. Owner: sca. Whose it is stands there as keyed hashes only. It is in the store, so that a restart
 * lets nobody try again (RTS Art. 4(3)(b)). Times are integer milliseconds.
 */
import type { Migration } from '../../store/index.ts'

export interface AttemptTables {
  sca_attempt: {
    /** Keyed hash of the customer, the client or the network, or of a customer's requests to his device. */
    id: string
    /** Attempts in a row that did not succeed, those under way among them. */
    failures: number
    /** Raised whenever `failures` begins anew: what was begun before it changes nothing. */
    series: number
    /** Blocks one after the other. */
    blocks: number
    /** `null`: none is in force. */
    blocked_until: number | null
    /** Until then the blocks that were count for the next one. */
    remember_until: number
    /** 1: until it is recovered. */
    locked: number
    /** 1: the customer was told that the next block is for good. */
    alerted: number
    /** Attempts since then. */
    window_from: number
    window_count: number
    forget_at: number
  }
}

export const attemptMigrations: readonly Migration[] = [
  {
    id: 'sca/002-attempts',
    up: [
      `CREATE TABLE sca_attempt (
         id TEXT NOT NULL PRIMARY KEY, failures INTEGER NOT NULL, series INTEGER NOT NULL, blocks INTEGER NOT NULL, blocked_until INTEGER,
         remember_until INTEGER NOT NULL, locked INTEGER NOT NULL, alerted INTEGER NOT NULL, window_from INTEGER NOT NULL, window_count INTEGER NOT NULL, forget_at INTEGER NOT NULL
       ) STRICT`,
      'CREATE INDEX sca_attempt_forget ON sca_attempt (forget_at)',
    ],
  },
]
