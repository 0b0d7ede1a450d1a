/** Migrations: a list that only grows. Each module contributes its own; `app` passes them together. */
import { hash } from 'node:crypto'
import { GatehouseError } from '../lib/index.ts'

/** One step of the schema. Once released, its text never changes; tables must be `STRICT`. */
export interface Migration {
  /** Unique and lasting, e.g. `inventory/001-apis`. */
  readonly id: string
  /** SQL statements in SQLite's words, run in order in one transaction. `postgresDdl` puts them into PostgreSQL's. */
  readonly up: readonly string[]
  /** PostgreSQL's own statements, where the two say it differently. */
  readonly postgres?: readonly string[]
}

export interface PendingMigration {
  readonly migration: Migration
  readonly digest: string
}

/**
 * What is still to be applied, in the order of the list; `applied` is id → digest as the database holds it.
 * @throws GH_STORE_NEWER (the database knows a migration that this list does not), GH_STORE_MIGRATION (one was changed, or stands twice)
 */
export function pendingMigrations(
  applied: ReadonlyMap<string, unknown>,
  migrations: readonly Migration[],
  statementsOf: (migration: Migration) => readonly string[],
): readonly PendingMigration[] {
  const known = new Set(migrations.map((migration) => migration.id))
  if (known.size !== migrations.length)
    throw new GatehouseError('GH_STORE_MIGRATION', 'two migrations have the same id')
  for (const id of applied.keys())
    if (!known.has(id))
      throw new GatehouseError('GH_STORE_NEWER', `migration ${id} is not known to this version`)

  const pending: PendingMigration[] = []
  for (const migration of migrations) {
    const digest = hash('sha256', statementsOf(migration).join('\0'))
    const before = applied.get(migration.id)
    if (before === undefined) pending.push({ migration, digest })
    else if (before !== digest)
      throw new GatehouseError(
        'GH_STORE_MIGRATION',
        `migration ${migration.id} was changed after it had been applied`,
      )
  }
  return pending
}
