/** The inventory as commands use it: the APIs of the configuration, read afresh, and those that were imported by hand. */
import type { GatehouseConfig } from '../config/index.ts'
import { type ApiRecord, apiRecord, type ImportedSpec } from '../inventory/index.ts'
import { listApis, saveApi } from '../inventory/record/index.ts'
import { connect } from './connect.ts'
import { openStore } from './open-store.ts'
import { assemble } from './assemble.ts'

/** Configured APIs first, in their order; then what was imported by hand, by name. */
export async function inventoryOf(config: GatehouseConfig): Promise<readonly ApiRecord[]> {
  const configured = assemble(config).apis.map((api) => api.record)
  const names = new Set(configured.map((record) => record.name))
  return [...configured, ...(await storedApis(config)).filter((record) => !names.has(record.name))]
}

async function storedApis(config: GatehouseConfig): Promise<readonly ApiRecord[]> {
  const live = await connect(config)
    .inventory()
    .catch(() => undefined)
  if (live !== undefined) return live as readonly ApiRecord[] // sound: the instance sends its records, and both sides are one version
  const store = await openStore(config, { create: false })
  if (store === undefined) return []
  try {
    return await listApis(store)
  } finally {
    await store.close()
  }
}

/** Keeps an imported specification under a name. @throws GH_STORE_LOCKED while an instance runs on the same data directory */
export async function keepImported(
  config: GatehouseConfig,
  name: string,
  spec: ImportedSpec,
): Promise<void> {
  const store = await openStore(config, { create: true })
  if (store === undefined) return
  try {
    await saveApi(store, apiRecord({ name, owner: null, roles: null, dataClasses: null }, spec))
  } finally {
    await store.close()
  }
}
