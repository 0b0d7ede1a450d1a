/** Somebody changes a record, and not its evidence. */
import { defineUnit, queryBuilder, type Unit } from '../../../src/store/index.ts'

const db = queryBuilder<{ sca_decision: { id: string; value: number } }>()

export function* damageUnit({ id }: { readonly id: string }): ReturnType<Unit<unknown, null>> {
  yield db().updateTable('sca_decision').set({ value: 1 }).where('id', '=', id).compile()
  return null
}
export const damage = defineUnit(import.meta.url, 'damageUnit', damageUnit)
