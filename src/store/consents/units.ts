/** Units over consents. A change names the version that it was made from: of many at once one is written, and the others look again. */
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Rows, type Unit } from '../unit.ts'
import type { ConsentTables } from './tables.ts'

const db = queryBuilder<ConsentTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface ConsentRow {
  readonly id: string
  /** Keyed hash. */
  readonly client: string
  readonly status: string
  readonly live: boolean
  readonly endsAt: number | null
  readonly forgetAt: number | null
  readonly body: Uint8Array
}
export interface FoundConsent {
  readonly id: string
  readonly version: number
  readonly changed: number
  readonly live: boolean
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
  const changed = yield* nextPlace()
  const added = yield db()
    .insertInto('consent')
    .values({ ...columns(row), version: 1, changed })
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
}: {
  readonly row: ConsentRow
  /** That was read. */
  readonly version: number
  /** Keyed hash of a customer who is to find it; `null`: nobody new. */
  readonly subject: string | null
}): Steps<boolean> {
  const { id, ...rest } = columns(row)
  const found = yield db()
    .selectFrom('consent')
    .select('id')
    .where('id', '=', id)
    .where('version', '=', version)
    .compile()
  if (found.length === 0) return false
  const changed = yield* nextPlace()
  yield db()
    .updateTable('consent')
    .set({ ...rest, version: version + 1, changed })
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

/** Those that gateways must know, by id, and the place up to which their changes are in it. */
export function* liveConsentsUnit({
  after,
  limit,
}: {
  readonly after: string
  readonly limit: number
}): Steps<{ readonly place: number; readonly consents: readonly FoundConsent[] }> {
  const [last] = yield db().selectFrom('consent_sequence').select('seq').compile()
  const rows = yield db()
    .selectFrom('consent')
    .select(FOUND)
    .where('live', '=', 1)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .compile()
  return { place: Number(last?.['seq'] ?? 0), consents: found(rows) }
}

/** Whatever was changed after a place, in the order of changes. */
export function* changedConsentsUnit({
  after,
  limit,
}: {
  readonly after: number
  readonly limit: number
}): Steps<readonly FoundConsent[]> {
  return found(
    yield db()
      .selectFrom('consent')
      .select(FOUND)
      .where('changed', '>', after)
      .orderBy('changed')
      .limit(limit)
      .compile(),
  )
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
    .select('id')
    .where('forget_at', '<=', now)
    .limit(limit)
    .compile()
  for (const row of rows) {
    const id = String(row['id'])
    yield db().deleteFrom('consent_subject').where('consent', '=', id).compile()
    yield db().deleteFrom('consent').where('id', '=', id).compile()
  }
  return rows.length
}

const FOUND = ['id', 'version', 'changed', 'live', 'body'] as const

function found(rows: Rows): FoundConsent[] {
  return rows.flatMap((row) => {
    const body = row['body']
    if (!(body instanceof Uint8Array)) return []
    const { id, version, changed, live } = row
    return [
      {
        id: String(id),
        version: Number(version),
        changed: Number(changed),
        live: Number(live) === 1,
        body,
      },
    ]
  })
}

/** One row, so that changes come to be in the order of their places: a reader that has seen one misses none before it. */
function* nextPlace(): Steps<number> {
  const [row] = yield db()
    .insertInto('consent_sequence')
    .values({ id: 1, seq: 1 })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((of) => ({ seq: of('consent_sequence.seq', '+', 1) })),
    )
    .returning('seq')
    .compile()
  return Number(row?.['seq'])
}

function columns(row: ConsentRow) {
  const { id, client, status, body } = row
  const times = { ends_at: row.endsAt, forget_at: row.forgetAt }
  return { id, client, status, live: row.live ? 1 : 0, ...times, body }
}

const here = import.meta.url
export const addConsent = defineUnit(here, 'addConsentUnit', addConsentUnit)
export const changeConsent = defineUnit(here, 'changeConsentUnit', changeConsentUnit)
export const readConsent = defineUnit(here, 'readConsentUnit', readConsentUnit)
export const consentsOf = defineUnit(here, 'consentsOfUnit', consentsOfUnit)
export const liveConsents = defineUnit(here, 'liveConsentsUnit', liveConsentsUnit)
export const changedConsents = defineUnit(here, 'changedConsentsUnit', changedConsentsUnit)
export const endedConsents = defineUnit(here, 'endedConsentsUnit', endedConsentsUnit)
export const forgetConsents = defineUnit(here, 'forgetConsentsUnit', forgetConsentsUnit)
