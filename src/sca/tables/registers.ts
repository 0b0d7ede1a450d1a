/**
 * What exemptions rest on, kept by the bank: trusted payees (Art. 13), recurring series (14), own accounts (15), payers with a corporate
 * process (17). Owner: sca. Everybody and every account is a keyed hash, under the key of the customer; `payer` is another hash than decisions have,
 * so that whoever erases these entries by it says nothing of those. Times are integer milliseconds.
 */
import type { Migration } from '../../store/index.ts'

export interface RegisterTables {
  sca_trusted_payee: {
    payer: string
    payee: string
    /** Id of the decision by which the customer authenticated the entry. */
    entry: string
    authenticated_at: number
    /** Name and account, sealed, for the customer's own eyes; `null`: it came before they were kept. */
    named: Uint8Array | null
  }
  /** Series that are entered once the payment that begins them was authenticated and done. */
  sca_begun_series: {
    /** Id of the decision. */
    decision: string
    payer: string
    series: string
    payee: string
    amount: string
  }
  sca_series: {
    payer: string
    series: string
    payee: string
    /** As it was agreed: `12.50 EUR`. */
    amount: string
    entry: string
    authenticated_at: number
  }
  sca_own_account: { payer: string; account: string; recorded_at: number }
  sca_corporate_payer: {
    payer: string
    process: string
    recorded_by: string
    recorded_at: number
  }
}

export const registerMigrations: readonly Migration[] = [
  {
    id: 'sca/002-registers',
    up: [
      `CREATE TABLE sca_trusted_payee (
         payer TEXT NOT NULL, payee TEXT NOT NULL, entry TEXT NOT NULL, authenticated_at INTEGER NOT NULL, PRIMARY KEY (payer, payee)
       ) STRICT`,
      `CREATE TABLE sca_series (
         payer TEXT NOT NULL, series TEXT NOT NULL, payee TEXT NOT NULL, amount TEXT NOT NULL, entry TEXT NOT NULL,
         authenticated_at INTEGER NOT NULL, PRIMARY KEY (payer, series)
       ) STRICT`,
      `CREATE TABLE sca_own_account (
         payer TEXT NOT NULL, account TEXT NOT NULL, recorded_at INTEGER NOT NULL, PRIMARY KEY (payer, account)
       ) STRICT`,
      `CREATE TABLE sca_corporate_payer (
         payer TEXT NOT NULL, process TEXT NOT NULL, recorded_by TEXT NOT NULL, recorded_at INTEGER NOT NULL, PRIMARY KEY (payer, process)
       ) STRICT`,
    ],
  },
]

/** Came later: what customers see of their lists, and series that payments begin. */
export const entryMigrations: readonly Migration[] = [
  {
    id: 'sca/009-register-entries',
    up: [
      'ALTER TABLE sca_trusted_payee ADD COLUMN named BLOB',
      `CREATE TABLE sca_begun_series (
         decision TEXT NOT NULL PRIMARY KEY, payer TEXT NOT NULL, series TEXT NOT NULL, payee TEXT NOT NULL, amount TEXT NOT NULL
       ) STRICT`,
      'CREATE INDEX sca_begun_series_payer ON sca_begun_series (payer)',
    ],
  },
]
