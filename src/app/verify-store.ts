/** Whether the store of a configuration is sound: what `gatehouse fsck` says of it. Reads only, also beside a running instance. */
import { join } from 'node:path'
import type { GatehouseConfig } from '../config/index.ts'
import { type StoreReport, verifyPostgresStore, verifySqliteStore } from '../store/index.ts'
import { MIGRATIONS } from './open-store.ts'
import { readSecret } from './secrets.ts'

/**
 * Pages, references and schema; each finding names its place.
 * @throws GH_STORE_MISSING (there is none), GH_STORE_UNAVAILABLE and other refusals of a server
 */
export async function verifyStore({
  dataDir,
  store,
}: Pick<GatehouseConfig, 'dataDir' | 'store'>): Promise<StoreReport> {
  return store === null
    ? verifySqliteStore(join(dataDir, 'store', 'gatehouse.db'), MIGRATIONS)
    : verifyPostgresStore(readSecret(store.postgres.url), MIGRATIONS)
}
