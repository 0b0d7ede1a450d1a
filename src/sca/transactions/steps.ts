/** Parts of units: what a transaction does once, beside it and under the keyed hash of what was agreed (`trace`). */
import { compiledQuery, queryBuilder, type Unit } from '../../store/index.ts'
import { stepOf, type TransactionStep, type TransactionTables } from '../tables/index.ts'

const db = queryBuilder<TransactionTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

const STEPS: readonly TransactionStep[] = ['refused', 'issued', 'spent']

const addStep = compiledQuery(['id', 'forget_at'], (row: TransactionTables['sca_step']) =>
  db()
    .insertInto('sca_step')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .compile(),
)
/** False: it did so before, whatever its state says. */
export function* takeStep(trace: string, step: TransactionStep, forgetAt: number): Steps<boolean> {
  return (yield addStep({ id: stepOf(trace, step), forget_at: forgetAt })).length > 0
}

/** None of it was done yet, whatever the state says. */
export function* isFresh(trace: string): Steps<boolean> {
  const [taken] = yield db()
    .selectFrom('sca_step')
    .select('id')
    .where(
      'id',
      'in',
      STEPS.map((step) => stepOf(trace, step)),
    )
    .limit(1)
    .compile()
  return taken === undefined
}
