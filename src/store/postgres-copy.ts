/**
 * Copying and checking a PostgreSQL store through the adapter, so that a backup of an installation needs no tool of the server. A copy is one
 * text: a line with the migrations, then for each table a line with its columns and a line for each row, all of one snapshot.
 */
import { GatehouseError } from '../lib/index.ts'
import { type Migration, pendingMigrations } from './migration.ts'
import { connectPostgres, type PostgresClient } from './postgres-client.ts'
import { PostgresFailure } from './postgres-failure.ts'
import { migratePostgres } from './postgres-migrate.ts'
import { openingFailure } from './postgres-opening.ts'
import { parsePostgresUrl } from './postgres-url.ts'
import type { StoreReport } from './store-report.ts'

const ROWS_PER_FETCH = 500
/** A copy may take longer than a unit. */
const SETTINGS = { statement_timeout: 600_000, idle_in_transaction_session_timeout: 600_000 }

type Line =
  | { readonly migrations: readonly string[] }
  | { readonly table: string; readonly columns: readonly string[] }
  | readonly (string | number | null | { readonly bytes: string })[]

/** Every line of a consistent copy. @throws as `openPostgresStore`, less migrating */
export async function* copyPostgresStore(url: string): AsyncGenerator<string, void, undefined> {
  const client = await connectPostgres(parsePostgresUrl(url), SETTINGS)
  const line = (value: Line): string => `${JSON.stringify(value)}\n`
  try {
    await client.begin('REPEATABLE READ')
    const migrations = await client.command('SELECT id FROM schema_migration ORDER BY id')
    yield line({ migrations: migrations.map((row) => String(row['id'])) })
    for (const table of await tablesOf(client)) {
      const columns = await columnsOf(client, table)
      yield line({ table, columns })
      await client.command(`DECLARE copy NO SCROLL CURSOR FOR SELECT * FROM ${quoted(table)}`)
      for (;;) {
        const rows = await client.command(`FETCH ${ROWS_PER_FETCH} FROM copy`)
        for (const row of rows) yield line(columns.map((column) => written(row[column])))
        if (rows.length < ROWS_PER_FETCH) break
      }
      await client.command('CLOSE copy')
    }
    await client.rollback()
  } catch (error) {
    throw openingFailure(error)
  } finally {
    client.destroy()
  }
}

/**
 * Puts a copy into an empty database, whole or not at all.
 * @throws GH_STORE_CORRUPT (the database is not empty, or a line is none), GH_STORE_NEWER, and as `openPostgresStore`
 */
export async function restorePostgresStore(
  url: string,
  migrations: readonly Migration[],
  lines: AsyncIterable<string>,
): Promise<void> {
  const client = await connectPostgres(parsePostgresUrl(url), SETTINGS)
  try {
    if ((await tablesOf(client)).length > 0 || (await hasMigrations(client)))
      throw new GatehouseError('GH_STORE_CORRUPT', 'a backup goes into an empty database')
    await client.begin('SERIALIZABLE')
    let table: { readonly name: string; readonly columns: readonly string[] } | undefined
    for await (const text of lines) {
      const line = JSON.parse(text) as Line // sound: a copy of ours, whose digest was checked
      if ('migrations' in line) await migrateTo(client, migrations, line.migrations)
      else if ('table' in line) table = { name: line.table, columns: line.columns }
      else if (table !== undefined) await insert(client, table, line)
      else throw new GatehouseError('GH_STORE_CORRUPT', 'a row before its table')
    }
    await client.commit()
  } catch (error) {
    await client.rollback().catch(() => undefined)
    throw openingFailure(error)
  } finally {
    client.destroy()
  }
}

/** The schema that the copy was made of, not a later one: its rows fit that one. The next start brings it up to date. */
async function migrateTo(
  client: PostgresClient,
  known: readonly Migration[],
  ids: readonly string[],
): Promise<void> {
  const unknown = ids.find((id) => !known.some((migration) => migration.id === id))
  if (unknown !== undefined)
    throw new GatehouseError('GH_STORE_NEWER', `migration ${unknown} is not known to this version`)
  await migratePostgres(
    client,
    known.filter(({ id }) => ids.includes(id)),
    'in the transaction that is open',
  )
}

async function insert(
  client: PostgresClient,
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
  row: readonly unknown[],
): Promise<void> {
  const names = columns.map(quoted).join(', ')
  const places = columns.map((_, at) => `$${at + 1}`).join(', ')
  await client.write(`INSERT INTO ${quoted(name)} (${names}) VALUES (${places})`, row.map(read))
}

/** Migrations that are not known, and references that PostgreSQL would not hold: the server checks its own pages. */
export async function verifyPostgresStore(
  url: string,
  migrations: readonly Migration[],
): Promise<StoreReport> {
  const client = await connectPostgres(parsePostgresUrl(url), SETTINGS)
  try {
    await client.begin('REPEATABLE READ')
    if (!(await hasMigrations(client)))
      throw new GatehouseError('GH_STORE_MISSING', 'the database holds no store')
    const rows = await client.command('SELECT id, digest FROM schema_migration')
    const applied = new Map(rows.map((row) => [String(row['id']), row['digest']]))
    try {
      pendingMigrations(applied, migrations, ({ up, postgres }) => postgres ?? up)
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error
      const where = 'schema_migration'
      return { findings: [{ code: error.code, where, what: error.message }], tables: [] }
    }
    const tables: { name: string; rows: number }[] = []
    for (const name of await tablesOf(client)) {
      const [count] = await client.command(`SELECT count(*) AS n FROM ${quoted(name)}`)
      tables.push({ name, rows: Number(count?.['n']) })
    }
    await client.rollback()
    return { findings: [], tables }
  } catch (error) {
    throw openingFailure(error)
  } finally {
    client.destroy()
  }
}

/** In the order in which they were made: what is referred to comes first. */
async function tablesOf(client: PostgresClient): Promise<readonly string[]> {
  const rows = await client.command(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
        AND relname <> 'schema_migration' ORDER BY oid`,
  )
  return rows.map((row) => String(row['name']))
}

async function hasMigrations(client: PostgresClient): Promise<boolean> {
  const [row] = await client.command("SELECT to_regclass('schema_migration') IS NOT NULL AS there")
  return row?.['there'] === true
}

async function columnsOf(client: PostgresClient, table: string): Promise<readonly string[]> {
  const rows = await client.command(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = '${table.replaceAll("'", "''")}'::regclass
        AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  )
  return rows.map((row) => String(row['name']))
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

function written(value: unknown): string | number | null | { readonly bytes: string } {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') }
  throw new PostgresFailure({ code: 'UNKNOWN_VALUE' })
}

function read(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'bytes' in value
    ? new Uint8Array(Buffer.from(String(value.bytes), 'base64'))
    : value
}
