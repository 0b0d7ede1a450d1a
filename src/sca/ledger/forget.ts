/** Decisions whose time is over, with their evidence and what was reported of them. */
import { defineUnit, queryBuilder, type Unit } from '../../store/index.ts'
import type { FraudTables, LedgerTables, RegisterTables } from '../tables/index.ts'

const db = queryBuilder<FraudTables & LedgerTables & RegisterTables>()

/** Five years and a day for each leap year: what was authorised may be disputed for thirteen months, and is audited later. The span is ours. */
export const KEPT_MS = 5 * 366 * 86_400_000

/** Gives how many went, fewer than `limit` when no more are left. */
export function* forgetDecisionsUnit({
  before,
  limit,
}: {
  readonly before: number
  readonly limit: number
}): ReturnType<Unit<unknown, number>> {
  const old = yield db()
    .selectFrom('sca_decision')
    .select('id')
    .where('at', '<', before)
    .orderBy('at')
    .limit(limit)
    .compile()
  for (const row of old) {
    const id = String(row['id'])
    yield db().deleteFrom('sca_evidence').where('id', '=', id).compile()
    yield db().deleteFrom('sca_fraud').where('decision', '=', id).compile()
    yield db().deleteFrom('sca_begun_series').where('decision', '=', id).compile()
    yield db().deleteFrom('sca_decision').where('id', '=', id).compile()
  }
  return old.length
}

export const forgetDecisions = defineUnit(
  import.meta.url,
  'forgetDecisionsUnit',
  forgetDecisionsUnit,
)
