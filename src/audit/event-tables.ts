/**
 * Tables of the event index: where each event of the spool stands, under what people ask by. Owner: audit; a database of its own. It is
 * derived and never evidence: an answer is read from the spool, and whatever is wrong here is thrown away and made again. It holds
 * nothing that the events do not hold, and of that only names that repeat (once, in `word`) and the keyed hashes.
 *
 * `n` is `partition × 2^44 + seq`: one number in the order of the spool. Texts are numbers of `word`; keyed hashes are their 8 bytes.
 */
import type { Migration } from '../store/index.ts'

export interface EventTables {
  word: { id: number; text: string }
  event: {
    n: number
    /** Milliseconds since the epoch. */
    at: number
    id: string
    /** Where the record stands in the spool. */
    ordinal: number
    start: number
    /** Position in `OUTCOMES`; `null` for a notice, which is no decision. */
    outcome: number | null
    api: number | null
    operation: number | null
    client: number | null
    code: number | null
    /** The rule that denied, else the first that would have. */
    rule: number | null
    subject: Uint8Array | null
    consent: Uint8Array | null
  }
  /** The last event that names each plan. */
  plan_use: { plan: string; n: number }
  /** How far each partition of the spool is in the table; written with the rows themselves, so that no event is there twice or never. */
  progress: {
    partition: number
    seq: number
    hash: Uint8Array
    ordinal: number
    offset: number
    /** 1 once the secondary indexes stand, which are made after the first filling: then it answers. */
    ready: number
  }
}

export const PARTITION_STEP = 2 ** 44

/** Order is part of the format. `refused`: before there was a request. */
export const OUTCOMES = ['allowed', 'trimmed', 'denied', 'failed', 'refused'] as const
export type IndexedOutcome = (typeof OUTCOMES)[number]

export const eventIndexMigrations: readonly Migration[] = [
  {
    id: 'audit/001-event-index',
    up: [
      'CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT',
      `CREATE TABLE event (
         n INTEGER PRIMARY KEY, at INTEGER NOT NULL, id TEXT NOT NULL, ordinal INTEGER NOT NULL, start INTEGER NOT NULL,
         outcome INTEGER, api INTEGER, operation INTEGER, client INTEGER, code INTEGER, rule INTEGER, subject BLOB, consent BLOB
       ) STRICT`,
      'CREATE TABLE plan_use (plan TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT',
      `CREATE TABLE progress (
         partition INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, ordinal INTEGER NOT NULL,
         offset INTEGER NOT NULL, ready INTEGER NOT NULL
       ) STRICT`,
    ],
  },
]

/** Secondary indexes. Those by which much is counted hold what is counted, so that counting reads no row. */
export const EVENT_INDEXES: readonly {
  readonly name: string
  readonly columns: readonly (keyof EventTables['event'])[]
  /** Only rows that have a value: most events have none. */
  readonly partial?: keyof EventTables['event']
}[] = [
  { name: 'event_at', columns: ['at', 'outcome', 'client', 'api', 'operation', 'code'] },
  { name: 'event_client', columns: ['client', 'at', 'outcome', 'api', 'operation', 'code'] },
  { name: 'event_api', columns: ['api', 'at', 'outcome', 'client', 'operation', 'code'] },
  { name: 'event_outcome', columns: ['outcome', 'at'] },
  { name: 'event_id', columns: ['id'] },
  { name: 'event_subject', columns: ['subject', 'at'], partial: 'subject' },
  { name: 'event_consent', columns: ['consent', 'at'], partial: 'consent' },
  { name: 'event_code', columns: ['code', 'at'], partial: 'code' },
  { name: 'event_rule', columns: ['rule', 'at'], partial: 'rule' },
]
