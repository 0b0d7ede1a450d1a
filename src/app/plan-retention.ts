/** Which archived plans may go: those that no event names any more, that are old, and that are neither the running one nor of its time. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Activation } from './activation-log.ts'

export interface OrphanPlan {
  readonly digest: string
  /** When it was kept; milliseconds since the epoch. */
  readonly keptAt: number
}

interface Question {
  readonly dataDir: string
  /** Digests that the events name which are still there. */
  readonly named: ReadonlySet<string>
  /** Oldest first. */
  readonly activations: readonly Activation[]
  readonly active: string | undefined
  /** Plans kept before this time may go; milliseconds since the epoch. */
  readonly before: number
}

/** Posture of a past day needs the plan that was in force then, so what was activated since `before`, and the one before that, stays. */
export function orphanPlans(question: Question): readonly OrphanPlan[] {
  const { dataDir, named, activations, active, before } = question
  const dir = join(dataDir, 'plans')
  const firstKept = activations.findLastIndex(({ at }) => at < before)
  const needed = new Set(activations.slice(Math.max(0, firstKept)).map(({ digest }) => digest))
  return plansIn(dir).flatMap((hex) => {
    const digest = `sha256:${hex}`
    const keptAt = statSync(join(dir, `${hex}.json`)).mtimeMs
    const kept = named.has(digest) || needed.has(digest) || digest === active || keptAt >= before
    return kept ? [] : [{ digest, keptAt: Math.trunc(keptAt) }]
  })
}

export function removePlans(dataDir: string, plans: readonly OrphanPlan[]): void {
  for (const { digest } of plans)
    // The signature last: without it, a plan that a crash left could not be told from a forged one.
    for (const end of ['json', 'sig'])
      rmSync(join(dataDir, 'plans', `${digest.slice('sha256:'.length)}.${end}`), { force: true })
}

function plansIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? [])
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
