/** What somebody with the database in his hands might do to consents. */
import type { ConsentTables } from '../../src/store/consents/tables.ts'
import { defineUnit, queryBuilder, type Unit } from '../../src/store/index.ts'

const db = queryBuilder<ConsentTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** Bodies of all consents, by their hashed id. */
export function* consentBodiesUnit(_: null): Steps<readonly (readonly [string, Uint8Array])[]> {
  const rows = yield db().selectFrom('consent').select(['id', 'body']).orderBy('id').compile()
  // Sound: the columns are as the migration declares them.
  return rows.map(({ id, body }) => [String(id), body as Uint8Array] as const)
}
export function* putConsentBodyUnit({
  id,
  body,
}: {
  readonly id: string
  readonly body: Uint8Array
}): Steps<null> {
  yield db().updateTable('consent').set({ body }).where('id', '=', id).compile()
  return null
}
const here = import.meta.url
export const consentBodies = defineUnit(here, 'consentBodiesUnit', consentBodiesUnit)
export const putConsentBody = defineUnit(here, 'putConsentBodyUnit', putConsentBodyUnit)
