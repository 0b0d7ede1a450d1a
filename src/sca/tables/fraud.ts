/** Reports of fraud, and the rates of quarters that have ended. Owner: sca. Times are integer milliseconds, sums are decimal text. */
import type { Migration } from '../../store/index.ts'

export interface FraudTables {
  /** Each report and each correction of it: the newest counts, none is deleted. */
  sca_fraud: {
    decision: string
    revision: number
    /** `unauthorised`: the payer did not agree to it. `manipulated`: the payer was led to agree. `none`: it was no fraud after all. */
    kind: 'unauthorised' | 'manipulated' | 'none'
    /** Minor units of the currency of the rules. */
    value: number
    /** Of the decision, so that a period is found by it. */
    paid_at: number
    reported_at: number
    reported_by: string
    reason: string
    /** 1: the newest of its decision. */
    newest: number
  }
  sca_quarter: {
    entity: string
    instrument: string
    quarter: string
    from_at: number
    to_at: number
    total: string
    unauthorised: string
    whole: number
    computed_at: number
  }
}

export const fraudMigrations: readonly Migration[] = [
  {
    id: 'sca/004-fraud',
    up: [
      `CREATE TABLE sca_fraud (
         decision TEXT NOT NULL, revision INTEGER NOT NULL, kind TEXT NOT NULL, value INTEGER NOT NULL, paid_at INTEGER NOT NULL,
         reported_at INTEGER NOT NULL, reported_by TEXT NOT NULL, reason TEXT NOT NULL, newest INTEGER NOT NULL,
         PRIMARY KEY (decision, revision)
       ) STRICT`,
      'CREATE INDEX sca_fraud_paid ON sca_fraud (paid_at)',
      `CREATE TABLE sca_quarter (
         entity TEXT NOT NULL, instrument TEXT NOT NULL, quarter TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL,
         total TEXT NOT NULL, unauthorised TEXT NOT NULL, whole INTEGER NOT NULL, computed_at INTEGER NOT NULL,
         PRIMARY KEY (entity, instrument, quarter)
       ) STRICT`,
    ],
  },
]
