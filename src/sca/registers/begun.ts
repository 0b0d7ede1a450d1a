/** Parts of the units over decisions: a payment that begins a series enters it, once it was authenticated and done (RTS Art. 14(1)). */
import { queryBuilder, type Unit } from '../../store/index.ts'
import type { FoundDecision } from '../ledger/found.ts'
import type { PreparedQuestion } from '../ledger/prepared.ts'
import type { RegisterTables } from '../tables/index.ts'
import { MAX_SERIES, room } from './room.ts'

const db = queryBuilder<RegisterTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export function* keepBegun({ id, owner, look, begins }: PreparedQuestion): Steps<void> {
  if (begins === null || look.series === null) return
  yield db()
    .insertInto('sca_begun_series')
    .values({ decision: id, payer: owner, series: look.series, ...begins })
    .compile()
}

/** `done`: it takes place, and is entered if it was authenticated and there is room; else it is forgotten. */
export function* settleBegun(
  { id, authentication, authenticated_at }: FoundDecision,
  done: boolean,
): Steps<void> {
  const [begun] = yield db()
    .deleteFrom('sca_begun_series')
    .where('decision', '=', id)
    .returning(['payer', 'series', 'payee', 'amount'])
    .compile()
  if (begun === undefined || !done || authentication !== 'succeeded') return
  const [payer, series] = [String(begun['payer']), String(begun['series'])]
  if (!(yield* room('sca_series', payer, [series], MAX_SERIES))) return
  yield* enterSeries({
    payer,
    series,
    payee: String(begun['payee']),
    amount: String(begun['amount']),
    entry: id,
    authenticated_at: authenticated_at ?? 0,
  })
}

/** In the place of one of that id. */
export function* enterSeries(row: RegisterTables['sca_series']): Steps<void> {
  const { payer: _, series: _id, ...rest } = row
  yield db()
    .insertInto('sca_series')
    .values(row)
    .onConflict((conflict) => conflict.columns(['payer', 'series']).doUpdateSet(rest))
    .compile()
}
