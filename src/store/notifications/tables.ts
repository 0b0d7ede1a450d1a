/**
 * Third parties that are to be told that there is an answer (CIBA, ping). Owner: store, for identity. Which request is there as a keyed hash
 * and sealed, by whoever wrote it. Times are integer milliseconds.
 */
import type { Migration } from '../migration.ts'

export interface NotificationTables {
  notification: {
    /** Keyed hash of the request that was answered. */
    id: string
    /** When somebody tries next; whoever tries moves it on first. */
    due_at: number
    /** From then on nobody tries. */
    ends_at: number
    /** How often somebody began to. */
    tries: number
    /** Sealed. */
    body: Uint8Array
  }
}

export const notificationMigrations: readonly Migration[] = [
  {
    id: 'store/013-notifications',
    up: [
      `CREATE TABLE notification (
         id TEXT NOT NULL PRIMARY KEY, due_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, tries INTEGER NOT NULL, body BLOB NOT NULL
       ) STRICT`,
      'CREATE INDEX notification_due ON notification (due_at)',
      'CREATE INDEX notification_end ON notification (ends_at)',
    ],
  },
]
