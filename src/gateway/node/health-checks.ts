/**
 * Asks one address again and again whether it serves, apart from traffic. One check at a time, on a connection of its own; the pauses are
 * drawn anew each time, so that gateways which began together do not ask together.
 */
import type { PlanUpstream } from '../../decide/index.ts'
import type { Scheduler } from '../../lib/index.ts'

export type HealthPlan = NonNullable<PlanUpstream['health']>

export interface HealthParts {
  readonly scheduler: Scheduler
  /** 0 ≤ x < 1. */
  readonly chance: () => number
  /** Asks once; what is returned gives it up. */
  readonly probe: (done: (healthy: boolean) => void) => () => void
  /** Told when so many answers in a row said otherwise. It counts as healthy until then. */
  readonly changed: (healthy: boolean) => void
}

/** Part of the pause that is drawn. */
const JITTER = 0.2
const FIRST_WITHIN_MS = 1_000

/** The returned function ends it. */
export function checkHealth(plan: HealthPlan, parts: HealthParts): () => void {
  const { scheduler, chance, probe, changed } = parts
  let healthy = true
  /** Answers in a row that say otherwise. */
  let against = 0
  let cancel: () => void

  function ask(): void {
    let told = false
    const done = (well: boolean): void => {
      if (told) return
      told = true
      cancelLate()
      against = well === healthy ? 0 : against + 1
      if (against >= (healthy ? plan.unhealthyAfter : plan.healthyAfter)) {
        against = 0
        healthy = well
        changed(well)
      }
      cancel = scheduler.after(plan.intervalMs * (1 - JITTER / 2 + JITTER * chance()), ask)
    }
    let giveUp: (() => void) | undefined
    const cancelLate = scheduler.after(plan.timeoutMs, () => {
      giveUp?.()
      done(false)
    })
    cancel = () => {
      told = true
      cancelLate()
      giveUp?.()
    }
    giveUp = probe(done)
  }

  cancel = scheduler.after(Math.min(plan.intervalMs, FIRST_WITHIN_MS) * chance(), ask)
  return () => cancel()
}
