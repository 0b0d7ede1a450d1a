/**
 * Transactions that a customer is asked to authenticate, until their code is redeemed. Owner: sca. Customers are there as keyed hashes
 * only; what is agreed to, what was asked and how it was proven is sealed under the id of its row. Times are integer milliseconds.
 */
import type { Migration } from '../../store/index.ts'

/**
 * `open` → `verified` (two elements were proven) → `issued` (its code was given out) → `redeemed`; or, for good: `refused` by the customer,
 * `superseded` by newer ones, `void` since its code came with something else.
 */
export type TransactionState =
  | 'open'
  | 'verified'
  | 'issued'
  | 'redeemed'
  | 'refused'
  | 'superseded'
  | 'void'

export interface TransactionTables {
  sca_transaction: {
    id: string
    /** Keyed hash of the customer. */
    subject: string
    /** Keyed hash of who asked for it, as one who holds so many; empty: it was there before this was counted. */
    client: string
    state: TransactionState
    /** What it is about: open ones of a customer are counted for each kind by itself. */
    kind: 'payment' | 'account-access' | 'risky-act'
    created_at: number
    /** Until then it is authenticated, and its code given out. */
    expires_at: number
    forget_at: number
    /** Of `body`. */
    bytes: number
    /** Sealed: what is agreed to. */
    body: Uint8Array
    /** Sealed: what was asked of devices for it; `null`: nothing. */
    asked: Uint8Array | null
    /** Raised with `asked`: who read an older one changes nothing. */
    asked_version: number
    /** Sealed: how it was authenticated; `null`: it was not. */
    proof: Uint8Array | null
    /** Keyed hash of the id of its code; `null`: none was given out. */
    code: string | null
    settled_at: number | null
  }
  sca_step: {
    /** `stepOf`: an id may be used again, what was agreed under it is not. */
    id: string
    forget_at: number
  }
}

/** What a transaction does once. It stands beside the transaction, so that whoever sets that back does not undo it. */
export type TransactionStep = 'refused' | 'issued' | 'spent'
/** `trace`: keyed hash of what was agreed. */
export const stepOf = (trace: string, step: TransactionStep): string => `${trace} ${step}`

export const transactionMigrations: readonly Migration[] = [
  {
    id: 'sca/001-transactions',
    up: [
      `CREATE TABLE sca_transaction (
         id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
         forget_at INTEGER NOT NULL, body BLOB NOT NULL, asked BLOB, asked_version INTEGER NOT NULL, proof BLOB, code TEXT, settled_at INTEGER
       ) STRICT`,
      'CREATE INDEX sca_transaction_subject ON sca_transaction (subject, state, created_at)',
      'CREATE INDEX sca_transaction_open ON sca_transaction (state, created_at)',
      'CREATE INDEX sca_transaction_forget ON sca_transaction (forget_at)',
    ],
  },
  {
    id: 'sca/008-transactions-by-kind',
    up: ["ALTER TABLE sca_transaction ADD COLUMN kind TEXT NOT NULL DEFAULT 'payment'"],
  },
  {
    id: 'sca/010-held-by-client',
    up: [
      "ALTER TABLE sca_transaction ADD COLUMN client TEXT NOT NULL DEFAULT ''",
      'ALTER TABLE sca_transaction ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0',
      'DROP INDEX sca_transaction_open',
      'CREATE INDEX sca_transaction_held ON sca_transaction (state, client, created_at, bytes)',
    ],
  },
]

export const stepMigrations: readonly Migration[] = [
  {
    id: 'sca/007-steps',
    up: [
      'CREATE TABLE sca_step (id TEXT NOT NULL PRIMARY KEY, forget_at INTEGER NOT NULL) STRICT',
      'CREATE INDEX sca_step_forget ON sca_step (forget_at)',
    ],
  },
]
