/**
 * Retention: what is older than `retention` in gatehouse.yaml goes, each with proof, and nothing while a hold is in force. Segments of the
 * spool go whole and only after every consumer and the index have passed them; plans go when no event names them any more.
 */
import { inForce, type Hold, readHolds } from '../audit/index.ts'
import type { RetentionConfig } from '../config/index.ts'
import type { DeletionRecord, Retirable, Spool } from '../events/index.ts'
import { type Clock, GatehouseError, type Scheduler } from '../lib/index.ts'
import { readActivations } from './activation-log.ts'
import type { EventIndexing } from './event-indexing.ts'
import { orphanPlans, type OrphanPlan, removePlans } from './plan-retention.ts'

export const DAY_MS = 86_400_000
const PERIOD_MS = 3_600_000
/** Not while the start is still busy. */
const FIRST_AFTER_MS = 60_000
/** Deletions of one run; what is left waits for the next. */
const MAX_DELETIONS_PER_RUN = 16

export interface RetentionRun {
  readonly holds: readonly Hold[]
  readonly deletions: readonly DeletionRecord[]
  /** Consumer that keeps what is old enough. */
  readonly heldBy: string | null
  readonly plans: readonly OrphanPlan[]
}

export interface RetentionParts {
  readonly dataDir: string
  /** As the configuration has it now. */
  readonly config: () => RetentionConfig
  readonly spool: Pick<Spool, 'retirable' | 'retire' | 'lastSeq'>
  readonly indexing: Pick<EventIndexing, 'index'>
  /** The plan that runs. */
  readonly active: () => string
  readonly pruneObservations: (before: number) => Promise<number>
  readonly clock: Clock
  readonly newId: () => string
}

/** The index is never about events that are gone. */
export function indexDays({ index, events }: RetentionConfig): number {
  return Math.min(index, events)
}

/** One run. @throws GH_EVENTS_SPOOL_CORRUPT (a damaged segment stays), GH_EVENTS_SPOOL_FAILED */
export async function runRetention(parts: RetentionParts, by: string): Promise<RetentionRun> {
  const { dataDir, spool, clock, newId } = parts
  const config = parts.config()
  const now = clock.now()
  const holds = readHolds(dataDir).filter((hold) => inForce(hold, now))
  if (holds.length > 0) return { holds, deletions: [], heldBy: null, plans: [] }
  const deletions: DeletionRecord[] = []
  const before = now - config.events * DAY_MS
  let found: Retirable = { segments: [], heldBy: null }
  for (let turn = 0; turn < MAX_DELETIONS_PER_RUN; turn++) {
    found = await spool.retirable(before, indexPosition(parts))
    if (found.segments.length === 0) break
    deletions.push(
      await spool.retire(found.segments, {
        id: newId(),
        at: now,
        policy: `events: ${config.events}d`,
        by,
      }),
    )
  }
  await parts.pruneObservations(now - config.observations * DAY_MS)
  const plans = await oldPlans(parts, now)
  removePlans(dataDir, plans)
  return { holds, deletions, heldBy: found.heldBy, plans }
}

/** An index that is not there yet has passed nothing; one that is being made again begins with what is left. */
function indexPosition({ indexing }: RetentionParts): ReadonlyMap<string, number> {
  try {
    return new Map([['index', indexing.index().progress.indexedSeq]])
  } catch {
    return new Map([['index', 0]])
  }
}

/** Only an index that has caught up can say that no event names a plan. */
async function oldPlans(parts: RetentionParts, now: number): Promise<readonly OrphanPlan[]> {
  const { dataDir, spool, indexing, active } = parts
  try {
    const index = indexing.index()
    const { ready, indexedSeq } = index.progress
    if (!ready || indexedSeq < spool.lastSeq - MAX_LAG) return []
    return orphanPlans({
      dataDir,
      named: new Set(await index.plansInUse()),
      activations: readActivations(dataDir),
      active: active(),
      before: now - parts.config().plans * DAY_MS,
    })
  } catch {
    return [] // it is being made: the next run looks again
  }
}
/** What is younger than this many events is of plans that are young too. */
const MAX_LAG = 10_000

export function startRetention(
  parts: RetentionParts & {
    readonly scheduler: Scheduler
    /** Told of each run that did something, could not, or was held. */
    readonly say: (text: string) => void
  },
): { stop(): Promise<void> } {
  let running: Promise<void> | undefined
  let said = ''
  const sayOnce = (text: string): void => {
    if (text !== said && text !== '') parts.say(text)
    said = text
  }
  const run = async (): Promise<void> => {
    try {
      const { holds, heldBy, plans } = await runRetention(parts, 'retention job')
      if (plans.length > 0) parts.say(`${plans.length} plans that no event names were deleted`)
      sayOnce(stateText(holds, heldBy))
    } catch (error) {
      const code = error instanceof GatehouseError ? error.code : 'an internal fault'
      sayOnce(`retention could not delete what is older than its limit (${code})`)
    }
  }
  const tick = (): void => {
    running ??= run().finally(() => (running = undefined))
  }
  const stops = [
    parts.scheduler.after(FIRST_AFTER_MS, tick),
    parts.scheduler.every(PERIOD_MS, tick),
  ]
  return {
    async stop() {
      for (const stop of stops) stop()
      await running
    },
  }
}

function stateText(holds: readonly Hold[], heldBy: string | null): string {
  if (holds.length > 0)
    return `retention deletes nothing: ${holds.map(({ id }) => id).join(', ')} in force`
  return heldBy === null ? '' : `retention waits: ${heldBy} has not read what is old enough to go`
}
