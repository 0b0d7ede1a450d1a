import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { inventoryMigrations } from '../inventory/index.ts'
import { postureMigrations } from '../posture/index.ts'
import { openSqliteStore, type Store } from '../store/index.ts'

/** The store of a data directory with the tables of every module; `undefined` when there is none and none is to be made. */
export async function openStore(
  dataDir: string,
  { create }: { readonly create: boolean },
): Promise<Store | undefined> {
  const dir = join(dataDir, 'store')
  if (!create && !existsSync(dir)) return undefined
  return openSqliteStore({
    dir,
    create,
    migrations: [...inventoryMigrations, ...postureMigrations],
  })
}
