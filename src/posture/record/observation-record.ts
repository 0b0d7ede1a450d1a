/** The observations of the store, as the one sink that every producer writes to and as what posture reads. */
import type { Observation, ObservationSink } from '../../controls/index.ts'
import { enumerations, type EvidenceKind } from '../../controls/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import type { Rows, Store } from '../../store/index.ts'
import { observationsAt, oldestHistory, pruneHistory } from './history-units.ts'
import { listObservations, putObservations } from './units.ts'

export function observationSink(store: Store): ObservationSink {
  return {
    async put(observations) {
      await store.run(putObservations, observations)
    },
  }
}

/** Last pass and last fail of each producer for one API, or for all. @throws GH_POSTURE_RECORD_INVALID */
export async function readObservations(
  store: Store,
  api: string | null = null,
): Promise<readonly Observation[]> {
  const rows = await store.run(listObservations, api)
  return rows.map(parse)
}

export interface PastObservations {
  readonly observations: readonly Observation[]
  /** When the oldest that is still known was collected; `null`: nothing is. Of the time before it, nothing can be said. */
  readonly since: number | null
}

/** What was known at a time; milliseconds since the epoch. @throws GH_POSTURE_RECORD_INVALID */
export async function readObservationsAt(store: Store, at: number): Promise<PastObservations> {
  const since = await store.run(oldestHistory, null)
  const rows = await store.run(observationsAt, at)
  return { observations: rows.map(parse), since }
}

const PRUNED_AT_ONCE = 1000

/** Forgets what was collected before that time; how many it were. */
export async function pruneObservations(store: Store, before: number): Promise<number> {
  let total = 0
  for (;;) {
    const gone = await store.run(pruneHistory, { before, limit: PRUNED_AT_ONCE })
    total += gone
    if (gone < PRUNED_AT_ONCE) return total
  }
}

function parse(row: Rows[number]): Observation {
  const kind = kindOf(text(row, 'kind'))
  const outcome = text(row, 'outcome')
  if (kind === undefined || (outcome !== 'pass' && outcome !== 'fail'))
    throw new GatehouseError('GH_POSTURE_RECORD_INVALID', `kind or outcome: ${outcome}`)
  return {
    control: text(row, 'control'),
    api: text(row, 'api'),
    kind,
    outcome,
    value: text(row, 'value'),
    population: number(row, 'population'),
    collectedAt: number(row, 'collected_at'),
    expiresAt: number(row, 'expires_at'),
    source: text(row, 'source'),
    reproduce: text(row, 'reproduce'),
  }
}

function kindOf(word: string): EvidenceKind | undefined {
  // Sound: the words of the catalogue are those of the type (its integrity test).
  return Object.hasOwn(enumerations().evidenceKinds, word) ? (word as EvidenceKind) : undefined
}

function text(row: Rows[number], column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new GatehouseError('GH_POSTURE_RECORD_INVALID', column)
  return value
}

function number(row: Rows[number], column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new GatehouseError('GH_POSTURE_RECORD_INVALID', column)
  return value
}
