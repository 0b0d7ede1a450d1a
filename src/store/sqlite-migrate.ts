/** Brings a SQLite database to the list of migrations. */
import type { DatabaseSync } from 'node:sqlite'
import { GatehouseError } from '../lib/index.ts'
import { type Migration, type PendingMigration, pendingMigrations } from './migration.ts'

/** Each migration in its own transaction. @throws GH_STORE_NEWER, GH_STORE_MIGRATION */
export function migrate(db: DatabaseSync, migrations: readonly Migration[]): void {
  db.exec(
    'CREATE TABLE IF NOT EXISTS schema_migration (id TEXT PRIMARY KEY, digest TEXT NOT NULL) STRICT',
  )
  for (const pending of pendingIn(db, migrations)) apply(db, pending)
  refuseLooseTables(db)
}

/**
 * For a database that is only read: its schema must be exactly the one that `migrations` make.
 * @throws GH_STORE_NEWER, GH_STORE_MIGRATION, GH_STORE_CORRUPT (it has no list of migrations)
 */
export function refuseUnmigrated(db: DatabaseSync, migrations: readonly Migration[]): void {
  const known = db
    .prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'schema_migration'")
    .get()
  if (known?.['n'] !== 1) throw new GatehouseError('GH_STORE_CORRUPT', 'no list of migrations')
  const [pending] = pendingIn(db, migrations)
  if (pending !== undefined)
    throw new GatehouseError(
      'GH_STORE_MIGRATION',
      `migration ${pending.migration.id} was never applied`,
    )
}

function pendingIn(
  db: DatabaseSync,
  migrations: readonly Migration[],
): readonly PendingMigration[] {
  const rows = db.prepare('SELECT id, digest FROM schema_migration').all()
  const applied = new Map(rows.map((row) => [String(row['id']), row['digest']]))
  return pendingMigrations(applied, migrations, ({ up }) => up)
}

function apply(db: DatabaseSync, { migration, digest }: PendingMigration): void {
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
