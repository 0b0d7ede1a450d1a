/** Units over enrolments: each is taken once. */
import { defineUnit, type Ended, forgetRows, queryBuilder, type Unit } from '../../store/index.ts'
import type { EnrolmentTables } from '../tables/index.ts'

const db = queryBuilder<EnrolmentTables>()
type Row = EnrolmentTables['sca_enrolment']
type Steps<R> = ReturnType<Unit<unknown, R>>

/** The customer's older one of this step and kind ends with it. */
export function* putEnrolmentUnit(row: Row): Steps<null> {
  yield db()
    .deleteFrom('sca_enrolment')
    .where('subject', '=', row.subject)
    .where('step', '=', row.step)
    .where('kind', 'in', [row.kind, ''])
    .compile()
  yield db().insertInto('sca_enrolment').values(row).compile()
  return null
}

/** Its body for the first who asks; afterwards there is none. */
export function* takeEnrolmentUnit({
  id,
  step,
  subject,
  now,
}: Pick<Row, 'id' | 'step' | 'subject'> & { readonly now: number }): Steps<Uint8Array | null> {
  const [row] = yield db()
    .deleteFrom('sca_enrolment')
    .where('id', '=', id)
    .where('step', '=', step)
    .where('subject', '=', subject)
    .where('expires_at', '>', now)
    .returning('body')
    .compile()
  const body = row?.['body']
  return body instanceof Uint8Array ? body : null
}

/** Activation codes that wait for this customer, oldest first. */
export function* waitingEnrolmentsUnit({
  subject,
  now,
}: {
  readonly subject: string
  readonly now: number
}): Steps<readonly WaitingRow[]> {
  const rows = yield db()
    .selectFrom('sca_enrolment')
    .select(['id', 'created_at', 'expires_at', 'body'])
    .where('subject', '=', subject)
    .where('step', '=', 'activation')
    .where('expires_at', '>', now)
    .orderBy('created_at')
    .orderBy('id')
    .compile()
  return rows as unknown as readonly WaitingRow[] // sound: the columns are as the migrations declare them
}

/** Codes and enrolments of this customer, of one kind or (absent) all: whoever has one has nothing any more. Gives how many went. */
export function* dropEnrolmentsUnit({ subject, kind }: DropAsked): Steps<number> {
  const all = db().deleteFrom('sca_enrolment').where('subject', '=', subject)
  const rows = yield (kind === undefined ? all : all.where('kind', 'in', [kind, '']))
    .returning('id')
    .compile()
  return rows.length
}

export interface DropAsked {
  readonly subject: string
  readonly kind?: string
}
export type WaitingRow = Pick<Row, 'id' | 'created_at' | 'expires_at' | 'body'>

export function* forgetEnrolmentsUnit(ended: Ended): Steps<number> {
  return yield* forgetRows('sca_enrolment', 'expires_at', ended)
}

const here = import.meta.url
export const putEnrolment = defineUnit(here, 'putEnrolmentUnit', putEnrolmentUnit)
export const takeEnrolment = defineUnit(here, 'takeEnrolmentUnit', takeEnrolmentUnit)
export const waitingEnrolments = defineUnit(here, 'waitingEnrolmentsUnit', waitingEnrolmentsUnit)
export const dropEnrolments = defineUnit(here, 'dropEnrolmentsUnit', dropEnrolmentsUnit)
export const forgetEnrolments = defineUnit(here, 'forgetEnrolmentsUnit', forgetEnrolmentsUnit)
