import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { GatehouseConfig } from '../config/index.ts'
import { inventoryMigrations } from '../inventory/record/index.ts'
import { postureMigrations } from '../posture/index.ts'
import { scaMigrations } from '../sca/tables/index.ts'
import {
  approvalMigrations,
  authorizationMigrations,
  consentMigrations,
  changeMigrations,
  clientMigrations,
  idempotencyMigrations,
  initiatedMigrations,
  type Migration,
  notificationMigrations,
  openPostgresStore,
  openSqliteStore,
  quotaMigrations,
  secretMigrations,
  type Store,
  type StoreThread,
} from '../store/index.ts'
import { readSecret } from './secrets.ts'
import { systemScheduler } from './system-ports.ts'

/** The tables of every module, in the order in which they came. */
export const MIGRATIONS: readonly Migration[] = [
  ...inventoryMigrations,
  ...postureMigrations,
  ...idempotencyMigrations,
  ...authorizationMigrations,
  ...quotaMigrations,
  ...consentMigrations,
  ...changeMigrations,
  ...clientMigrations,
  ...initiatedMigrations,
  ...scaMigrations,
  ...approvalMigrations,
  ...secretMigrations,
  ...notificationMigrations,
]

export interface OpenStoreOptions {
  /** Makes the embedded store when it is not there. */
  readonly create: boolean
  /** Opens although the database server is away; units are refused until it is back. */
  readonly openWithoutServer?: boolean
  /** For the embedded store, started ahead; ended where there is none. */
  readonly thread?: StoreThread
}

/**
 * The store of a configuration with the tables of every module; `undefined` when there is none and none is to be made.
 * @throws GH_CONFIG_SECRET_REFERENCE, and what `openSqliteStore` and `openPostgresStore` throw
 */
export async function openStore(
  { dataDir, store }: Pick<GatehouseConfig, 'dataDir' | 'store'>,
  { create, openWithoutServer = false, thread }: OpenStoreOptions,
): Promise<Store | undefined> {
  if (store !== null) {
    await thread?.worker.terminate()
    return openPostgresStore({
      url: readSecret(store.postgres.url),
      migrations: MIGRATIONS,
      scheduler: systemScheduler,
      openWithoutServer,
    })
  }
  const dir = join(dataDir, 'store')
  if (!create && !existsSync(dir)) return undefined
  return openSqliteStore({
    dir,
    create,
    migrations: MIGRATIONS,
    ...(thread === undefined ? {} : { thread }),
  })
}

/** Of an instance that runs: made where it is not there, and opened although its server is away. @throws as above */
export async function openOwnStore(
  config: Pick<GatehouseConfig, 'dataDir' | 'store'>,
  thread: StoreThread,
): Promise<Store> {
  const store = await openStore(config, { create: true, openWithoutServer: true, thread })
  if (store === undefined) throw new TypeError('a store that may be created is there')
  return store
}
