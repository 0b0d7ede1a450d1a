/** `gatehouse plan --replay`: the recorded traffic of an installation, decided again under a configuration that does not run yet. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Plan } from '../decide/index.ts'
import { readSpool } from '../events/index.ts'
import { createReplay, type ReplayReport, type TimeRange } from '../policy/replay/index.ts'
import type { Assembly } from './assemble.ts'
import { linearRegex } from './linear-regex.ts'
import { planArchive } from './plan-archive.ts'

export interface ReplayOptions {
  readonly range: TimeRange
  readonly signal: AbortSignal
  /** Only decisions of this API; absent: all. */
  readonly api?: string | undefined
  readonly progress?: (done: number, total: number) => void
}

export interface ReplayAnswer extends ReplayReport {
  /** `null`: of every API. */
  readonly api: string | null
  /** RFC 3339; `null`: open. */
  readonly from: string | null
  readonly to: string | null
}

/** Plans that events may name. Beyond this their oldest are read again as needed. */
const MAX_PLANS = 64

/**
 * Reads the spool of the data directory, which a running instance may be writing. No spool: nothing has happened yet.
 * @throws GH_EVENTS_SPOOL_CORRUPT, GH_POLICY_REPLAY_FORMAT, and the reason of `signal`
 */
export async function replayReport(
  { config, policy }: Assembly,
  { range, signal, api, progress }: ReplayOptions,
): Promise<ReplayAnswer> {
  const dir = join(config.dataDir, 'spool')
  const archive = planArchive(config.dataDir)
  const plans = new Map<string, Plan | undefined>()
  const planOf = (digest: string): Plan | undefined => {
    if (plans.has(digest)) return plans.get(digest)
    if (plans.size >= MAX_PLANS) plans.clear()
    const plan = archive.find(digest)?.plan
    plans.set(digest, plan)
    return plan
  }
  const replay = createReplay({ draft: policy.plan, regex: linearRegex, planOf, api })
  if (existsSync(dir))
    await readSpool({ dir, from: range.from, signal, ...(progress && { progress }) }, (event) => {
      if (event.at >= range.from && event.at < range.to) replay.take(event)
    })
  return {
    api: api ?? null,
    from: range.from === 0 ? null : new Date(range.from).toISOString(),
    to: Number.isFinite(range.to) ? new Date(range.to).toISOString() : null,
    ...replay.report(),
  }
}
