/** A store that counts its units. */
import type { Store } from '../store/index.ts'

export interface UnitCounts {
  done: number
  failed: number
}

export function countedStore(store: Store, counts: UnitCounts): Store {
  return {
    ...store,
    async run(unit, arg) {
      try {
        const result = await store.run(unit, arg)
        counts.done++
        return result
      } catch (error) {
        counts.failed++
        throw error
      }
    },
  }
}
