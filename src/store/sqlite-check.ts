/** Looking at an embedded store without owning it: checking it, and copying it while its writer goes on. Reads only. */
import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { GatehouseError } from '../lib/index.ts'
import { APPLICATION_ID } from './application-id.ts'
import { type Migration, pendingMigrations } from './migration.ts'
import type { StoreReport, StoreFinding } from './store-report.ts'

/** The most that SQLite lists of its own damage; the first names the place. */
const MAX_FINDINGS = 100

/** @throws GH_STORE_MISSING (no file), GH_STORE_CORRUPT (no database of ours) */
function openToRead(file: string): DatabaseSync {
  if (!existsSync(file)) throw new GatehouseError('GH_STORE_MISSING', `no database at ${file}`)
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
    if (db.prepare('PRAGMA application_id').get()?.['application_id'] !== APPLICATION_ID)
      throw new GatehouseError('GH_STORE_CORRUPT', `${file} is no Gatehouse database`)
    return db
  } catch (cause) {
    db?.close()
    if (cause instanceof GatehouseError) throw cause
    throw new GatehouseError('GH_STORE_CORRUPT', `${file}: ${String(cause)}`, { cause })
  }
}

/**
 * Everything that can be known of the file: SQLite's own integrity check (page and cell named), references without their row, and
 * whether the schema is one that `migrations` lead to. Also while an instance writes.
 * @throws GH_STORE_MISSING
 */
export function verifySqliteStore(file: string, migrations: readonly Migration[]): StoreReport {
  let db: DatabaseSync
  try {
    db = openToRead(file)
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'GH_STORE_CORRUPT')
      return { findings: [{ code: error.code, where: 'header', what: error.message }], tables: [] }
    throw error
  }
  const findings: StoreFinding[] = []
  try {
    const missing = pagesMissing(db, file)
    if (missing > 0) {
      // A check of pages that are not there would walk through all of them.
      const what = `the header counts ${missing} pages more than the file has`
      return { findings: [{ code: 'GH_STORE_CORRUPT', where: 'header', what }], tables: [] }
    }
    for (const row of db.prepare(`PRAGMA integrity_check(${MAX_FINDINGS})`).all()) {
      const text = String(row['integrity_check'])
      if (text !== 'ok') findings.push({ code: 'GH_STORE_CORRUPT', where: 'pages', what: text })
    }
    for (const row of db.prepare('PRAGMA foreign_key_check').all().slice(0, MAX_FINDINGS))
      findings.push({
        code: 'GH_STORE_CORRUPT',
        where: `${String(row['table'])} row ${String(row['rowid'])}`,
        what: `it refers to a row of ${String(row['parent'])} that is not there`,
      })
    findings.push(...schemaFindings(appliedIn(db), migrations))
    return { findings, tables: findings.length === 0 ? counted(db) : [] }
  } catch (error) {
    findings.push({ code: 'GH_STORE_CORRUPT', where: 'pages', what: String(error) })
    return { findings, tables: [] }
  } finally {
    db.close()
  }
}

function pagesMissing(db: DatabaseSync, file: string): number {
  const number = (pragma: string): number =>
    Number(db.prepare(`PRAGMA ${pragma}`).get()?.[pragma] ?? 0)
  const bytes = [file, `${file}-wal`].reduce(
    (sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
  return Math.max(0, number('page_count') - Math.ceil(bytes / number('page_size')))
}

function appliedIn(db: DatabaseSync): ReadonlyMap<string, unknown> {
  const rows = db.prepare('SELECT id, digest FROM schema_migration').all()
  return new Map(rows.map((row) => [String(row['id']), row['digest']]))
}

/** What is not applied yet is no finding: the next start does it. */
function schemaFindings(
  applied: ReadonlyMap<string, unknown>,
  migrations: readonly Migration[],
): StoreFinding[] {
  try {
    pendingMigrations(applied, migrations, ({ up }) => up)
    return []
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error
    return [{ code: error.code, where: 'schema_migration', what: error.message }]
  }
}

function counted(db: DatabaseSync): StoreReport['tables'] {
  const names = db
    .prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all()
  return names.map((row) => {
    const name = String(row['name'])
    const { n } = db.prepare(`SELECT count(*) AS n FROM "${name}"`).get() ?? {}
    return { name, rows: Number(n) }
  })
}

/**
 * A copy of everything committed when it begins; the writer is not held up (WAL). Not yet durable when it returns.
 * @throws GH_STORE_MISSING, GH_STORE_CORRUPT
 */
export function copySqliteStore(file: string, to: string): void {
  const db = openToRead(file)
  try {
    db.prepare('VACUUM INTO ?').run(to)
  } catch (cause) {
    throw new GatehouseError('GH_STORE_CORRUPT', `${file}: ${String(cause)}`, { cause })
  } finally {
    db.close()
  }
}
