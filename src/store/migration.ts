/** Migrations: a list that only grows. Each module contributes its own; `app` passes them together. */
import { hash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { GatehouseError } from '../lib/index.ts'

/** One step of the schema. Once released, its text never changes; tables must be `STRICT`. */
export interface Migration {
  /** Unique and lasting, e.g. `inventory/001-apis`. */
  readonly id: string
  /** SQL statements, run in order in one transaction. */
  readonly up: readonly string[]
}

/**
 * Brings the schema to `migrations`, each in its own transaction.
 * @throws GH_STORE_NEWER (the database knows a migration that this list does not), GH_STORE_MIGRATION
 */
export function migrate(db: DatabaseSync, migrations: readonly Migration[]): void {
  db.exec(
    'CREATE TABLE IF NOT EXISTS schema_migration (id TEXT PRIMARY KEY, digest TEXT NOT NULL) STRICT',
  )
  const applied = new Map<string, unknown>()
  for (const row of db.prepare('SELECT id, digest FROM schema_migration').all())
    applied.set(String(row['id']), row['digest'])

  const known = new Set(migrations.map((migration) => migration.id))
  if (known.size !== migrations.length)
    throw new GatehouseError('GH_STORE_MIGRATION', 'two migrations have the same id')
  for (const id of applied.keys())
    if (!known.has(id))
      throw new GatehouseError('GH_STORE_NEWER', `migration ${id} is not known to this version`)

  for (const migration of migrations) {
    const digest = hash('sha256', migration.up.join('\0'))
    const before = applied.get(migration.id)
    if (before === undefined) apply(db, migration, digest)
    else if (before !== digest)
      throw new GatehouseError(
        'GH_STORE_MIGRATION',
        `migration ${migration.id} was changed after it had been applied`,
      )
  }
  refuseLooseTables(db)
}

function apply(db: DatabaseSync, migration: Migration, digest: string): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const statement of migration.up) db.exec(statement)
    db.prepare('INSERT INTO schema_migration (id, digest) VALUES (?, ?)').run(migration.id, digest)
    db.exec('COMMIT')
  } catch (cause) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw new GatehouseError('GH_STORE_MIGRATION', `migration ${migration.id}: ${String(cause)}`, {
      cause,
    })
  }
}

/** Without STRICT a column takes any type, and the two databases would drift apart. */
function refuseLooseTables(db: DatabaseSync): void {
  const loose = db
    .prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
    )
    .all()
    .map((row) => String(row['name']))
  if (loose.length > 0)
    throw new GatehouseError('GH_STORE_MIGRATION', `not STRICT: ${loose.join(', ')}`)
}
