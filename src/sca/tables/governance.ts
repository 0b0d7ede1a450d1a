/**
 * Which exemptions the bank uses, who proposed and who approved each, and until when it is audited (RTS Art. 2 and 3). Owner: sca. Rows are
 * never deleted: each is one proposal and what became of it. Times are integer milliseconds.
 */
import type { Migration } from '../../store/index.ts'

export interface GovernanceTables {
  sca_exemption: {
    id: string
    entity: string
    /** Of an exemption, or `monitoring`. */
    name: string
    state: 'proposed' | 'approved' | 'stopped' | 'replaced'
    /** JSON of what was proposed. */
    settings: string
    from_at: number
    until_at: number
    proposed_by: string
    proposed_at: number
    proposed_for: string
    decided_by: string | null
    decided_at: number | null
    /** Who ended it. */
    ended_by: string | null
    ended_at: number | null
    ended_for: string | null
  }
}

export const governanceMigrations: readonly Migration[] = [
  {
    id: 'sca/003-governance',
    up: [
      `CREATE TABLE sca_exemption (
         id TEXT NOT NULL PRIMARY KEY, entity TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, settings TEXT NOT NULL,
         from_at INTEGER NOT NULL, until_at INTEGER NOT NULL, proposed_by TEXT NOT NULL, proposed_at INTEGER NOT NULL,
         proposed_for TEXT NOT NULL, decided_by TEXT, decided_at INTEGER, ended_by TEXT, ended_at INTEGER, ended_for TEXT
       ) STRICT`,
      'CREATE INDEX sca_exemption_name ON sca_exemption (entity, name, proposed_at)',
    ],
  },
]
