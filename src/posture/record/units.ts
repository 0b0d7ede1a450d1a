/** Units of work over the tables beside this file; loaded in the store's worker. */
import type { Observation } from '../../controls/index.ts'
import { defineUnit, queryBuilder, type Rows, type Unit } from '../../store/index.ts'
import { keepHistory } from './history-units.ts'
import type { PostureTables } from './tables.ts'

const db = queryBuilder<PostureTables>()

export interface Offset {
  readonly partition: number
  readonly seq: number
}
export interface TallyText {
  readonly api: string
  readonly control: string
  readonly state: string
}

type Steps<A, R> = ReturnType<Unit<A, R>>

/** Keeps, for each producer and outcome, the newest observation. */
export function* putObservationsUnit(observations: readonly Observation[]): Steps<unknown, null> {
  for (const item of observations)
    yield db()
      .insertInto('observation')
      .values({
        api: item.api,
        control: item.control,
        kind: item.kind,
        source: item.source,
        outcome: item.outcome,
        value: item.value,
        population: item.population,
        collected_at: item.collectedAt,
        expires_at: item.expiresAt,
        reproduce: item.reproduce,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['api', 'control', 'kind', 'source', 'outcome'])
          .doUpdateSet((eb) => ({
            value: eb.ref('excluded.value'),
            population: eb.ref('excluded.population'),
            collected_at: eb.ref('excluded.collected_at'),
            expires_at: eb.ref('excluded.expires_at'),
            reproduce: eb.ref('excluded.reproduce'),
          }))
          // What arrives late must not shorten what is known.
          .whereRef('excluded.collected_at', '>=', 'observation.collected_at'),
      )
      .compile()
  yield* keepHistory(observations)
  return null
}
export const putObservations = defineUnit(
  import.meta.url,
  'putObservationsUnit',
  putObservationsUnit,
)

/** All observations of one API, or of all (`null`). */
export function* listObservationsUnit(api: string | null): Steps<unknown, Rows> {
  let query = db().selectFrom('observation').selectAll()
  if (api !== null) query = query.where('api', '=', api)
  return yield query.orderBy('api').orderBy('control').orderBy('collected_at', 'desc').compile()
}
export const listObservations = defineUnit(
  import.meta.url,
  'listObservationsUnit',
  listObservationsUnit,
)

export interface TrafficState {
  readonly offsets: Rows
  readonly tallies: Rows
}
export function* loadTrafficUnit(): Steps<unknown, TrafficState> {
  const offsets = yield db().selectFrom('traffic_offset').selectAll().compile()
  const tallies = yield db().selectFrom('traffic_tally').selectAll().compile()
  return { offsets, tallies }
}
export const loadTraffic = defineUnit<null, TrafficState>(import.meta.url, 'loadTrafficUnit')

export interface TrafficStep {
  /** Offsets that the step was computed from. */
  readonly expected: readonly Offset[]
  readonly offsets: readonly Offset[]
  readonly tallies: readonly TallyText[]
  readonly observations: readonly Observation[]
}

/** Counts, observations and offsets together or not at all; `false` when another consumer was there first: nothing was written. */
export function* saveTrafficUnit(step: TrafficStep): Steps<unknown, boolean> {
  const rows = yield db().selectFrom('traffic_offset').selectAll().compile()
  const now = new Map(rows.map((row) => [row['partition'], row['seq']]))
  const same =
    now.size === step.expected.length &&
    step.expected.every(({ partition, seq }) => now.get(partition) === seq)
  if (!same) return false
  for (const tally of step.tallies)
    yield db()
      .insertInto('traffic_tally')
      .values({ ...tally })
      .onConflict((conflict) =>
        conflict
          .columns(['api', 'control'])
          .doUpdateSet((eb) => ({ state: eb.ref('excluded.state') })),
      )
      .compile()
  for (const offset of step.offsets)
    yield db()
      .insertInto('traffic_offset')
      .values({ ...offset })
      .onConflict((conflict) =>
        conflict.column('partition').doUpdateSet((eb) => ({ seq: eb.ref('excluded.seq') })),
      )
      .compile()
  yield* putObservationsUnit(step.observations)
  return true
}
export const saveTraffic = defineUnit(import.meta.url, 'saveTrafficUnit', saveTrafficUnit)
