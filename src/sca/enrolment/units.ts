/** Units over enrolments: each is taken once. */
import { defineUnit, type Ended, forgetRows, queryBuilder, type Unit } from '../../store/index.ts'
import type { EnrolmentTables } from '../tables/index.ts'

const db = queryBuilder<EnrolmentTables>()
type Row = EnrolmentTables['sca_enrolment']
type Steps<R> = ReturnType<Unit<unknown, R>>

/** The customer's older ones of this step end with it. */
export function* putEnrolmentUnit(row: Row): Steps<null> {
  yield db()
    .deleteFrom('sca_enrolment')
    .where('subject', '=', row.subject)
    .where('step', '=', row.step)
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

export function* forgetEnrolmentsUnit(ended: Ended): Steps<number> {
  return yield* forgetRows('sca_enrolment', 'expires_at', ended)
}

const here = import.meta.url
export const putEnrolment = defineUnit(here, 'putEnrolmentUnit', putEnrolmentUnit)
export const takeEnrolment = defineUnit(here, 'takeEnrolmentUnit', takeEnrolmentUnit)
export const forgetEnrolments = defineUnit(here, 'forgetEnrolmentsUnit', forgetEnrolmentsUnit)
