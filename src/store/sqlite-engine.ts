/**
 * Runs units against one SQLite database, in the thread that calls it. A batch is one transaction and one synced commit; each unit in it
 * has its own savepoint, so that a failing one takes nothing with it.
 */
import { constants, DatabaseSync, type StatementSync } from 'node:sqlite'
import type { CompiledQuery } from 'kysely'
import { GatehouseError } from '../lib/index.ts'
import { APPLICATION_ID } from './application-id.ts'
import type { Migration } from './migration.ts'
import { type AnyUnit, cloneable, MAX_STATEMENTS_PER_UNIT } from './run-unit.ts'
import { migrate, refuseUnmigrated } from './sqlite-migrate.ts'
import type { Outcome } from './sqlite-protocol.ts'
import type { Rows } from './unit.ts'
import { storable } from './values.ts'

export interface ReadyJob {
  readonly id: number
  readonly unit: AnyUnit
  readonly label: string
  readonly arg: unknown
  /** Need not be synced when it is answered. */
  readonly buffered?: boolean
}
export interface SqliteEngine {
  /** What was answered `ok` is synced when this returns, with all that was before; a batch of nothing but buffered units is only written. */
  runBatch(jobs: readonly ReadyJob[]): Outcome[]
  close(): void
}

interface Prepared {
  readonly made: StatementSync
  readonly hasRows: boolean
}

const MAX_CACHED_STATEMENTS = 500
/** Beside the one that sorts, when an index is made. */
const SORTING_THREADS = 2
const NO_ROWS: Rows = []
/**
 * Pages of the log, of 4 KB, after which the commit that filled it writes them into the database, and takes longer than another. With SQLite's own
 * 1,000 that is about one of a hundred decisions about strong authentication; what it costs them was not told from noise (docs/benchmarks.md).
 */
const CHECKPOINT_PAGES = 4_000
/** As `PRAGMA synchronous` says it. */
const FULL = 2

/** @throws GH_STORE_CORRUPT, GH_STORE_NEWER, GH_STORE_MIGRATION */
export function openEngine(database: string, migrations: readonly Migration[]): SqliteEngine {
  return engineOver(openDatabase(database), 'BEGIN IMMEDIATE', (db) => migrate(db, migrations))
}

/**
 * For what can be made again: a power cut may take the last batches, each whole, and never leaves less than a whole one before them.
 * @throws GH_STORE_CORRUPT, GH_STORE_NEWER, GH_STORE_MIGRATION
 */
export function openDerivedEngine(
  database: string,
  migrations: readonly Migration[],
): SqliteEngine {
  return engineOver(openDatabase(database), 'BEGIN IMMEDIATE', (db) => {
    migrate(db, migrations)
    // In WAL mode only a checkpoint syncs then: before it, the log; after it, the database (sqlite.org/pragma.html#pragma_synchronous).
    db.exec(`PRAGMA synchronous = NORMAL; PRAGMA threads = ${SORTING_THREADS}`)
  })
}

/** For queries only, beside a writer. @throws GH_STORE_CORRUPT, GH_STORE_NEWER, GH_STORE_MIGRATION */
export function openReadOnlyEngine(
  database: string,
  migrations: readonly Migration[],
): SqliteEngine {
  return engineOver(openToRead(database), 'BEGIN', (db) => refuseUnmigrated(db, migrations))
}

function engineOver(
  db: DatabaseSync,
  begin: string,
  prepareSchema: (db: DatabaseSync) => void,
): SqliteEngine {
  try {
    prepareSchema(db)
  } catch (error) {
    db.close()
    throw error
  }

  // Prepared once: to compile these takes as long as to run what is between them.
  const start = db.prepare(begin)
  const commit = db.prepare('COMMIT')
  const savepoint = db.prepare('SAVEPOINT unit')
  const release = db.prepare('RELEASE unit')
  const rollbackTo = db.prepare('ROLLBACK TO unit')
  const statements = new Map<string, Prepared>()
  const usual = db.prepare('PRAGMA synchronous').get()?.['synchronous']
  let full = usual === FULL
  let preparingForUnit = false
  // A unit that ended the transaction, read another file or relaxed a pragma would break every other unit of its batch.
  db.setAuthorizer((action) => (preparingForUnit && FORBIDDEN.has(action) ? DENY : OK))

  /** Between batches only: inside a transaction SQLite refuses. Without it nothing is reordered either; a power cut takes the end of the log. */
  function syncsAtCommit(wanted: boolean): void {
    if (usual !== FULL || full === wanted) return
    db.exec(`PRAGMA synchronous = ${wanted ? 'FULL' : 'NORMAL'}`)
    full = wanted
  }

  function prepared(sql: string): Prepared {
    const cached = statements.get(sql)
    if (cached !== undefined) return cached
    preparingForUnit = true
    try {
      const made = db.prepare(sql)
      const statement = { made, hasRows: made.columns().length > 0 }
      const [oldest] = statements.size >= MAX_CACHED_STATEMENTS ? statements.keys() : []
      if (oldest !== undefined) statements.delete(oldest)
      statements.set(sql, statement)
      return statement
    } finally {
      preparingForUnit = false
    }
  }

  function execute(query: CompiledQuery): Rows {
    const { made, hasRows } = prepared(query.sql)
    const values = query.parameters.map(storable)
    if (hasRows) return made.all(...values) // rows have no prototype
    made.run(...values)
    return NO_ROWS
  }

  function runUnit(unit: AnyUnit, arg: unknown): unknown {
    const steps = unit(arg)
    let step = steps.next([])
    for (let count = 0; step.done !== true; count++) {
      if (count >= MAX_STATEMENTS_PER_UNIT) throw new RangeError('the unit does not end')
      step = steps.next(execute(step.value))
    }
    return cloneable(step.value)
  }

  function runOne(job: ReadyJob): Outcome {
    savepoint.run()
    try {
      const value = runUnit(job.unit, job.arg)
      release.run()
      return { id: job.id, ok: true, value }
    } catch (error) {
      // A full disk or an I/O error makes SQLite roll back the whole transaction; the caller looks.
      if (db.isTransaction) {
        rollbackTo.run()
        release.run()
      }
      return failed(job, error)
    }
  }

  return {
    runBatch(jobs) {
      let outcomes: Outcome[] = []
      const settled: Outcome[] = []
      const giveUp = (error: unknown): void => {
        for (const outcome of outcomes)
          settled.push(outcome.ok ? failed({ id: outcome.id, label: 'commit' }, error) : outcome)
        outcomes = []
      }
      try {
        syncsAtCommit(!jobs.every(({ buffered }) => buffered))
        for (const job of jobs) {
          if (!db.isTransaction) start.run()
          const outcome = runOne(job)
          outcomes.push(outcome)
          if (!db.isTransaction) giveUp(outcome.ok ? 'transaction lost' : outcome.detail)
        }
        if (db.isTransaction) commit.run()
        return settled.concat(outcomes)
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK')
        giveUp(error)
        const answered = new Set(settled.map((outcome) => outcome.id))
        for (const job of jobs) if (!answered.has(job.id)) settled.push(failed(job, error))
        return settled
      }
    },
    close: () => db.close(),
  }
}

const { SQLITE_DENY: DENY, SQLITE_OK: OK } = constants
const FORBIDDEN = new Set<number>([
  constants.SQLITE_TRANSACTION,
  constants.SQLITE_SAVEPOINT,
  constants.SQLITE_ATTACH,
  constants.SQLITE_DETACH,
  constants.SQLITE_PRAGMA,
])

function openDatabase(database: string): DatabaseSync {
  const db = new DatabaseSync(database, { timeout: 5000, enableForeignKeyConstraints: true })
  try {
    const id = db.prepare('PRAGMA application_id').get()?.['application_id']
    const empty =
      db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0 && id === 0
    if (!empty && id !== APPLICATION_ID)
      throw new GatehouseError('GH_STORE_CORRUPT', `${database} is no Gatehouse database`)
    db.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
       PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA application_id = ${APPLICATION_ID}`,
    )
    return db
  } catch (error) {
    db.close()
    if (error instanceof GatehouseError) throw error
    throw new GatehouseError('GH_STORE_CORRUPT', `${database}: ${String(error)}`, { cause: error })
  }
}

function openToRead(database: string): DatabaseSync {
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(database, { timeout: 5000, readOnly: true })
    const id = db.prepare('PRAGMA application_id').get()?.['application_id']
    if (id !== APPLICATION_ID)
      throw new GatehouseError('GH_STORE_CORRUPT', `${database} is no Gatehouse database`)
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON')
    return db
  } catch (error) {
    db?.close()
    if (error instanceof GatehouseError) throw error
    throw new GatehouseError('GH_STORE_CORRUPT', `${database}: ${String(error)}`, { cause: error })
  }
}

function failed(job: Pick<ReadyJob, 'id' | 'label'>, error: unknown): Outcome {
  const reason = error instanceof Error ? error.message : String(error)
  return { id: job.id, ok: false, detail: `${job.label}: ${reason}` }
}
