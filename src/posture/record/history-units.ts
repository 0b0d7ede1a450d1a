/** Units of work over `observation_history`; loaded in the store's worker. */
import type { Observation } from '../../controls/index.ts'
import { defineUnit, queryBuilder, type Rows, type Unit } from '../../store/index.ts'
import type { PostureTables } from './tables.ts'

const db = queryBuilder<PostureTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>
const DAY_MS = 86_400_000
const KEY = ['api', 'control', 'kind', 'source', 'outcome'] as const

/** The first of a day stays as it was; the last is replaced by what is later. */
export function* keepHistory(observations: readonly Observation[]): Steps<null> {
  for (const item of observations) {
    const values = {
      api: item.api,
      control: item.control,
      kind: item.kind,
      source: item.source,
      outcome: item.outcome,
      day: Math.floor(item.collectedAt / DAY_MS),
      value: item.value,
      population: item.population,
      collected_at: item.collectedAt,
      expires_at: item.expiresAt,
      reproduce: item.reproduce,
    }
    yield db()
      .insertInto('observation_history')
      .values({ ...values, edge: 0 })
      .onConflict((conflict) => conflict.columns([...KEY, 'day', 'edge']).doNothing())
      .compile()
    yield db()
      .insertInto('observation_history')
      .values({ ...values, edge: 1 })
      .onConflict((conflict) =>
        conflict
          .columns([...KEY, 'day', 'edge'])
          .doUpdateSet((eb) => ({
            value: eb.ref('excluded.value'),
            population: eb.ref('excluded.population'),
            collected_at: eb.ref('excluded.collected_at'),
            expires_at: eb.ref('excluded.expires_at'),
            reproduce: eb.ref('excluded.reproduce'),
          }))
          .whereRef('excluded.collected_at', '>=', 'observation_history.collected_at'),
      )
      .compile()
  }
  return null
}

/** Of each producer and outcome, the newest that had been collected at that time; milliseconds since the epoch. */
export function* observationsAtUnit(at: number): Steps<Rows> {
  const newest = db()
    .selectFrom('observation_history')
    .select([...KEY])
    .select((eb) => eb.fn.max('collected_at').as('newest'))
    .where('collected_at', '<=', at)
    .groupBy([...KEY])
    .as('then')
  const rows = yield db()
    .selectFrom('observation_history as seen')
    .innerJoin(newest, (join) =>
      KEY.reduce((on, column) => on.onRef(`seen.${column}`, '=', `then.${column}`), join).onRef(
        'seen.collected_at',
        '=',
        'then.newest',
      ),
    )
    .selectAll('seen')
    .orderBy('seen.api')
    .orderBy('seen.control')
    .orderBy('seen.edge')
    .compile()
  // The only one of a day is its first and its last.
  return rows.filter(
    (row, i) => i === 0 || !KEY.every((column) => row[column] === rows[i - 1]?.[column]),
  )
}
export const observationsAt = defineUnit(import.meta.url, 'observationsAtUnit', observationsAtUnit)

export interface Prune {
  readonly before: number
  readonly limit: number
}

/** How many rows it took away: fewer than `limit` when nothing more is that old. */
export function* pruneHistoryUnit({ before, limit }: Prune): Steps<number> {
  const [edge] = yield db()
    .selectFrom('observation_history')
    .select('collected_at')
    .where('collected_at', '<', before)
    .orderBy('collected_at')
    .offset(limit - 1)
    .limit(1)
    .compile()
  const upTo = edge === undefined ? before : Number(edge['collected_at']) + 1
  const gone = yield db()
    .deleteFrom('observation_history')
    .where('collected_at', '<', upTo)
    .returning('collected_at')
    .compile()
  return gone.length
}
export const pruneHistory = defineUnit(import.meta.url, 'pruneHistoryUnit', pruneHistoryUnit)

/** When the oldest that is kept was collected; `null`: nothing is. */
export function* oldestHistoryUnit(): Steps<number | null> {
  const [row] = yield db()
    .selectFrom('observation_history')
    .select('collected_at')
    .orderBy('collected_at')
    .limit(1)
    .compile()
  return row === undefined ? null : Number(row['collected_at'])
}
export const oldestHistory = defineUnit(import.meta.url, 'oldestHistoryUnit', oldestHistoryUnit)
