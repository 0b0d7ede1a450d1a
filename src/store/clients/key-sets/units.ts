/**
 * Units over the keys of clients that keep them at an address of their own (`jwks_uri`). One row for an address, however many clients name it;
 * what counts of it reaches gateways as part of each of its clients, in the transaction that changes it.
 */
import { keepChange } from '../../changes/units.ts'
import type { ChangeTables } from '../../changes/tables.ts'
import { queryBuilder } from '../../query-builder.ts'
import { defineUnit, type Unit } from '../../unit.ts'
import type { ClientTables } from '../tables.ts'

const db = queryBuilder<ClientTables & ChangeTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface KeySetRow {
  readonly uri: string
  /** JWK set of what counts now, as JSON; `null`: it was never read, or too long ago. */
  readonly keys: string | null
  /** Milliseconds since the epoch of the last answer that could be read. */
  readonly readAt: number | null
  /** Why the last answer did not count as it was; `null`: it did. */
  readonly problem: string | null
}

/** Part of a unit that writes a client: its address is asked from now on. Gives the keys that are known already. */
export function* followKeySet(uri: string | null): Steps<string | null> {
  if (uri === null) return null
  yield db()
    .insertInto('client_key_set')
    .values({ uri, keys: null, read_at: null, due_at: 0, problem: null })
    .onConflict((conflict) => conflict.column('uri').doNothing())
    .compile()
  return (yield* findKeySetUnit({ uri }))?.keys ?? null
}

export function* findKeySetUnit({ uri }: { readonly uri: string }): Steps<KeySetRow | null> {
  const [row] = yield db().selectFrom('client_key_set').selectAll().where('uri', '=', uri).compile()
  if (row === undefined) return null
  const { keys, read_at: readAt, problem } = row
  return {
    uri,
    keys: typeof keys === 'string' ? keys : null,
    readAt: readAt === null ? null : Number(readAt),
    problem: typeof problem === 'string' ? problem : null,
  }
}

/** Whose turn it is, the longest due first. */
export function* dueKeySetsUnit({
  now,
  limit,
}: {
  readonly now: number
  readonly limit: number
}): Steps<readonly string[]> {
  const rows = yield db()
    .selectFrom('client_key_set')
    .select('uri')
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .orderBy('uri')
    .limit(limit)
    .compile()
  return rows.map(({ uri }) => String(uri))
}

/** True for one of those who would ask at once, wherever they run: it asks. */
export function* claimKeySetUnit({
  uri,
  now,
  dueAt,
}: {
  readonly uri: string
  readonly now: number
  /** When it is to be asked again. */
  readonly dueAt: number
}): Steps<boolean> {
  const rows = yield db()
    .updateTable('client_key_set')
    .set({ due_at: dueAt })
    .where('uri', '=', uri)
    .where('due_at', '<=', now)
    .returning('uri')
    .compile()
  return rows.length === 1
}

/** Clients that keep their keys there, by id, after one. */
export function* clientsOfKeySetUnit({
  uri,
  after,
  limit,
}: {
  readonly uri: string
  readonly after: string
  readonly limit: number
}): Steps<readonly string[]> {
  const rows = yield db()
    .selectFrom('registered_client')
    .select('id')
    .where('keys_uri', '=', uri)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .compile()
  return rows.map(({ id }) => String(id))
}

/**
 * What counts at an address from now on, told to gateways for each of its clients if it is other than before. False: somebody else has read it
 * meanwhile, and his word stays.
 */
export function* keepKeySetUnit({
  set,
  since,
  dueAt,
  at,
}: {
  readonly set: KeySetRow
  /** When it had last been read as far as the caller knows. */
  readonly since: number | null
  readonly dueAt: number
  readonly at: number
}): Steps<boolean> {
  const { uri, keys, readAt, problem } = set
  const before = yield* findKeySetUnit({ uri })
  if ((before?.readAt ?? null) !== since) return false
  const rest = { keys, read_at: readAt, problem, due_at: dueAt }
  yield db()
    .insertInto('client_key_set')
    .values({ uri, ...rest })
    .onConflict((conflict) => conflict.column('uri').doUpdateSet(rest))
    .compile()
  if ((before?.keys ?? null) === keys) return true
  const told = yield db()
    .selectFrom('registered_client')
    .innerJoin('feed_change', 'feed_change.key', 'registered_client.id')
    .select(['feed_change.key', 'feed_change.value'])
    .where('registered_client.keys_uri', '=', uri)
    .where('feed_change.kind', '=', 'client')
    .orderBy('feed_change.key')
    .compile()
  for (const { key, value } of told)
    if (typeof value === 'string')
      yield* keepChange({ kind: 'client', key: String(key), at, value: withKeys(value, keys) })
  for (const [key, value] of yield* toldKeys())
    if (uriOf(value) === uri)
      yield* keepChange({ kind: 'key', key, at, value: withKeys(value, keys) })
  return true
}

/**
 * Clients of the configuration that keep their keys at an address, as they are now. Each is asked from now on; gateways are told its keys and nothing
 * else of it, for what else they know of it stands in its record. Of who is none any more they are told no keys.
 */
export function* tellConfiguredKeysUnit({
  clients,
  at,
}: {
  readonly clients: readonly { readonly id: string; readonly uri: string }[]
  readonly at: number
}): Steps<null> {
  const told = yield* toldKeys()
  for (const { id, uri } of clients) {
    const value = withKeys(JSON.stringify({ jwks_uri: uri }), yield* followKeySet(uri))
    if (told.get(id) !== value) yield* keepChange({ kind: 'key', key: id, at, value })
    told.delete(id)
  }
  for (const id of told.keys()) yield* keepChange({ kind: 'key', key: id, at, value: null })
  return null
}

/** What gateways were told of clients of the configuration, by id, whichever node did. */
function* toldKeys(): Steps<Map<string, string>> {
  const rows = yield db()
    .selectFrom('feed_change')
    .select(['key', 'value'])
    .where('kind', '=', 'key')
    .where('value', 'is not', null)
    .orderBy('key')
    .compile()
  return new Map(rows.map(({ key, value }) => [String(key), String(value)]))
}

function uriOf(value: string): unknown {
  return (JSON.parse(value) as { readonly jwks_uri?: unknown }).jwks_uri // sound: written above
}

/** Forgets addresses that no client names any more. */
export function* forgetKeySetsUnit({
  except,
}: {
  /** Of clients that are not in the store. */
  readonly except: readonly string[]
}): Steps<null> {
  const named = db()
    .selectFrom('registered_client')
    .select('keys_uri')
    .where('keys_uri', 'is not', null)
  let unnamed = db().deleteFrom('client_key_set').where('uri', 'not in', named)
  if (except.length > 0) unnamed = unnamed.where('uri', 'not in', except)
  yield unnamed.compile()
  return null
}

function withKeys(value: string, keys: string | null): string {
  const { jwks: _, ...rest } = JSON.parse(value) as Record<string, unknown> // sound: the change is an object
  return JSON.stringify(keys === null ? rest : { ...rest, jwks: JSON.parse(keys) as unknown })
}

const here = import.meta.url
export const findKeySet = defineUnit(here, 'findKeySetUnit', findKeySetUnit)
export const dueKeySets = defineUnit(here, 'dueKeySetsUnit', dueKeySetsUnit)
export const claimKeySet = defineUnit(here, 'claimKeySetUnit', claimKeySetUnit)
export const clientsOfKeySet = defineUnit(here, 'clientsOfKeySetUnit', clientsOfKeySetUnit)
export const keepKeySet = defineUnit(here, 'keepKeySetUnit', keepKeySetUnit)
export const forgetKeySets = defineUnit(here, 'forgetKeySetsUnit', forgetKeySetsUnit)
export const tellConfiguredKeys = defineUnit(here, 'tellConfiguredKeysUnit', tellConfiguredKeysUnit)
