/** One row of attempts, read and written as parts of a unit of work. */
import { queryBuilder, type Unit } from '../../store/index.ts'
import type { AttemptTables } from '../tables/index.ts'

const db = queryBuilder<AttemptTables>()
export type AttemptRow = AttemptTables['sca_attempt']
type Steps<R> = ReturnType<Unit<unknown, R>>

export function* readAttempts(id: string, now: number): Steps<AttemptRow> {
  const [row] = yield db().selectFrom('sca_attempt').selectAll().where('id', '=', id).compile()
  // Sound: the columns are as the migration declares them.
  if (row !== undefined) return { ...(row as unknown as AttemptRow) }
  return {
    id,
    failures: 0,
    series: 0,
    blocks: 0,
    blocked_until: null,
    remember_until: 0,
    locked: 0,
    alerted: 0,
    window_from: now,
    window_count: 0,
    forget_at: now,
  }
}

export function* writeAttempts({ id, ...rest }: AttemptRow): Steps<null> {
  yield db()
    .insertInto('sca_attempt')
    .values({ id, ...rest })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(rest))
    .compile()
  return null
}
