/**
 * An SQLite database of its own, run by the thread that opens it: for derived data that a worker keeps beside the main store, so that
 * the main store's writer never waits for it. Same folder layout, lock, pragmas and migrations as the embedded store.
 */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'
import { fileSystemTypeOf, makePrivate, prepareFolder } from './folder.ts'
import { holdLock } from './lock.ts'
import type { Migration } from './migration.ts'
import { openDerivedEngine, openReadOnlyEngine, type SqliteEngine } from './sqlite-engine.ts'
import type { Unit } from './unit.ts'

export interface ThreadStore {
  /**
   * Blocks this thread. Units are there whole and in their order whatever happens; a power cut may take the last of them, a killed process
   * none. @throws GH_STORE_FAILED (nothing of the unit remains)
   */
  run<A, R>(unit: Unit<A, R>, arg: A): R
  close(): void
}

interface ThreadStoreOptions {
  readonly dir: string
  readonly migrations: readonly Migration[]
}

/** Makes what is not there. @throws GH_STORE_LOCKED, GH_STORE_NETWORK_FS, GH_STORE_NEWER, GH_STORE_CORRUPT, GH_STORE_MIGRATION */
export async function openThreadStore(options: ThreadStoreOptions): Promise<ThreadStore> {
  const { dir, migrations } = options
  const database = await prepareFolder(dir, { create: true, fileSystemType: fileSystemTypeOf })
  const lock = holdLock(join(dir, 'store.lock'))
  try {
    await makePrivate(database)
    return storeOver(openDerivedEngine(database, migrations), () => lock.release())
  } catch (error) {
    lock.release()
    throw error
  }
}

/**
 * Reads a database that somebody else may be writing; changes nothing.
 * @throws GH_STORE_MISSING, GH_STORE_NEWER, GH_STORE_CORRUPT, GH_STORE_MIGRATION (it was never brought to this version)
 */
export async function readThreadStore(options: ThreadStoreOptions): Promise<ThreadStore> {
  const { dir, migrations } = options
  const database = join(dir, 'gatehouse.db')
  await access(database).catch((cause: unknown) => {
    throw new GatehouseError('GH_STORE_MISSING', `no database at ${database}`, { cause })
  })
  return storeOver(openReadOnlyEngine(database, migrations), () => undefined)
}

function storeOver(engine: SqliteEngine, release: () => void): ThreadStore {
  let open = true
  return {
    run<A, R>(unit: Unit<A, R>, arg: A): R {
      // sound: the one job of the batch gets `arg` and its outcome is what `unit` returned
      const job = { id: 0, unit: unit as Unit<unknown, unknown>, label: unit.name, arg }
      const [outcome] = engine.runBatch([job])
      if (outcome === undefined) throw new GatehouseError('GH_STORE_FAILED', 'no outcome')
      if (!outcome.ok) throw new GatehouseError('GH_STORE_FAILED', outcome.detail)
      return outcome.value as R // sound: see above
    },
    close() {
      if (!open) return
      open = false
      engine.close()
      release()
    },
  }
}
