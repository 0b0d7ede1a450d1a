/**
 * What customers are asked on a device of their own. Owner: store, for identity. Ids, clients and customers are there as keyed hashes only, and
 * what is asked and answered is sealed, both by whoever wrote them. Times are integer milliseconds.
 */
import type { Migration } from '../migration.ts'

export interface ApprovalTables {
  approval: {
    /** Keyed hash of the request that it answers. */
    id: string
    /** Keyed hash of the customer. */
    subject: string
    /** Keyed hash of the client. */
    client: string
    status: 'waiting' | 'approved' | 'refused'
    /** 1: its customer has seen it. */
    opened: number
    /** 1: whoever asked can know the answer. */
    delivered: number
    created_at: number
    /** From then on nobody decides. */
    expires_at: number
    forget_at: number
    /** Sealed: what is asked. */
    body: Uint8Array
    /** Sealed: how it was answered; `null`: it was not. */
    decision: Uint8Array | null
  }
}

export const approvalMigrations: readonly Migration[] = [
  {
    id: 'store/008-approvals',
    up: [
      `CREATE TABLE approval (
         id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, client TEXT NOT NULL, status TEXT NOT NULL, opened INTEGER NOT NULL,
         delivered INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, forget_at INTEGER NOT NULL,
         body BLOB NOT NULL, decision BLOB
       ) STRICT`,
      'CREATE INDEX approval_subject ON approval (subject, status, expires_at)',
      'CREATE INDEX approval_client ON approval (client, created_at)',
      'CREATE INDEX approval_delivered ON approval (delivered, status)',
      'CREATE INDEX approval_forget ON approval (forget_at)',
    ],
  },
]
