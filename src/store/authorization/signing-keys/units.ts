/** Units over the keys of the authorization server: of many nodes that find it is time for a new key, one makes it. */
import { queryBuilder } from '../../query-builder.ts'
import { defineUnit, type Unit } from '../../unit.ts'
import type { AuthorizationTables } from '../tables.ts'

const db = queryBuilder<AuthorizationTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface SigningKeyRow {
  readonly id: string
  readonly algorithm: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly sealed: Uint8Array
}

/** Adds it unless there is one of its algorithm that was made after `unlessAfter`. */
export function* addSigningKeyUnit({
  key,
  unlessAfter,
}: {
  readonly key: SigningKeyRow
  readonly unlessAfter: number
}): Steps<boolean> {
  const [newer] = yield db()
    .selectFrom('signing_key')
    .select('id')
    .where('algorithm', '=', key.algorithm)
    .where('created_at', '>', unlessAfter)
    .limit(1)
    .compile()
  if (newer !== undefined) return false
  const { id, algorithm, createdAt, sealed } = key
  yield db()
    .insertInto('signing_key')
    .values({ id, algorithm, created_at: createdAt, sealed })
    .compile()
  return true
}

/** The oldest first. */
export function* listSigningKeysUnit(): Steps<readonly SigningKeyRow[]> {
  const rows = yield db()
    .selectFrom('signing_key')
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .compile()
  return rows.flatMap(({ id, algorithm, created_at, sealed }) =>
    sealed instanceof Uint8Array
      ? [{ id: String(id), algorithm: String(algorithm), createdAt: Number(created_at), sealed }]
      : [],
  )
}

export function* removeSigningKeysUnit({ ids }: { readonly ids: readonly string[] }): Steps<null> {
  for (const id of ids) yield db().deleteFrom('signing_key').where('id', '=', id).compile()
  return null
}

export const addSigningKey = defineUnit(import.meta.url, 'addSigningKeyUnit', addSigningKeyUnit)
export const listSigningKeys = defineUnit(import.meta.url, 'listSigningKeysUnit', (_: null) =>
  listSigningKeysUnit(),
)
export const removeSigningKeys = defineUnit(
  import.meta.url,
  'removeSigningKeysUnit',
  removeSigningKeysUnit,
)
