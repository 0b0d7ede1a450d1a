/** The inventory as it is kept: what the last import of each API said. */
import { GatehouseError } from '../../lib/index.ts'
import type { Store } from '../../store/index.ts'
import type { ApiRecord, OperationRecord } from '../index.ts'
import { apiRows, putApi, removeApi } from './units.ts'

/** Durable when it resolves; replaces what was kept under this name. */
export async function saveApi(store: Store, record: ApiRecord): Promise<void> {
  const { operations, ...spec } = record.spec
  await store.run(putApi, {
    api: {
      name: record.name,
      owner: record.owner,
      body: JSON.stringify({ ...record, spec }),
    },
    operations: operations.map((operation, position) => ({
      api: record.name,
      position,
      method: operation.method,
      path: operation.path,
      operation_id: operation.operationId,
      role: operation.role,
      unsound: operation.unsound ? 1 : 0,
      body: JSON.stringify(operation),
    })),
  })
}

/** All APIs by name. @throws GH_INVENTORY_RECORD_INVALID */
export function listApis(store: Store): Promise<readonly ApiRecord[]> {
  return read(store, null)
}

/** One API, or `undefined`. @throws GH_INVENTORY_RECORD_INVALID */
export async function readApi(store: Store, name: string): Promise<ApiRecord | undefined> {
  return (await read(store, name))[0]
}

/** Takes an API out of the inventory; true if it was there. */
export function forgetApi(store: Store, name: string): Promise<boolean> {
  return store.run(removeApi, name)
}

async function read(store: Store, name: string | null): Promise<readonly ApiRecord[]> {
  const rows = await store.run(apiRows, name)
  const operations = new Map<string, OperationRecord[]>()
  for (const row of rows.operations) {
    const api = String(row['api'])
    const list = operations.get(api) ?? []
    operations.set(api, list)
    list.push(parse(row['body']) as OperationRecord) // sound: only saveApi writes the column
  }
  return rows.apis.map((row) => {
    // sound: only saveApi writes the column
    const { spec, ...rest } = parse(row['body']) as Omit<ApiRecord, 'spec'> & {
      readonly spec: Omit<ApiRecord['spec'], 'operations'>
    }
    return { ...rest, spec: { ...spec, operations: operations.get(rest.name) ?? [] } }
  })
}

function parse(text: unknown): unknown {
  try {
    const value: unknown = typeof text === 'string' ? JSON.parse(text) : null
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // told below, without the content
  }
  throw new GatehouseError('GH_INVENTORY_RECORD_INVALID', 'a row of the inventory is not readable')
}
