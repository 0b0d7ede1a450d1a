import { apiClient } from '../api/index.ts'
import {
  diffPlans,
  describeDifference,
  type EffectivePolicy,
  type PolicyFinding,
} from '../policy/index.ts'
import type { Assembly } from './assemble.ts'
import { planArchive } from './plan-archive.ts'
import { shapeChanges } from './shape-changes.ts'
import { socketPath } from './socket-path.ts'

export interface PlanReport {
  readonly digest: string
  /** Digest of the plan that runs, or ran last; `null` if none ever did. */
  readonly running: string | null
  readonly live: boolean
  readonly effective: readonly EffectivePolicy[]
  readonly findings: readonly PolicyFinding[]
  /** One line per difference between what runs and this configuration. */
  readonly differences: readonly string[]
}

/** Compares with the running instance if there is one, else with the plan that ran last. */
export async function planReport({ config, policy }: Assembly): Promise<PlanReport> {
  const archive = planArchive(config.dataDir)
  const live = await apiClient(socketPath(config.dataDir))
    .status()
    .catch(() => undefined)
  const before = live === undefined ? archive.active() : archive.find(live.plan)
  return {
    digest: policy.plan.digest,
    running: live?.plan ?? before?.plan.digest ?? null,
    live: live !== undefined,
    effective: policy.effective,
    findings: policy.findings,
    differences: [
      ...diffPlans(before?.plan ?? null, policy.plan).map(describeDifference),
      ...shapeChanges(before?.plan ?? null, policy.plan),
    ],
  }
}
