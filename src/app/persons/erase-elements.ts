/** Elements of persons who were erased go from the store of a running instance: when it starts, and within a second of the erasure. The log has the last word, so that an older copy of the store brings nobody back. */
import { forgetPerson } from '../../sca/index.ts'
import type { Store } from '../../store/index.ts'
import { readErasures } from './erasure-log.ts'

/** Gives how many rows went. @throws GH_STORE_CORRUPT, and what the store throws */
export async function eraseElements(dataDir: string, store: Store): Promise<number> {
  let gone = 0
  for (const { at, names = [] } of readErasures(dataDir))
    if (names.length > 0) gone += await store.run(forgetPerson, { names, at })
  return gone
}
