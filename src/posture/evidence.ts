/** How long evidence counts. Configuration, probes and tests age by the objective's days, all else by the control's. */
import type { Control, EvidenceKind, Observation } from '../controls/index.ts'
import type { Objective } from '../objectives/index.ts'

export const DAY_MS = 86_400_000
/** Clocks of two machines may differ; evidence from further ahead proves nothing yet. */
export const CLOCK_SKEW_MS = 60_000

/** An observation with the end that this objective gives it. */
export interface Evidence {
  readonly observation: Observation
  /** Milliseconds since the epoch; at this instant it no longer counts. Never later than its producer said. */
  readonly expiresAt: number
  readonly fresh: boolean
}

const OBJECTIVE_DAYS: Readonly<Record<EvidenceKind, string | null>> = {
  'gateway-config': 'configEvidenceDays',
  'external-probe': 'probeEvidenceDays',
  'active-test': 'activeTestDays',
  traffic: null,
  attestation: null,
}

/** Days that evidence of this kind counts for this control. */
export function evidenceDays(control: Control, kind: EvidenceKind, objective: Objective): number {
  const name = OBJECTIVE_DAYS[kind]
  const days = name === null ? undefined : objective.protection[name]
  return days ?? control.evidence.freshnessDays
}

export function weigh(
  observation: Observation,
  control: Control,
  objective: Objective,
  now: number,
): Evidence {
  const days = evidenceDays(control, observation.kind, objective)
  const expiresAt = Math.min(observation.expiresAt, observation.collectedAt + days * DAY_MS)
  // A comparison with NaN is false, so a broken time is never fresh.
  const fresh = now < expiresAt && observation.collectedAt <= now + CLOCK_SKEW_MS
  return { observation, expiresAt, fresh }
}
