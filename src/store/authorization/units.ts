/** Units over the authorization server's records. Each is one transaction, so what may happen once happens once, however many ask. */
import { compiledQuery } from '../compiled-query.ts'
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Unit } from '../unit.ts'
import type { AuthorizationTables } from './tables.ts'

const db = queryBuilder<AuthorizationTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface RecordName {
  readonly model: string
  readonly id: string
}
export interface NewRecord extends RecordName {
  readonly grantId: string | null
  readonly uid: string | null
  readonly userCode: string | null
  readonly payload: Uint8Array
  /** Milliseconds since the epoch; `null`: until it is removed. */
  readonly expiresAt: number | null
}
export interface FoundRecord {
  readonly id: string
  readonly payload: Uint8Array
  /** Milliseconds since the epoch; `null`: not used yet. */
  readonly consumedAt: number | null
}

interface Columns {
  readonly model: string
  readonly id: string
  readonly grant_id: string | null
  readonly uid: string | null
  readonly user_code: string | null
  readonly payload: Uint8Array
  readonly expires_at: number | null
}
const COLUMNS = ['model', 'id', 'grant_id', 'uid', 'user_code', 'payload', 'expires_at'] as const

const put = compiledQuery(COLUMNS, ({ model, id, ...rest }: Columns) =>
  db()
    .insertInto('authorization_record')
    .values({ model, id, ...rest, consumed_at: null })
    .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(rest))
    .compile(),
)
const claim = compiledQuery(
  [...COLUMNS, 'now'],
  ({ model, id, now, ...rest }: Columns & { readonly now: number }) =>
    db()
      .insertInto('authorization_record')
      .values({ model, id, ...rest, consumed_at: null })
      .onConflict((conflict) =>
        conflict
          .columns(['model', 'id'])
          .doUpdateSet(rest)
          .where('authorization_record.expires_at', '<=', now),
      )
      .returning('id')
      .compile(),
)

/** Writes it, or over it. What was consumed stays consumed: who saves what he read before does not make it usable again. */
export function* putAuthorizationUnit(record: NewRecord): Steps<null> {
  yield put(columns(record))
  return null
}

/** True for the first who brings this id, until it expires; everybody else gets false and changes nothing. */
export function* claimAuthorizationUnit({
  record,
  now,
}: {
  readonly record: NewRecord
  readonly now: number
}): Steps<boolean> {
  const rows = yield claim({ ...columns(record), now })
  return rows.length === 1
}

interface Asked {
  readonly model: string
  readonly value: string
  readonly now: number
}
const foundBy = (by: 'id' | 'uid' | 'user_code') =>
  compiledQuery(['model', 'value', 'now'], ({ model, value, now }: Asked) =>
    db()
      .selectFrom('authorization_record')
      .select(['id', 'payload', 'consumed_at'])
      .where('model', '=', model)
      .where(by, '=', value)
      .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', now)]))
      .limit(1)
      .compile(),
  )
const FOUND = { id: foundBy('id'), uid: foundBy('uid'), user_code: foundBy('user_code') }

/** By its own id, or by one of its other names; nothing that has expired. */
export function* findAuthorizationUnit({
  by,
  ...asked
}: Asked & { readonly by: 'id' | 'uid' | 'user_code' }): Steps<FoundRecord | null> {
  const [row] = yield FOUND[by](asked)
  const payload = row?.['payload']
  if (row === undefined || !(payload instanceof Uint8Array)) return null
  const consumed = row['consumed_at']
  return {
    id: String(row['id']),
    payload,
    consumedAt: typeof consumed === 'number' ? consumed : null,
  }
}

/** The first of these that there is: each name is looked for only where those before it were not found. */
export function* findFirstAuthorizationUnit({
  names,
  now,
}: {
  readonly names: readonly RecordName[]
  readonly now: number
}): Steps<(FoundRecord & { readonly model: string }) | null> {
  for (const { model, id } of names) {
    const found = yield* findAuthorizationUnit({ model, by: 'id', value: id, now })
    if (found !== null) return { ...found, model }
  }
  return null
}

type Used = RecordName & { readonly now: number }
const consume = compiledQuery(['model', 'id', 'now'], ({ model, id, now }: Used) =>
  db()
    .updateTable('authorization_record')
    .set({ consumed_at: now })
    .where('model', '=', model)
    .where('id', '=', id)
    .where('consumed_at', 'is', null)
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', now)]))
    .returning('id')
    .compile(),
)
const remove = compiledQuery(['model', 'id'], ({ model, id }: RecordName) =>
  db().deleteFrom('authorization_record').where('model', '=', model).where('id', '=', id).compile(),
)

/** True for exactly one caller; false when it was consumed before, has expired or is not there. */
export function* consumeAuthorizationUnit(used: Used): Steps<boolean> {
  const rows = yield consume(used)
  return rows.length === 1
}

export function* removeAuthorizationUnit(name: RecordName): Steps<null> {
  yield remove(name)
  return null
}

/** Everything of one kind that hangs on a grant. */
export function* removeGrantedUnit({
  model,
  grantId,
}: {
  readonly model: string
  readonly grantId: string
}): Steps<null> {
  yield db()
    .deleteFrom('authorization_record')
    .where('model', '=', model)
    .where('grant_id', '=', grantId)
    .compile()
  return null
}

/** Takes away what has expired; gives how many went, fewer than `limit` when no more are left. */
export function* forgetAuthorizationsUnit({
  now,
  limit,
}: {
  readonly now: number
  readonly limit: number
}): Steps<number> {
  const old = yield db()
    .selectFrom('authorization_record')
    .select(['model', 'id'])
    .where('expires_at', '<=', now)
    .limit(limit)
    .compile()
  let gone = 0
  for (const { model, id } of old) {
    const rows = yield db()
      .deleteFrom('authorization_record')
      .where('model', '=', String(model))
      .where('id', '=', String(id))
      .where('expires_at', '<=', now)
      .returning('id')
      .compile()
    gone += rows.length
  }
  return gone
}

/** How many records of a kind there are, counted no further than `limit`. */
export function* countAuthorizationsUnit({
  model,
  limit,
}: {
  readonly model: string
  readonly limit: number
}): Steps<number> {
  const some = db()
    .selectFrom('authorization_record')
    .select('id')
    .where('model', '=', model)
    .limit(limit)
  const [row] = yield db()
    .selectFrom(some.as('some'))
    .select((of) => of.fn.countAll<number>().as('count'))
    .compile()
  return Number(row?.['count'])
}

function columns(record: NewRecord): Columns {
  const { model, id, payload } = record
  const names = { grant_id: record.grantId, uid: record.uid, user_code: record.userCode }
  return { model, id, payload, ...names, expires_at: record.expiresAt }
}

const here = import.meta.url
export const putAuthorization = defineUnit(here, 'putAuthorizationUnit', putAuthorizationUnit)
export const claimAuthorization = defineUnit(here, 'claimAuthorizationUnit', claimAuthorizationUnit)
export const findAuthorization = defineUnit(here, 'findAuthorizationUnit', findAuthorizationUnit)
export const findFirstAuthorization = defineUnit(
  here,
  'findFirstAuthorizationUnit',
  findFirstAuthorizationUnit,
)
export const consumeAuthorization = defineUnit(
  here,
  'consumeAuthorizationUnit',
  consumeAuthorizationUnit,
)
export const removeAuthorization = defineUnit(
  here,
  'removeAuthorizationUnit',
  removeAuthorizationUnit,
)
export const removeGranted = defineUnit(here, 'removeGrantedUnit', removeGrantedUnit)
export const forgetAuthorizations = defineUnit(
  here,
  'forgetAuthorizationsUnit',
  forgetAuthorizationsUnit,
)
export const countAuthorizations = defineUnit(
  here,
  'countAuthorizationsUnit',
  countAuthorizationsUnit,
)
