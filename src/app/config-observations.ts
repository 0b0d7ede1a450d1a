/** What the active policy says, as observations: the one evidence kind that proves nothing alone (DESIGN §1). */
import type { Observation } from '../controls/index.ts'
import type { Objective } from '../objectives/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'

const DAY_MS = 86_400_000
const SOURCE = 'policy@1'

/** One passing observation for each control that a rule enforces on every request it is for. Good for the objective's days. */
export function configObservations(
  policy: CompiledPolicy,
  objectives: readonly Objective[],
  now: number,
): readonly Observation[] {
  return policy.configured.flatMap((item): Observation[] => {
    const full = item.mode === 'enforce' && item.fraction === null && item.operations > 0
    const days = objectives.find((one) => one.api === item.api)?.protection['configEvidenceDays']
    if (!full || typeof days !== 'number') return []
    return [
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
