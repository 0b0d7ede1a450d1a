/**
 * What gateways must know of what is kept in the store: the newest value of each name, numbered in the order of the commits. Whoever changes
 * something writes it here in the same transaction, so that a gateway can neither miss it nor hear of what did not happen.
 */
import type { Migration } from '../migration.ts'

export interface ChangeTables {
  feed_change: {
    kind: string
    key: string
    /** From the one counter: who read up to it has everything before it. */
    seq: number
    at: number
    /** JSON; `null`: gone. */
    value: string | null
  }
  feed_head: {
    /** Always 1. */
    id: number
    seq: number
  }
}

export const changeMigrations: readonly Migration[] = [
  {
    id: 'store/006-feed-changes',
    up: [
      `CREATE TABLE feed_change (
         kind TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, value TEXT, PRIMARY KEY (kind, key)
       ) STRICT`,
      'CREATE UNIQUE INDEX feed_change_seq ON feed_change (seq)',
      'CREATE TABLE feed_head (id INTEGER NOT NULL PRIMARY KEY, seq INTEGER NOT NULL) STRICT',
    ],
  },
]
