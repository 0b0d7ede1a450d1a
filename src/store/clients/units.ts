/**
 * Units over registered clients. Each change of one writes its history and what gateways must know in the same transaction: whoever is told that
 * a client is suspended can rely on every gateway hearing of it.
 */
import type { RegisterStatus } from '../../feed/index.ts'
import { claimAuthorizationUnit } from '../authorization/units.ts'
import { keepChange } from '../changes/units.ts'
import { compiledQuery } from '../compiled-query.ts'
import { countEach } from '../count-each.ts'
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Unit } from '../unit.ts'
import { findKeySetUnit, followKeySet } from './key-sets/units.ts'
import {
  clientChange,
  type ClientEvent,
  clientOf,
  type ClientState,
  columnsOf,
  type HistoryEntry,
  keysUriOf,
  type StoredClient,
  withRoles,
} from './record.ts'
import type { ClientTables } from './tables.ts'

const db = queryBuilder<ClientTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** Who did something, why, and when. */
export interface ClientAct {
  readonly at: number
  readonly actor: string
  readonly reason: string | null
  /** JSON. */
  readonly record: string | null
}
/** The `jti` of a software statement, used once. */
export interface StatementClaim {
  /** Keyed hash. */
  readonly name: string
  /** When it would be refused for its age anyway. */
  readonly expiresAt: number
}

/** `software`: it is another client's; `statement`: it was used before; `full`: there are as many as there may be. */
export type Registered = 'registered' | 'software' | 'statement' | 'full'

export function* registerClientUnit({
  client,
  claim,
  act,
  maxClients,
}: {
  readonly client: StoredClient
  readonly claim: StatementClaim | null
  readonly act: ClientAct
  readonly maxClients: number
}): Steps<Registered> {
  if (client.software !== null) {
    const [owner] = yield db()
      .selectFrom('registered_client')
      .select('id')
      .where('software', '=', client.software)
      .compile()
    if (owner !== undefined) return 'software'
  }
  const [there] = yield db()
    .selectFrom('registered_client')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('state', '!=', 'removed')
    .compile()
  if (Number(there?.['count']) >= maxClients) return 'full'
  if (claim !== null && !(yield* claimStatement(claim, act.at))) return 'statement'
  yield db().insertInto('registered_client').values(columnsOf(client)).compile()
  yield* keepHistory(client, 'registered', act)
  return 'registered'
}

/** `stale`: it was changed since that version was read; `often`: so many times today that no more are taken. */
export type Revised = 'revised' | 'stale' | 'statement' | 'often'

/** The client changes its own metadata. `statement` of the record is claimed unless it is the one that the client came with. */
export function* reviseClientUnit({
  client,
  claim,
  act,
  maxChanges,
  since,
}: {
  /** With the version that was read. */
  readonly client: StoredClient
  readonly claim: StatementClaim | null
  readonly act: ClientAct
  /** Changes that it may make after `since`. */
  readonly maxChanges: number
  readonly since: number
}): Steps<Revised> {
  const before = yield* findClientUnit({ id: client.id })
  if (before === null || before.version !== client.version || before.state === 'removed')
    return 'stale'
  const [made] = yield db()
    .selectFrom('client_history')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('client', '=', client.id)
    .where('what', '=', 'changed')
    .where('at', '>', since)
    .compile()
  if (Number(made?.['count']) >= maxChanges) return 'often'
  if (claim !== null && claim.name !== before.statement && !(yield* claimStatement(claim, act.at)))
    return 'statement'
  // The bank and the register may have spoken meanwhile: theirs stays.
  const { state, registerState } = before
  yield* replace({ ...client, state, registerState }, 'changed', act)
  return 'revised'
}

/** The client used its new registration access token: the one before is no longer good. */
export function* forgetTokenUnit({
  id,
  token,
}: {
  readonly id: string
  readonly token: string
}): Steps<null> {
  yield db()
    .updateTable('registered_client')
    .set({ token_before: null })
    .where('id', '=', id)
    .where('token', '=', token)
    .compile()
  return null
}

/** The bank's word on it. Gives the client as it is then; `null`: it is not there, or not in one of the states `from`. */
export function* decideClientUnit({
  id,
  from,
  state,
  what,
  act,
}: {
  readonly id: string
  readonly from: readonly ClientState[]
  readonly state: Exclude<ClientState, 'removed'>
  readonly what: ClientEvent
  readonly act: ClientAct
}): Steps<StoredClient | null> {
  const before = yield* findClientUnit({ id })
  if (before === null || !from.includes(before.state)) return null
  return yield* replace({ ...before, state }, what, act)
}

/** For ever; its software is free. `null`: it is not there, or was removed before. */
export function* removeClientUnit({
  id,
  by,
  act,
}: {
  readonly id: string
  readonly by: RemovedBy
  readonly act: ClientAct
}): Steps<StoredClient | null> {
  const before = yield* findClientUnit({ id })
  if (before === null || before.state === 'removed') return null
  const gone = { software: null, token: null, tokenBefore: null, state: 'removed' } as const
  const after = yield* replace({ ...before, ...gone }, 'removed', act)
  yield db().updateTable('registered_client').set({ ending: by }).where('id', '=', id).compile()
  return after
}

export type RemovedBy = 'bank' | 'third-party'
/** One that was removed, and of whose consents some may be left. */
export interface EndingClient {
  readonly id: string
  readonly by: RemovedBy
  readonly actor: string
  readonly reason: string | null
  /** Milliseconds since the epoch. */
  readonly removedAt: number
}

/** By id, after one. */
export function* endingClientsUnit({
  id,
  after,
  limit,
}: {
  /** `null`: all of them. */
  readonly id: string | null
  readonly after: string
  readonly limit: number
}): Steps<readonly EndingClient[]> {
  const all = db()
    .selectFrom('registered_client')
    .innerJoin('client_history', (join) =>
      join
        .onRef('client_history.client', '=', 'registered_client.id')
        .onRef('client_history.version', '=', 'registered_client.version'),
    )
    .select(['registered_client.id', 'ending', 'actor', 'reason', 'at'])
    .where('ending', 'is not', null)
    .where('registered_client.id', '>', after)
    .orderBy('registered_client.id')
    .limit(limit)
  const rows = yield (id === null ? all : all.where('registered_client.id', '=', id)).compile()
  return rows.map((row) => ({
    id: String(row['id']),
    by: row['ending'] === 'bank' ? 'bank' : 'third-party',
    actor: String(row['actor']),
    reason: typeof row['reason'] === 'string' ? row['reason'] : null,
    removedAt: Number(row['at']),
  }))
}

/** Nothing of it is left. */
export function* endedClientUnit({ id }: { readonly id: string }): Steps<null> {
  yield db().updateTable('registered_client').set({ ending: null }).where('id', '=', id).compile()
  return null
}

/** What a register says of one organisation now. Gives the clients that it changes. */
export function* applyRegisterUnit({
  organization,
  state,
  roles,
  act,
}: {
  readonly organization: string
  readonly state: RegisterStatus
  /** That it lists. */
  readonly roles: readonly string[]
  readonly act: ClientAct
}): Steps<readonly StoredClient[]> {
  const rows = yield db()
    .selectFrom('registered_client')
    .selectAll()
    .where('organization', '=', organization)
    .where('state', '!=', 'removed')
    .where('register_state', 'is not', null)
    .orderBy('id')
    .compile()
  const changed: StoredClient[] = []
  for (const row of rows) {
    const before = clientOf(row)
    const evidence = withRoles(before.evidence, roles)
    if (before.registerState !== state || before.evidence !== evidence)
      changed.push(
        yield* replace({ ...before, registerState: state, evidence }, 'register-changed', act),
      )
  }
  return changed
}

const clientById = compiledQuery(['id'], ({ id }: { readonly id: string }) =>
  db().selectFrom('registered_client').selectAll().where('id', '=', id).compile(),
)

export function* findClientUnit(name: { readonly id: string }): Steps<StoredClient | null> {
  const [row] = yield clientById(name)
  return row === undefined ? null : clientOf(row)
}

/** One that would be served, with the JWK set at its `jwks_uri` as JSON; `null`: nothing of it is known. */
export function* findClientWithKeysUnit({ id }: { readonly id: string }): Steps<{
  readonly client: StoredClient
  readonly keys: string | null
} | null> {
  const client = yield* findClientUnit({ id })
  if (client === null) return null
  const uri = keysUriOf(client)
  return { client, keys: uri === null ? null : ((yield* findKeySetUnit({ uri }))?.keys ?? null) }
}

/** By id, after one. */
export function* listClientsUnit({
  after,
  limit,
}: {
  readonly after: string
  readonly limit: number
}): Steps<readonly StoredClient[]> {
  const rows = yield db()
    .selectFrom('registered_client')
    .selectAll()
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .compile()
  return rows.map(clientOf)
}

/** How many there are in each state, as far as `limit`; what there is none of is left out. */
export function* countClientsUnit({
  states,
  limit,
}: {
  readonly states: readonly ClientState[]
  readonly limit: number
}): Steps<Readonly<Record<string, number>>> {
  return yield* countEach({ table: 'registered_client', column: 'state', values: states, limit })
}

/** The newest first. */
export function* clientHistoryUnit({
  id,
  limit,
}: {
  readonly id: string
  readonly limit: number
}): Steps<readonly HistoryEntry[]> {
  const rows = yield db()
    .selectFrom('client_history')
    .selectAll()
    .where('client', '=', id)
    .orderBy('version', 'desc')
    .limit(limit)
    .compile()
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return rows.map((row) => ({
    version: Number(row['version']),
    at: Number(row['at']),
    what: row['what'] as ClientEvent, // sound: units alone write it
    actor: String(row['actor']),
    reason: text(row['reason']),
    record: text(row['record']),
  }))
}

function* replace(client: StoredClient, what: ClientEvent, act: ClientAct): Steps<StoredClient> {
  const next = { ...client, version: client.version + 1, updatedAt: act.at }
  const { id, ...rest } = columnsOf(next)
  yield db().updateTable('registered_client').set(rest).where('id', '=', id).compile()
  yield* keepHistory(next, what, act)
  return next
}

function* keepHistory(client: StoredClient, what: ClientEvent, act: ClientAct): Steps<null> {
  const { id, version } = client
  yield db()
    .insertInto('client_history')
    .values({ client: id, version, what, ...act })
    .compile()
  const fetched = yield* followKeySet(keysUriOf(client))
  const value = clientChange(client, act.reason, fetched)
  yield* keepChange({ kind: 'client', key: id, at: act.at, value })
  return null
}

function* claimStatement({ name, expiresAt }: StatementClaim, now: number): Steps<boolean> {
  const record = {
    model: 'SoftwareStatement',
    id: name,
    grantId: null,
    uid: null,
    userCode: null,
    payload: new Uint8Array(1),
    expiresAt,
  }
  return yield* claimAuthorizationUnit({ record, now })
}

const here = import.meta.url
export const registerClient = defineUnit(here, 'registerClientUnit', registerClientUnit)
export const reviseClient = defineUnit(here, 'reviseClientUnit', reviseClientUnit)
export const forgetToken = defineUnit(here, 'forgetTokenUnit', forgetTokenUnit)
export const decideClient = defineUnit(here, 'decideClientUnit', decideClientUnit)
export const removeClient = defineUnit(here, 'removeClientUnit', removeClientUnit)
export const endingClients = defineUnit(here, 'endingClientsUnit', endingClientsUnit)
export const endedClient = defineUnit(here, 'endedClientUnit', endedClientUnit)
export const applyRegister = defineUnit(here, 'applyRegisterUnit', applyRegisterUnit)
export const findClient = defineUnit(here, 'findClientUnit', findClientUnit)
export const findClientWithKeys = defineUnit(here, 'findClientWithKeysUnit', findClientWithKeysUnit)
export const countClients = defineUnit(here, 'countClientsUnit', countClientsUnit)
export const listClients = defineUnit(here, 'listClientsUnit', listClientsUnit)
export const clientHistory = defineUnit(here, 'clientHistoryUnit', clientHistoryUnit)
