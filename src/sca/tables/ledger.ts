/**
 * Decisions about strong customer authentication, what became of them, and the counters that they spend. Owner: sca. Customers, instruments,
 * accounts and payees are keyed hashes; amounts are minor units of the currency of the rules. A decision and its evidence are written
 * in one unit of work: rows here are narrow, because statistics read all of a quarter; the evidence stands beside them.
 * Times are integer milliseconds.
 */
import type { Migration } from '../../store/index.ts'

export interface LedgerTables {
  sca_decision: {
    id: string
    at: number
    /** Legal entity of the bank. */
    entity: string
    act: string
    /** Name of the API that it came through; `''`: none of ours. */
    api: string
    /** `card`, `credit-transfer`; `''`: no payment, or it is not known. */
    instrument: string
    outcome: 'exempt' | 'required' | 'refused'
    /** `''`: none. */
    exemption: string
    /** `null`: there is no amount, or nobody could convert it. */
    value: number | null
    /** Payments in it: more than one in a batch; 0: it is no payment. */
    payments: number
    /** Keyed hash of the customer. */
    payer: string
    /** Keyed hash of what is remembered apart from the customer: the instrument (Art. 11), the way to accounts (Art. 10); `''`: nothing. */
    scope: string
    /** Of the counter that was booked, when it was; `null`: none was. */
    epoch: number | null
    /** `open`: nobody has said what became of the act. */
    state: 'open' | 'done' | 'void'
    /** `''`: nobody has said that it was tried. */
    authentication: '' | 'succeeded' | 'failed' | 'abandoned'
    /** How it was authenticated; `''`: it was not. */
    method: string
    /** Categories of the factors, with spaces between. */
    factors: string
    /** What the authentication took; `null`: there was none. */
    duration_ms: number | null
    /** When it was authenticated, or was known not to be. */
    authenticated_at: number | null
    settled_at: number | null
    /** 1: an entry of a register was made or changed by it. */
    used: number
    /** What was asked, hashed: the same id stands for nothing else. */
    digest: string
    /** The program that asked; `''`: ours. */
    client: string
    /** Digest of what an authentication must be of; payees in it are keyed hashes. `''`: it is of before there was one. */
    bound: string
  }
  sca_evidence: {
    id: string
    /** Digest of the terms that were in force. */
    terms: string
    /** JSON of the evidence without its terms. */
    body: string
  }
  /** Exemptions, ceilings and monitoring as they were in force: few, and never changed. */
  sca_terms: { digest: string; body: string }
  sca_terms_now: { entity: string; digest: string }
  sca_payer: {
    payer: string
    authenticated_at: number | null
    /** Art. 16: payments since then, and what they came to. */
    count: number
    sum: number
    /** Grows with each authentication: what was booked before gives nothing back. */
    epoch: number
  }
  /** Art. 11, for each instrument. */
  sca_device: { device: string; count: number; sum: number; epoch: number }
  /** Art. 10: for each way to each account. */
  sca_access: { payer: string; scope: string; authenticated_at: number }
}

export const ledgerMigrations: readonly Migration[] = [
  {
    id: 'sca/001-ledger',
    up: [
      `CREATE TABLE sca_decision (
         id TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, entity TEXT NOT NULL, act TEXT NOT NULL, api TEXT NOT NULL,
         instrument TEXT NOT NULL, outcome TEXT NOT NULL, exemption TEXT NOT NULL, value INTEGER, payments INTEGER NOT NULL, payer TEXT NOT NULL, scope TEXT NOT NULL,
         epoch INTEGER, state TEXT NOT NULL, authentication TEXT NOT NULL, method TEXT NOT NULL, factors TEXT NOT NULL, duration_ms INTEGER,
         authenticated_at INTEGER, settled_at INTEGER, used INTEGER NOT NULL, digest TEXT NOT NULL
       ) STRICT`,
      'CREATE INDEX sca_decision_at ON sca_decision (at)',
      'CREATE TABLE sca_evidence (id TEXT NOT NULL PRIMARY KEY, terms TEXT NOT NULL, body TEXT NOT NULL) STRICT',
      'CREATE TABLE sca_terms (digest TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT',
      'CREATE TABLE sca_terms_now (entity TEXT NOT NULL PRIMARY KEY, digest TEXT NOT NULL) STRICT',
      `CREATE TABLE sca_payer (
         payer TEXT NOT NULL PRIMARY KEY, authenticated_at INTEGER, count INTEGER NOT NULL, sum INTEGER NOT NULL, epoch INTEGER NOT NULL
       ) STRICT`,
      `CREATE TABLE sca_device (
         device TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL, sum INTEGER NOT NULL, epoch INTEGER NOT NULL
       ) STRICT`,
      `CREATE TABLE sca_access (
         payer TEXT NOT NULL, scope TEXT NOT NULL, authenticated_at INTEGER NOT NULL, PRIMARY KEY (payer, scope)
       ) STRICT`,
    ],
  },
]

/** Came last. A decision of before it is settled and authenticated by nobody but ourselves. */
export const boundMigrations: readonly Migration[] = [
  {
    id: 'sca/006-bound-decisions',
    up: [
      "ALTER TABLE sca_decision ADD COLUMN client TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE sca_decision ADD COLUMN bound TEXT NOT NULL DEFAULT ''",
    ],
  },
]
