/** From tallies to observations: one for the last pass and one for the last hole, each with its own end. */
import { control as controlById, type Observation } from '../../controls/index.ts'
import type { StoredEvent } from '../../events/index.ts'
import { addUp, freshnessMs, type Tally, type TallyPorts } from './tally.ts'

export const TRAFFIC_SOURCE = 'traffic@1'

/** Observations of the tallies; a control whose catalogue entry does not list traffic gives only failures, which always count. */
export function observationsOf(tallies: Iterable<Tally>): readonly Observation[] {
  return [...tallies].flatMap((tally) => {
    const { api, control, held, refused, letThrough, lastPassAt, lastFail } = tally
    const population = held + refused + letThrough
    const common = {
      control,
      api,
      kind: 'traffic',
      population,
      source: TRAFFIC_SOURCE,
      reproduce: `gatehouse events tail --api ${api}`,
    } as const
    const since = new Date(tally.since).toISOString().slice(0, 16)
    const seen = `${population} requests since ${since}Z${coverage(tally)}`
    const found: Observation[] = []
    const shows = controlById(control)?.evidence.kinds.includes('traffic') ?? true
    if (lastPassAt !== null && shows)
      found.push({
        ...common,
        outcome: 'pass',
        value: `${seen}: held for ${held}, refused ${refused}`,
        collectedAt: lastPassAt,
        expiresAt: lastPassAt + freshnessMs(control),
      })
    if (lastFail !== null)
      found.push({
        ...common,
        outcome: 'fail',
        value: `${seen}: ${letThrough} went on although ${lastFail.rule} would have refused them (last: ${lastFail.code})`,
        collectedAt: lastFail.at,
        expiresAt: lastFail.at + freshnessMs(control),
      })
    return found
  })
}

function coverage({ operations, carriedBy }: Tally): string {
  const seen = operations.length
  if (carriedBy === null || carriedBy === 0) return `, ${seen} operations`
  const share = Math.floor((100 * Math.min(seen, carriedBy)) / carriedBy)
  return `, ${seen} of ${carriedBy} operations (${share} %)`
}

/** What these events alone show, without memory: for replays and for a look at a stretch of the spool. */
export function deriveTrafficObservations(
  events: readonly StoredEvent[],
  ports: TallyPorts,
): readonly Observation[] {
  return observationsOf(addUp(new Map(), events, ports).values())
}
