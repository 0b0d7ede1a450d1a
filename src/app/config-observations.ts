/** What the active policy says, as observations: the one evidence kind that proves nothing alone (DESIGN §1). */
import type { ObserveAllStatus } from '../api/index.ts'
import type { Observation } from '../controls/index.ts'
import type { Objective } from '../objectives/index.ts'
import type { CompiledPolicy, ConfiguredControl } from '../policy/index.ts'
import type { ObserveAll } from './observe-all.ts'

const DAY_MS = 86_400_000
const SOURCE = 'policy@1'

/** One passing observation for each control that a rule enforces on every request it is for. Good for the objective's days. */
export function configObservations(
  policy: CompiledPolicy,
  objectives: readonly Objective[],
  now: number,
  observeAll: Switched,
): readonly Observation[] {
  return policy.configured.flatMap((item): Observation[] => {
    const full = item.mode === 'enforce' && item.fraction === null && item.operations > 0
    const days = objectives.find((one) => one.api === item.api)?.protection['configEvidenceDays']
    if (!full || typeof days !== 'number') return []
    const { status, lifted } = observeAll
    if (isUnder(status, item)) return [suspended(item, status, now)]
    // What was said of a switch that was lifted early counts no longer than the switch.
    const over = isUnder(lifted, item) ? [suspended(item, { ...lifted, until: now + 1 }, now)] : []
    return [
      ...over,
      {
        control: item.control,
        api: item.api,
        kind: 'gateway-config',
        outcome: 'pass',
        value: `rule ${item.rule} enforces it on ${item.operations} of ${item.of} operations`,
        population: item.operations,
        collectedAt: now,
        expiresAt: now + days * DAY_MS,
        source: SOURCE,
        reproduce: `gatehouse plan ${item.api}`,
      },
    ]
  })
}

/** The kill switch: as it is, and as it was before it was lifted. */
export type Switched = Pick<ObserveAll, 'status' | 'lifted'>

function isUnder(
  status: ObserveAllStatus | null,
  { api, origin }: ConfiguredControl,
): status is ObserveAllStatus {
  if (status === null || origin.level === 'mandate') return false
  return status.apis.length === 0 || status.apis.includes(api)
}

function suspended(
  { control, api, rule, operations }: ConfiguredControl,
  { until }: ObserveAllStatus,
  now: number,
): Observation {
  return {
    control,
    api,
    kind: 'gateway-config',
    outcome: 'fail',
    value: `rule ${rule} only observes while observe-all is on`,
    population: operations,
    collectedAt: now,
    expiresAt: until,
    source: SOURCE,
    reproduce: 'gatehouse status',
  }
}
