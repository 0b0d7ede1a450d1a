/**
 * Third parties that were registered: what each may do, who decided it, and everything that became of it since. Owner: store, for identity.
 * Secrets of clients are not here: keys are public, and the registration access token stands as a keyed hash. Times are integer milliseconds.
 */
import type { Migration } from '../migration.ts'

export interface ClientTables {
  registered_client: {
    id: string
    /** Who owns which software, so that there is one client of it; `null`: it was removed and the software is free again. */
    software: string | null
    /** ETSI TS 119 495; `null`: it has none, as a partner. */
    organization: string | null
    name: string
    /** What the bank says. */
    state: string
    /** What the register of its authority says; `null`: it has no entry, as a partner. */
    register_state: string | null
    /** RFC 7591 metadata, JSON. */
    metadata: string
    /** Facts of statement, certificate and register on which it was registered, JSON. */
    evidence: string
    /** Keyed hash of the registration access token, and of the one before until the new one was used. */
    token: string | null
    token_before: string | null
    /** Keyed hash of the `jti` of its software statement. */
    statement: string | null
    /** `jwks_uri` of its metadata, unless it was removed. */
    keys_uri: string | null
    /** Who removed it, as long as something that it was allowed may be left; `null`: it is there, or nothing is. */
    ending: 'bank' | 'third-party' | null
    version: number
    created_at: number
    updated_at: number
  }
  client_history: {
    client: string
    version: number
    at: number
    /** What became of it. */
    what: string
    /** Who did it: the client, the register, or an operator. */
    actor: string
    reason: string | null
    /** More of it, JSON: the record of PSD2 Art. 68(6). */
    record: string | null
  }
  client_key_set: {
    /** Where clients keep their keys. */
    uri: string
    /** JWK set of what counts now, JSON; `null`: none was read, or too long ago. */
    keys: string | null
    read_at: number | null
    /** When it is asked again. */
    due_at: number
    /** Why the last answer did not count as it was. */
    problem: string | null
  }
}

export const clientMigrations: readonly Migration[] = [
  {
    id: 'store/007-registered-clients',
    up: [
      `CREATE TABLE registered_client (
         id TEXT NOT NULL PRIMARY KEY, software TEXT, organization TEXT, name TEXT NOT NULL, state TEXT NOT NULL, register_state TEXT,
         metadata TEXT NOT NULL, evidence TEXT NOT NULL, token TEXT, token_before TEXT, statement TEXT, version INTEGER NOT NULL,
         created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
       ) STRICT`,
      'CREATE UNIQUE INDEX registered_client_software ON registered_client (software)',
      'CREATE INDEX registered_client_organization ON registered_client (organization)',
      `CREATE TABLE client_history (
         client TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT,
         record TEXT, PRIMARY KEY (client, version)
       ) STRICT`,
    ],
  },
  {
    id: 'store/009-keys-elsewhere',
    up: [
      'ALTER TABLE registered_client ADD COLUMN keys_uri TEXT',
      'CREATE INDEX registered_client_keys_uri ON registered_client (keys_uri)',
      `CREATE TABLE client_key_set (
         uri TEXT NOT NULL PRIMARY KEY, keys TEXT, read_at INTEGER, due_at INTEGER NOT NULL, problem TEXT
       ) STRICT`,
      'CREATE INDEX client_key_set_due ON client_key_set (due_at)',
    ],
  },
  {
    // What those were allowed that removed themselves before stood as if they were still there.
    id: 'store/012-removed-clients',
    up: [
      'ALTER TABLE registered_client ADD COLUMN ending TEXT',
      "UPDATE registered_client SET ending = 'third-party' WHERE state = 'removed'",
      'CREATE INDEX registered_client_ending ON registered_client (id) WHERE ending IS NOT NULL',
    ],
  },
]
