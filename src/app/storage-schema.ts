/**
 * Everything that an installation keeps, declared: who owns it, what it is keyed by, how long it lives and what protects what it says of people.
 * A test compares it with the tables that the migrations make, so that no column is added without saying what it holds.
 */
import { SCA_TABLES } from './sca/stored-tables.ts'

import { SCA_FACTOR_TABLES } from './sca/factor-tables.ts'
import { SECRET_TABLES } from './identity/secret-tables.ts'

/** What a column or file says of people. */
export type Personal =
  | 'none'
  /** Keyed hashes that stand for a customer or consent; `gatehouse erase` takes the key of one person away (DESIGN §7.2). */
  | 'pseudonyms'
  /** Names of the bank's own staff where the law wants to know who decided. */
  | 'staff'
  /** Encrypted under a key of the installation. */
  | 'sealed'
  /** Keys: mode 0600, never in a backup folder. */
  | 'keys'

export interface StoredTable {
  readonly table: string
  readonly owner: string
  readonly key: readonly string[]
  readonly lifetime: string
  readonly about: string
  readonly columns: Readonly<
    Record<string, { readonly about: string; readonly personal: Personal }>
  >
}

const none = (about: string): { readonly about: string; readonly personal: Personal } => ({
  about,
  personal: 'none',
})

export const STORED_TABLES: readonly StoredTable[] = [
  ...SCA_FACTOR_TABLES,
  ...SECRET_TABLES,
  {
    table: 'schema_migration',
    owner: 'store',
    key: ['id'],
    lifetime: 'for ever',
    about: 'Which migrations were applied.',
    columns: { id: none('Name of the migration.'), digest: none('SHA-256 of its statements.') },
  },
  {
    table: 'inventory_api',
    owner: 'inventory',
    key: ['name'],
    lifetime: 'until the API is imported again or removed',
    about: 'One row for each API.',
    columns: {
      name: none('Name of the API.'),
      owner: { about: 'Who answers for it: a team, or a person.', personal: 'staff' },
      body: none('The record without its operations, as JSON.'),
    },
  },
  {
    table: 'inventory_operation',
    owner: 'inventory',
    key: ['api', 'position'],
    lifetime: 'with its API',
    about: 'Operations of an API in the order of its specification.',
    columns: {
      api: none('The API.'),
      position: none('Place in the specification.'),
      method: none('HTTP method.'),
      path: none('Path template.'),
      operation_id: none('`operationId`, if it has one.'),
      role: none('What it is in open banking.'),
      unsound: none('1: a check on the specification failed here.'),
      body: none('The operation as JSON; examples of the specification are not kept.'),
    },
  },
  {
    table: 'observation',
    owner: 'posture',
    key: ['api', 'control', 'kind', 'source', 'outcome'],
    lifetime: 'until a newer one of its producer; counts until `expires_at`',
    about: 'Newest pass and newest fail of each producer.',
    columns: {
      api: none('The API.'),
      control: none('The control.'),
      kind: none('Kind of evidence.'),
      source: none('Who made it, with version.'),
      outcome: none('pass or fail.'),
      value: none('What was seen, in words and counts.'),
      population: none('Of how many.'),
      collected_at: none('Milliseconds since the epoch.'),
      expires_at: none('Milliseconds since the epoch.'),
      reproduce: none('The command that shows it again.'),
    },
  },
  {
    table: 'observation_history',
    owner: 'posture',
    key: ['api', 'control', 'kind', 'source', 'outcome', 'day', 'edge'],
    lifetime: 'retention.observations',
    about: 'What was seen on earlier days, for posture of a past time: first and last of a day.',
    columns: {
      api: none('The API.'),
      control: none('The control.'),
      kind: none('Kind of evidence.'),
      source: none('Who made it, with version.'),
      outcome: none('pass or fail.'),
      day: none('Days since the epoch, UTC.'),
      edge: none('0: the first of the day. 1: the last.'),
      value: none('What was seen, in words and counts.'),
      population: none('Of how many.'),
      collected_at: none('Milliseconds since the epoch.'),
      expires_at: none('Milliseconds since the epoch.'),
      reproduce: none('The command that shows it again.'),
    },
  },
  {
    table: 'traffic_tally',
    owner: 'posture',
    key: ['api', 'control'],
    lifetime: 'derived: made again from the spool',
    about: 'Running counts of the traffic consumer.',
    columns: {
      api: none('The API.'),
      control: none('The control.'),
      state: none('Counts as JSON.'),
    },
  },
  {
    table: 'traffic_offset',
    owner: 'posture',
    key: ['partition'],
    lifetime: 'with the tallies',
    about: 'Last event that the tallies hold.',
    columns: { partition: none('Partition of the spool.'), seq: none('Sequence number.') },
  },
  {
    table: 'quota_use',
    owner: 'store',
    key: ['id', 'decision'],
    lifetime: '24 hours',
    about: 'Accesses without the customer present, and further pages of their answers.',
    columns: {
      id: none(
        'HMAC-SHA-256 of client, customer, account and operation under the secret of the store.',
      ),
      decision: none('Decision id of the request.'),
      page: none('HMAC-SHA-256 of the page; empty for an access that counts.'),
      offers: none('HMAC-SHA-256 of each page that its answer leads to; * where nobody saw it.'),
      state: none('held until the answer leaves, then kept.'),
      owner: none('Which run of which process holds it.'),
      at: none('Milliseconds since the epoch.'),
      expires_at: none('Milliseconds since the epoch.'),
    },
  },
  {
    table: 'quota_secret',
    owner: 'store',
    key: ['id'],
    lifetime: 'for ever',
    about: 'The secret under which accesses are hashed, the same for every gateway of the store.',
    columns: {
      id: none('Always 1.'),
      secret: none('32 random bytes.'),
    },
  },
  {
    table: 'idempotency_key',
    owner: 'store',
    key: ['id'],
    lifetime: '24 hours; uses of consents five years',
    about:
      'Requests that are done once, with the answer that a repetition gets; and what customers authenticated and that pays once.',
    columns: {
      id: none(
        'SHA-256 of client, operation and key; of a use, of client, consent and authenticated payment.',
      ),
      digest: none(
        'SHA-256 of key and request, or of what it is used for; the key itself is nowhere.',
      ),
      state: none('pending, answered, or doubt: nobody knows whether the bank did it.'),
      owner: none('Which run of which process holds it.'),
      decision: none('Decision id of the first request.'),
      at: none('Milliseconds since the epoch.'),
      expires_at: none('Milliseconds since the epoch.'),
      answer: {
        about: 'The answer, sealed with AES-256-GCM under a key of the installation.',
        personal: 'sealed',
      },
      consent: none('Of a use: hash of the id of a consent that the store keeps.'),
      payments: none('Of a use: how many of the payments of that consent it is.'),
      untold: none('Of a use: 1 until the consent was told.'),
    },
  },
  {
    table: 'initiated_payment',
    owner: 'store',
    key: ['id'],
    lifetime: '30 days',
    about: 'Payments and baskets that wait for their authorisation.',
    columns: {
      id: none('SHA-256 of API, client and id of the payment.'),
      digest: none('SHA-256 of the same and what is paid; the id itself is nowhere.'),
      state: none('known, or doubt: two payments came under the id, and neither is released.'),
      decision: none('Decision id of the request that made it.'),
      expires_at: none('Milliseconds since the epoch.'),
      sealed: {
        about: 'What is paid, sealed with AES-256-GCM under a key that is made of the id.',
        personal: 'sealed',
      },
    },
  },
  {
    table: 'authorization_record',
    owner: 'store',
    key: ['model', 'id'],
    lifetime: 'until `expires_at`, and a minute in which a late use is told from an unknown one',
    about:
      'Codes, tokens, pushed requests, sessions, grants, clients and ids that were seen, of the authorization server.',
    columns: {
      model: none('Kind of record.'),
      id: none(
        'HMAC-SHA-256 of token, code or id, under the key of identity; it itself is nowhere.',
      ),
      grant_id: none('HMAC-SHA-256 of the grant.'),
      uid: none('HMAC-SHA-256 of the public id of a session.'),
      user_code: none('HMAC-SHA-256 of a code that a person types.'),
      payload: {
        about: 'The record, sealed with AES-256-GCM under the key of identity.',
        personal: 'sealed',
      },
      expires_at: none('Milliseconds since the epoch; none: until it is removed.'),
      consumed_at: none('Milliseconds since the epoch; when it was used, if it may be used once.'),
    },
  },
  {
    table: 'signing_key',
    owner: 'store',
    key: ['id'],
    lifetime: 'a day after the next one signs',
    about: 'Keys with which the authorization server signs.',
    columns: {
      id: none('Name of the key (kid).'),
      algorithm: none('PS256, ES256 or EdDSA.'),
      created_at: none('Milliseconds since the epoch.'),
      sealed: {
        about: 'The private key, sealed with AES-256-GCM under the key of identity.',
        personal: 'sealed',
      },
    },
  },
  {
    table: 'consent',
    owner: 'store',
    key: ['id'],
    lifetime:
      'five years after it is over, where a customer authorised it; else thirty days after it is over',
    about: 'Consents that third parties asked for, and what became of them.',
    columns: {
      id: none('HMAC-SHA-256 of the id that tokens have, under the key of identity.'),
      client: none('HMAC-SHA-256 of the client, under the key of identity.'),
      status: none('Where it stands.'),
      version: none('How often it was written.'),
      changed: none('Milliseconds since the epoch; when it was changed last.'),
      feed_key: none('SHA-256 of its id, cut: its name among what gateways are told.'),
      ends_at: none(
        'Milliseconds since the epoch; when it ends by itself, or when gateways forget its end.',
      ),
      forget_at: none('Milliseconds since the epoch; when it is taken away.'),
      body: {
        about:
          'Everything else, with its history, sealed with AES-256-GCM under the key of identity.',
        personal: 'sealed',
      },
    },
  },
  {
    table: 'consent_subject',
    owner: 'store',
    key: ['consent', 'subject'],
    lifetime: 'with the consent',
    about: 'Which customers authorised which consent.',
    columns: {
      consent: none('HMAC-SHA-256 of the id of the consent, under the key of identity.'),
      subject: none('HMAC-SHA-256 of the customer, under the key of identity.'),
    },
  },
  {
    table: 'approval',
    owner: 'store',
    key: ['id'],
    lifetime: 'a day after it was asked',
    about: 'What customers are asked on a device of their own.',
    columns: {
      id: none('HMAC-SHA-256 of the request, under the key of identity.'),
      subject: none('HMAC-SHA-256 of the customer, under the key of identity.'),
      client: none('HMAC-SHA-256 of the client, under the key of identity.'),
      status: none('waiting, approved or refused.'),
      opened: none('1: its customer has seen it.'),
      delivered: none('1: whoever asked can know the answer.'),
      created_at: none('Milliseconds since the epoch.'),
      expires_at: none('Milliseconds since the epoch; from then on nobody decides.'),
      forget_at: none('Milliseconds since the epoch; when it is taken away.'),
      body: {
        about: 'What is asked, sealed with AES-256-GCM under the key of identity.',
        personal: 'sealed',
      },
      decision: {
        about: 'How it was answered, sealed with AES-256-GCM under the key of identity.',
        personal: 'sealed',
      },
    },
  },
  {
    table: 'notification',
    owner: 'store',
    key: ['id'],
    lifetime: 'until the third party took it, five minutes at most',
    about: 'Third parties that are to be told that a decoupled request was answered.',
    columns: {
      id: none('HMAC-SHA-256 of the request, under the key of identity.'),
      due_at: none('Milliseconds since the epoch; when somebody tries next.'),
      ends_at: none('Milliseconds since the epoch; from then on nobody tries.'),
      tries: none('How often somebody began to.'),
      body: {
        about: 'Which request, sealed with AES-256-GCM under the key of identity.',
        personal: 'sealed',
      },
    },
  },
  {
    table: 'registered_client',
    owner: 'store',
    key: ['id'],
    lifetime: 'for ever; of one that was removed it says so',
    about: 'Third parties that were registered at the authorization server.',
    columns: {
      id: none('client_id.'),
      software: none('Whose software it is, so that there is one client of it.'),
      organization: none('Number of the organisation at its authority.'),
      name: none('Name of the client.'),
      state: none('What the bank says: active, pending, suspended or removed.'),
      register_state: none('What the register of its authority says.'),
      metadata: none('Client metadata (RFC 7591) as JSON.'),
      evidence: none('On what it was registered: statement, certificate and register, as JSON.'),
      token: none('HMAC-SHA-256 of its registration access token, under the key of identity.'),
      token_before: none('The one before, until the new one was used.'),
      statement: none('HMAC-SHA-256 of the jti of its software statement.'),
      keys_uri: none('Where it keeps its keys (jwks_uri), if not in its metadata.'),
      ending: none('Who removed it (bank, third-party), while consents of it may be left.'),
      version: none('One more with every change.'),
      created_at: none('Milliseconds since the epoch.'),
      updated_at: none('Milliseconds since the epoch.'),
    },
  },
  {
    table: 'client_history',
    owner: 'store',
    key: ['client', 'version'],
    lifetime: 'for ever',
    about: 'What became of each of them, who did it and why.',
    columns: {
      client: none('client_id.'),
      version: none('Version of the client that came of it.'),
      at: none('Milliseconds since the epoch.'),
      what: none('registered, changed, approved, suspended, resumed, removed or register-changed.'),
      actor: { about: 'The client, the register, or a name of staff.', personal: 'staff' },
      reason: { about: 'Why, in the words of who did it.', personal: 'staff' },
      record: {
        about: 'More of it as JSON: the record of PSD2 Art. 68(6).',
        personal: 'staff',
      },
    },
  },
  {
    table: 'client_key_set',
    owner: 'store',
    key: ['uri'],
    lifetime: 'while a client names the address',
    about: 'Public keys of clients that keep them at an address of their own.',
    columns: {
      uri: none('jwks_uri of one or more clients.'),
      keys: none('JWK set of the public keys that count, as JSON.'),
      read_at: none('When it was last read, milliseconds since the epoch.'),
      due_at: none('When it is asked again, milliseconds since the epoch.'),
      problem: none('Why the last answer did not count as it was.'),
    },
  },
  {
    table: 'feed_change',
    owner: 'store',
    key: ['kind', 'key'],
    lifetime: 'the newest of each name, for ever',
    about: 'What gateways must know of what is kept here.',
    columns: {
      kind: none('client, consent, revocation or key.'),
      key: none('Its name.'),
      seq: none('Place in the order of the commits.'),
      at: none('Milliseconds since the epoch.'),
      value: none('The value as JSON; none: it is gone.'),
    },
  },
  {
    table: 'feed_head',
    owner: 'store',
    key: ['id'],
    lifetime: 'for ever',
    about: 'Counter of those changes.',
    columns: { id: none('Always 1.'), seq: none('The last one.') },
  },
  ...SCA_TABLES,
]

export interface StoredFile {
  /** Within the data directory. */
  readonly path: string
  readonly what: string
  readonly lifetime: string
  readonly personal: Personal
}

export const STORED_FILES: readonly StoredFile[] = [
  {
    path: 'spool/',
    what: 'every decision as an event, hash chain, offsets of consumers, proofs of what was deleted',
    lifetime: 'events: retention.events; proofs: for ever',
    personal: 'pseudonyms',
  },
  {
    path: 'store/',
    what: 'the SQLite database with the tables below; with `store.postgres` they are in PostgreSQL',
    lifetime: 'see the tables',
    personal: 'staff',
  },
  {
    path: 'index/',
    what: 'an SQLite database: where each event stands, by what people ask',
    lifetime: 'retention.index; derived: made again from the spool',
    personal: 'pseudonyms',
  },
  {
    path: 'holds/',
    what: 'who kept everything until when, and why',
    lifetime: 'for ever',
    personal: 'staff',
  },
  {
    path: 'history/',
    what: 'which plan was in force from when',
    lifetime: 'for ever',
    personal: 'none',
  },
  {
    path: 'plans/',
    what: 'every plan that ran, by digest',
    lifetime: 'with the events that name it',
    personal: 'none',
  },
  {
    path: 'objectives/',
    what: 'which objective was in force from when, and who approved it',
    lifetime: 'for ever',
    personal: 'staff',
  },
  {
    path: 'pseudonym.key',
    what: 'says where in the tree of keys somebody stands, and hashes what is no person’s',
    lifetime: 'with the spool; without it nobody can be found in it',
    personal: 'keys',
  },
  {
    path: 'persons.key',
    what: 'the tree of the keys of persons, less what was destroyed',
    lifetime: 'with the spool',
    personal: 'keys',
  },
  {
    path: 'installation.key',
    what: 'signs plans and what must survive a restart unaltered',
    lifetime: 'for ever',
    personal: 'keys',
  },
  {
    path: 'erasures.jsonl',
    what: 'which keys of persons were destroyed, when, by whom and why; a hash chain',
    lifetime: 'for ever; keep a copy outside',
    personal: 'staff',
  },
]
