/** What all transactions hold in the store: rows and bytes, of those that are open and of those that ended. */
import { defineUnit, queryBuilder, type Unit } from '../../src/store/index.ts'
import type { TransactionTables } from '../../src/sca/tables/index.ts'

const db = queryBuilder<TransactionTables>()
const ENDED = new Set(['refused', 'superseded', 'redeemed', 'void'])
interface Held {
  readonly open: number
  readonly openBytes: number
  readonly endedBytes: number
}

export function* heldUnit(_: null): ReturnType<Unit<null, Held>> {
  const rows = yield db().selectFrom('sca_transaction').select(['state', 'bytes', 'body']).compile()
  const held = { open: 0, openBytes: 0, endedBytes: 0 }
  for (const { state, bytes, body } of rows) {
    if (!(body instanceof Uint8Array) || body.length !== Number(bytes))
      throw new TypeError('the bytes of a row are not those of its body')
    if (state === 'open') held.open++
    if (state === 'open') held.openBytes += body.length
    if (ENDED.has(String(state))) held.endedBytes += body.length
  }
  return held
}
export const held = defineUnit(import.meta.url, 'heldUnit', heldUnit)
