/**
 * How one secret of the installation takes the place of another. Owner: store, for identity and sca. Secrets stand there by their mark, from which
 * nothing can be learned of them. Times are integer milliseconds.
 */
import type { Migration } from '../migration.ts'

export interface SecretTables {
  sealing_root: {
    /** `root`: there is one. */
    id: string
    /** The keys that outlive every secret, sealed under one. */
    wrapped: Uint8Array
  }
  sealing_secret: {
    mark: string
    /** `sealing`: the one that new payloads are under; `opened`: payloads of before may be; `ended`: none is. */
    state: 'sealing' | 'opened' | 'ended'
    /** When it came into this state. */
    since: number
  }
  /** Processes that run. */
  sealing_use: {
    process: string
    /** Mark of what its configuration calls the secret. */
    first: string
    /** Mark of the one that it seals under, and has for a while: nothing under another is on its way. */
    seals: string
    seen_at: number
  }
  /** The one pass over all payloads that seals them anew: one row. */
  sealing_pass: {
    id: number
    mark: string
    /** Table and column where it goes on. */
    place: string
    /** Key of the last row that is done, as JSON; empty: none of this column is. */
    after: string
    resealed: number
    /** Rows that no known secret opens, left as they are. */
    unreadable: number
    begun_at: number
    /** `null`: it is under way. */
    ended_at: number | null
  }
}

export const secretMigrations: readonly Migration[] = [
  {
    id: 'store/010-secrets',
    up: [
      'CREATE TABLE sealing_root (id TEXT NOT NULL PRIMARY KEY, wrapped BLOB NOT NULL) STRICT',
      'CREATE TABLE sealing_secret (mark TEXT NOT NULL PRIMARY KEY, state TEXT NOT NULL, since INTEGER NOT NULL) STRICT',
      `CREATE TABLE sealing_use (
         process TEXT NOT NULL PRIMARY KEY, first TEXT NOT NULL, seals TEXT NOT NULL, seen_at INTEGER NOT NULL
       ) STRICT`,
      `CREATE TABLE sealing_pass (
         id INTEGER NOT NULL PRIMARY KEY, mark TEXT NOT NULL, place TEXT NOT NULL, after TEXT NOT NULL, resealed INTEGER NOT NULL,
         unreadable INTEGER NOT NULL, begun_at INTEGER NOT NULL, ended_at INTEGER
       ) STRICT`,
    ],
  },
]
