/** Units over consents. A change names the version that it was made from: of many at once one is written, and the others look again. */
import { countEach } from '../count-each.ts'
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Rows, type Unit } from '../unit.ts'
import { forgetChange, keepChange, type Told } from '../changes/units.ts'
import type { ConsentTables } from './tables.ts'

const db = queryBuilder<ConsentTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface ConsentRow {
  /** Keyed hash. */
  readonly id: string
  /** Keyed hash. */
  readonly client: string
  readonly status: string
  readonly endsAt: number | null
  readonly forgetAt: number | null
  readonly changed: number
  /** Its name for gateways. */
  readonly feedKey: string
  readonly body: Uint8Array
}
export interface FoundConsent {
  readonly id: string
  readonly version: number
  readonly body: Uint8Array
}

/** False: this client has as many that wait as one may, or the id is there. */
export function* addConsentUnit({
  row,
  maxWaiting,
}: {
  readonly row: ConsentRow
  /** Of this client, with the status of `row`. */
  readonly maxWaiting: number
}): Steps<boolean> {
  const full = yield db()
    .selectFrom('consent')
    .select('id')
    .where('client', '=', row.client)
    .where('status', '=', row.status)
    .limit(1)
    .offset(maxWaiting - 1)
    .compile()
  if (full.length > 0) return false
  const added = yield db()
    .insertInto('consent')
    .values({ ...columns(row), version: 1 })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .compile()
  return added.length === 1
}

/** True for one of those who read this version. */
export function* changeConsentUnit({
  row,
  version,
  subject,
  told,
}: {
  readonly row: ConsentRow
  /** That was read. */
  readonly version: number
  /** Keyed hash of a customer who is to find it; `null`: nobody new. */
  readonly subject: string | null
  /** What gateways are to know of it from now on; `null`: what they knew. */
  readonly told: Told | null
}): Steps<boolean> {
  const { id, ...rest } = columns(row)
  const found = yield db()
    .selectFrom('consent')
    .select('id')
    .where('id', '=', id)
    .where('version', '=', version)
    .compile()
  if (found.length === 0) return false
  if (told !== null) yield* keepChange(told)
  yield db()
    .updateTable('consent')
    .set({ ...rest, version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
    .compile()
  if (subject !== null)
    yield db()
      .insertInto('consent_subject')
      .values({ consent: id, subject })
      .onConflict((conflict) => conflict.doNothing())
      .compile()
  return true
}

/** `client`: its keyed hash, of whose consents it must be one; `null`: of anybody's. */
export function* readConsentUnit({
  id,
  client,
}: {
  readonly id: string
  readonly client: string | null
}): Steps<FoundConsent | null> {
  const any = db().selectFrom('consent').select(FOUND).where('id', '=', id)
  const rows = yield (client === null ? any : any.where('client', '=', client)).compile()
  return found(rows)[0] ?? null
}

/** By its name in the log of changes, of anybody. */
export function* consentNamedUnit({
  feedKey,
}: {
  readonly feedKey: string
}): Steps<FoundConsent | null> {
  const rows = yield db()
    .selectFrom('consent')
    .select(FOUND)
    .where('feed_key', '=', feedKey)
    .compile()
  return found(rows)[0] ?? null
}

/** Of one customer, newest change first. */
export function* consentsOfUnit({
  subject,
  limit,
}: {
  readonly subject: string
  readonly limit: number
}): Steps<readonly FoundConsent[]> {
  const theirs = db().selectFrom('consent_subject').select('consent').where('subject', '=', subject)
  return found(
    yield db()
      .selectFrom('consent')
      .select(FOUND)
      .where('id', 'in', theirs)
      .orderBy('changed', 'desc')
      .limit(limit)
      .compile(),
  )
}

/** By id, after one. */
export function* listConsentsUnit({
  after,
  limit,
  client,
  status,
}: {
  readonly after: string
  readonly limit: number
  /** Keyed hash; `null`: of anybody. */
  readonly client: string | null
  /** `null`: any. */
  readonly status: string | null
}): Steps<readonly FoundConsent[]> {
  let some = db().selectFrom('consent').select(FOUND).where('id', '>', after)
  if (client !== null) some = some.where('client', '=', client)
  if (status !== null) some = some.where('status', '=', status)
  return found(yield some.orderBy('id').limit(limit).compile())
}

/** How many there are in each status, as far as `limit`; what there is none of is left out. */
export function* countConsentsUnit({
  statuses,
  limit,
}: {
  readonly statuses: readonly string[]
  readonly limit: number
}): Steps<Readonly<Record<string, number>>> {
  return yield* countEach({ table: 'consent', column: 'status', values: statuses, limit })
}

/** Ids of those whose time is over. */
export function* endedConsentsUnit({
  now,
  limit,
}: {
  readonly now: number
  readonly limit: number
}): Steps<readonly string[]> {
  const rows = yield db()
    .selectFrom('consent')
    .select('id')
    .where('ends_at', '<=', now)
    .orderBy('ends_at')
    .limit(limit)
    .compile()
  return rows.map((row) => String(row['id']))
}

/** Gives how many went, fewer than `limit` when no more are left. */
export function* forgetConsentsUnit({
  now,
  limit,
}: {
  readonly now: number
  readonly limit: number
}): Steps<number> {
  const rows = yield db()
    .selectFrom('consent')
    .select(['id', 'feed_key'])
    .where('forget_at', '<=', now)
    .limit(limit)
    .compile()
  for (const row of rows) {
    const id = String(row['id'])
    yield db().deleteFrom('consent_subject').where('consent', '=', id).compile()
    yield db().deleteFrom('consent').where('id', '=', id).compile()
    yield* forgetChange({ kind: 'consent', key: String(row['feed_key']) })
  }
  return rows.length
}

const FOUND = ['id', 'version', 'body'] as const

function found(rows: Rows): FoundConsent[] {
  return rows.flatMap((row) => {
    const body = row['body']
    if (!(body instanceof Uint8Array)) return []
    const { id, version } = row
    return [{ id: String(id), version: Number(version), body }]
  })
}

function columns(row: ConsentRow) {
  const { id, client, status, changed, feedKey, body } = row
  const times = { ends_at: row.endsAt, forget_at: row.forgetAt, changed, feed_key: feedKey }
  return { id, client, status, ...times, body }
}

const here = import.meta.url
export const addConsent = defineUnit(here, 'addConsentUnit', addConsentUnit)
export const changeConsent = defineUnit(here, 'changeConsentUnit', changeConsentUnit)
export const consentNamed = defineUnit(here, 'consentNamedUnit', consentNamedUnit)
export const readConsent = defineUnit(here, 'readConsentUnit', readConsentUnit)
export const countConsents = defineUnit(here, 'countConsentsUnit', countConsentsUnit)
export const listConsents = defineUnit(here, 'listConsentsUnit', listConsentsUnit)
export const consentsOf = defineUnit(here, 'consentsOfUnit', consentsOfUnit)
export const endedConsents = defineUnit(here, 'endedConsentsUnit', endedConsentsUnit)
export const forgetConsents = defineUnit(here, 'forgetConsentsUnit', forgetConsentsUnit)
