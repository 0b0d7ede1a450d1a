/** Brings a PostgreSQL database to the list of migrations; instances that start at once take turns. */
import { GatehouseError } from '../lib/index.ts'
import { APPLICATION_ID } from './application-id.ts'
import { type Migration, pendingMigrations } from './migration.ts'
import type { PostgresClient } from './postgres-client.ts'
import { postgresDdl } from './postgres-ddl.ts'

const COLUMN_TYPES = new Set(['bigint', 'text', 'bytea'])

/**
 * @throws GH_STORE_NEWER, GH_STORE_MIGRATION, GH_STORE_CORRUPT (tables of somebody else), GH_STORE_NOT_DURABLE, PostgresFailure
 */
export async function migratePostgres(
  client: PostgresClient,
  migrations: readonly Migration[],
  /** Each migration is one transaction, or all are part of one that the caller began. */
  how: 'each by itself' | 'in the transaction that is open' = 'each by itself',
): Promise<void> {
  await refuseUnsafeServer(client)
  await client.command(`SELECT pg_advisory_lock(${APPLICATION_ID}, hashtext(current_schema()))`)
  try {
    const applied = await appliedMigrations(client)
    const pending = pendingMigrations(applied, migrations, ({ up, postgres }) => postgres ?? up)
    for (const { migration, digest } of pending) {
      if (how === 'each by itself') await client.begin('SERIALIZABLE')
      try {
        await apply(client, migration, digest)
        if (how === 'each by itself') await client.commit()
      } catch (cause) {
        await client.rollback()
        throw new GatehouseError(
          'GH_STORE_MIGRATION',
          `migration ${migration.id}: ${String(cause)}`,
          { cause },
        )
      }
    }
    await refuseOtherColumns(client)
  } finally {
    await client.command(`SELECT pg_advisory_unlock(${APPLICATION_ID}, hashtext(current_schema()))`)
  }
}

/** Durable when acknowledged, or refused: a server that does not sync loses what it said it had kept. */
async function refuseUnsafeServer(client: PostgresClient): Promise<void> {
  const [row] = await client.command(
    `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
            current_setting('server_encoding') AS encoding, current_schema() AS schema`,
  )
  if (row?.['fsync'] !== 'on' || row['pages'] !== 'on')
    throw new GatehouseError('GH_STORE_NOT_DURABLE', 'fsync or full_page_writes is off')
  if (row['encoding'] !== 'UTF8')
    throw new GatehouseError('GH_STORE_REFUSED', 'the encoding of the database is not UTF8')
  if (row['schema'] === null)
    throw new GatehouseError('GH_STORE_REFUSED', 'the user has no schema to make tables in')
}

async function appliedMigrations(client: PostgresClient): Promise<ReadonlyMap<string, unknown>> {
  const tables = await client.command(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()',
  )
  if (tables.length > 0 && !tables.some((row) => row['name'] === 'schema_migration'))
    throw new GatehouseError('GH_STORE_CORRUPT', 'the schema holds tables that are not ours')
  await client.command(
    'CREATE TABLE IF NOT EXISTS schema_migration (id TEXT COLLATE "C" PRIMARY KEY, digest TEXT COLLATE "C" NOT NULL)',
  )
  const rows = await client.command('SELECT id, digest FROM schema_migration')
  return new Map(rows.map((row) => [String(row['id']), row['digest']]))
}

async function apply(client: PostgresClient, migration: Migration, digest: string): Promise<void> {
  const statements = migration.postgres ?? migration.up.map(postgresDdl)
  for (const statement of statements) await client.command(statement)
  await client.write('INSERT INTO schema_migration (id, digest) VALUES ($1, $2)', [
    migration.id,
    digest,
  ])
}

/** What STRICT is to SQLite: no column whose values the other database would not keep as they are, or would sort otherwise. */
async function refuseOtherColumns(client: PostgresClient): Promise<void> {
  const columns = await client.command(
    `SELECT table_name, column_name, data_type, collation_name FROM information_schema.columns
      WHERE table_schema = current_schema()`,
  )
  const other = columns.filter(
    (row) =>
      !COLUMN_TYPES.has(String(row['data_type'])) ||
      (row['data_type'] === 'text' && row['collation_name'] !== 'C'),
  )
  if (other.length > 0)
    throw new GatehouseError(
      'GH_STORE_MIGRATION',
      `not BIGINT, TEXT COLLATE "C" or BYTEA: ${other.map((row) => `${String(row['table_name'])}.${String(row['column_name'])}`).join(', ')}`,
    )
}
