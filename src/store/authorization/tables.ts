/**
 * What an authorization server must remember: codes, tokens, pushed requests, sessions, grants, ids that were seen. Owner: store, for
 * identity. Ids are there as keyed hashes only and payloads are sealed, both by whoever wrote them: a copy of the table is no copy of a
 * token, and says nothing of a customer. Times are integer milliseconds.
 */
import type { Migration } from '../migration.ts'

export interface AuthorizationTables {
  authorization_record: {
    /** Kind of record, e.g. `AuthorizationCode`. */
    model: string
    /** Keyed hash of the token, code or id. */
    id: string
    /** Keyed hash of the grant that it hangs on. */
    grant_id: string | null
    /** Keyed hash of the public id of a session. */
    uid: string | null
    /** Keyed hash of a code that a person types. */
    user_code: string | null
    /** Sealed. */
    payload: Uint8Array
    /** `null`: until it is removed. */
    expires_at: number | null
    /** When it was used, for what is used once; never taken back. */
    consumed_at: number | null
  }
  signing_key: {
    /** `kid`. */
    id: string
    algorithm: string
    created_at: number
    /** The private key as JWK, sealed. */
    sealed: Uint8Array
  }
}

export const authorizationMigrations: readonly Migration[] = [
  {
    id: 'store/002-authorization-records',
    up: [
      `CREATE TABLE authorization_record (
         model TEXT NOT NULL, id TEXT NOT NULL, grant_id TEXT, uid TEXT, user_code TEXT, payload BLOB NOT NULL,
         expires_at INTEGER, consumed_at INTEGER, PRIMARY KEY (model, id)
       ) STRICT`,
      'CREATE INDEX authorization_record_grant ON authorization_record (grant_id)',
      'CREATE INDEX authorization_record_uid ON authorization_record (uid)',
      'CREATE INDEX authorization_record_user_code ON authorization_record (user_code)',
      'CREATE INDEX authorization_record_end ON authorization_record (expires_at)',
    ],
  },
  {
    id: 'store/003-signing-keys',
    up: [
      `CREATE TABLE signing_key (
         id TEXT NOT NULL PRIMARY KEY, algorithm TEXT NOT NULL, created_at INTEGER NOT NULL, sealed BLOB NOT NULL
       ) STRICT`,
    ],
  },
]
