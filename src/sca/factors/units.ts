/** Units over enrolled elements. */
import { defineUnit, type Ended, forgetRows, queryBuilder, type Unit } from '../../store/index.ts'
import { areInUse, GONE, spendEnrolmentUnit } from '../enrolment/units.ts'
import type { FactorKind } from './factor.ts'
import type { FactorTables } from '../tables/index.ts'

const db = queryBuilder<FactorTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface FactorRow {
  readonly id: string
  readonly subject: string
  readonly kind: FactorKind
  readonly counter: number
  readonly createdAt: number
  /** Milliseconds since the epoch; `null`: never. */
  readonly usedAt: number | null
  readonly body: Uint8Array
}

export interface FactorUse {
  readonly id: string
  /** To where the counter goes; it must not be there yet. Absent: it has none. */
  readonly counter?: number
}

/** By which an element comes: its enrolment in hand, and the elements that allowed it. */
export interface EnrolledBy {
  readonly enrolment: string
  readonly elements: readonly string[]
}

/** `full`: the customer has `most` of them already. `taken`: the credential is somebody's, or was. `void`: what it comes by was ended meanwhile. */
export function* addFactorUnit({
  row,
  most,
  replaces,
  by,
}: {
  readonly row: Omit<FactorTables['sca_factor'], 'state' | 'used_at' | 'ended_at'>
  readonly most: number
  /** The customer's others of the same kind end with it: there is one passcode. */
  readonly replaces: boolean
  /** `null`: it comes by no enrolment (development). */
  readonly by: EnrolledBy | null
}): Steps<'added' | 'full' | 'taken' | 'void'> {
  if (by !== null) {
    if (!(yield* spendEnrolmentUnit({ id: by.enrolment, step: 'begun' }))) return 'void'
    if (!(yield* areInUse(row.subject, by.elements))) return 'void'
  }
  if (row.credential !== null) {
    const [known] = yield db()
      .selectFrom('sca_factor')
      .select('id')
      .where('credential', '=', row.credential)
      .compile()
    if (known !== undefined) return 'taken'
  }
  const active = yield db()
    .selectFrom('sca_factor')
    .select(['id', 'kind'])
    .where('subject', '=', row.subject)
    .where('state', '=', 'active')
    .compile()
  const replaced = active.filter(({ kind }) => replaces && kind === row.kind)
  if (active.length - replaced.length >= most) return 'full'
  for (const { id } of replaced)
    yield db()
      .updateTable('sca_factor')
      .set({ state: 'revoked', ended_at: row.created_at, body: GONE })
      .where('id', '=', String(id))
      .compile()
  yield db()
    .insertInto('sca_factor')
    .values({ ...row, state: 'active', used_at: null, ended_at: null })
    .compile()
  return 'added'
}

/** Those in use, oldest first. */
export function* factorsOfUnit({
  subject,
}: {
  readonly subject: string
}): Steps<readonly FactorRow[]> {
  const rows = yield db()
    .selectFrom('sca_factor')
    .selectAll()
    .where('subject', '=', subject)
    .where('state', '=', 'active')
    .orderBy('created_at')
    .orderBy('id')
    .compile()
  // Sound: the columns are as the migration declares them.
  return (rows as unknown as readonly FactorTables['sca_factor'][]).map((row) => ({
    id: row.id,
    subject: row.subject,
    kind: row.kind,
    counter: row.counter,
    createdAt: row.created_at,
    usedAt: row.used_at,
    body: row.body,
  }))
}

/** False: one of them is revoked, or its counter is there already; then none is used, as far as it was looked. Inside another unit. */
export function* useFactorsUnit({
  uses,
  now,
}: {
  readonly uses: readonly FactorUse[]
  readonly now: number
}): Steps<boolean> {
  for (const { id, counter } of uses) {
    const [row] = yield db()
      .selectFrom('sca_factor')
      .select('counter')
      .where('id', '=', id)
      .where('state', '=', 'active')
      .compile()
    if (row === undefined) return false
    if (counter !== undefined && Number(row['counter']) >= counter) return false
  }
  for (const { id, counter } of uses)
    yield db()
      .updateTable('sca_factor')
      .set(counter === undefined ? { used_at: now } : { used_at: now, counter })
      .where('id', '=', id)
      .compile()
  return true
}

/** False: the customer has none of this id in use. */
export function* revokeFactorUnit({
  id,
  subject,
  now,
}: {
  readonly id: string
  readonly subject: string
  readonly now: number
}): Steps<boolean> {
  const rows = yield db()
    .updateTable('sca_factor')
    .set({ state: 'revoked', ended_at: now, body: GONE })
    .where('id', '=', id)
    .where('subject', '=', subject)
    .where('state', '=', 'active')
    .returning('id')
    .compile()
  return rows.length > 0
}

/** Elements that ended, newest first. */
export function* endedFactorsUnit({
  subject,
  limit,
}: {
  readonly subject: string
  readonly limit: number
}): Steps<readonly EndedFactor[]> {
  const rows = yield db()
    .selectFrom('sca_factor')
    .select(['id', 'kind', 'created_at', 'ended_at'])
    .where('subject', '=', subject)
    .where('state', '=', 'revoked')
    .orderBy('ended_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .compile()
  // Sound: the columns are as the migration declares them, and what is revoked has an end.
  return (rows as unknown as readonly FactorTables['sca_factor'][]).map((row) => ({
    id: row.id,
    kind: row.kind,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? 0,
  }))
}
export interface EndedFactor {
  readonly id: string
  readonly kind: FactorKind
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly endedAt: number
}

/** False: it is not in use, or is not this customer's. */
export function* resealFactorUnit({
  id,
  subject,
  body,
}: Pick<FactorRow, 'id' | 'subject' | 'body'>): Steps<boolean> {
  const rows = yield db()
    .updateTable('sca_factor')
    .set({ body })
    .where('id', '=', id)
    .where('subject', '=', subject)
    .where('state', '=', 'active')
    .returning('id')
    .compile()
  return rows.length > 0
}

/** An element that ended: its secret goes at once, that there was one after eighteen months. A payment is disputed for thirteen (PSD2 Art. 71(1)); the span is ours. */
export const ENDED_KEPT_MS = 548 * 86_400_000

/** Those that ended before; gives how many went. */
export function* forgetFactorsUnit({ now, limit }: Ended): Steps<number> {
  return yield* forgetRows('sca_factor', 'ended_at', { now: now - ENDED_KEPT_MS, limit })
}

const here = import.meta.url
export const forgetFactors = defineUnit(here, 'forgetFactorsUnit', forgetFactorsUnit)
export const addFactor = defineUnit(here, 'addFactorUnit', addFactorUnit)
export const factorsOf = defineUnit(here, 'factorsOfUnit', factorsOfUnit)
export const endedFactors = defineUnit(here, 'endedFactorsUnit', endedFactorsUnit)
export const resealFactor = defineUnit(here, 'resealFactorUnit', resealFactorUnit)
export const revokeFactor = defineUnit(here, 'revokeFactorUnit', revokeFactorUnit)
