/** What somebody does who may write into the database and has no secret. */
import { queryBuilder } from '../../src/store/query-builder.ts'
import { defineUnit, type Unit } from '../../src/store/unit.ts'

interface Tables {
  authorization_record: { id: string; payload: Uint8Array }
  consent: { feed_key: string; body: Uint8Array }
  sealing_root: { wrapped: Uint8Array }
}
const db = queryBuilder<Tables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export function* alterSealedUnit({ id }: { readonly id: string }): Steps<null> {
  yield db()
    .updateTable('authorization_record')
    .set({ payload: new Uint8Array(64).fill(1) })
    .where('id', '=', id)
    .compile()
  return null
}
/** By its name in the log of changes. */
export function* alterConsentUnit({ feedKey }: { readonly feedKey: string }): Steps<null> {
  yield db()
    .updateTable('consent')
    .set({ body: new Uint8Array(64).fill(1) })
    .where('feed_key', '=', feedKey)
    .compile()
  return null
}
export function* forgetRootUnit({ how }: { readonly how: 'alter' | 'remove' }): Steps<null> {
  yield how === 'remove'
    ? db().deleteFrom('sealing_root').compile()
    : db()
        .updateTable('sealing_root')
        .set({ wrapped: new Uint8Array(64).fill(1) })
        .compile()
  return null
}

export const alterSealed = defineUnit(import.meta.url, 'alterSealedUnit', alterSealedUnit)
export const alterConsent = defineUnit(import.meta.url, 'alterConsentUnit', alterConsentUnit)
export const forgetRoot = defineUnit(import.meta.url, 'forgetRootUnit', forgetRootUnit)
