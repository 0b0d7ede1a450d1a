/**
 * Posture as it was: the objective that was in force then, the plan that ran then, and what had been seen by then; expiry is judged at
 * that time. What cannot be known any more is said to be unknown, never guessed from today.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { GatehouseConfig } from '../config/index.ts'
import type { Control } from '../controls/index.ts'
import { GatehouseError, nearest } from '../lib/index.ts'
import {
  type ConfiguredControl,
  configuredControls,
  type EffectivePolicy,
} from '../policy/index.ts'
import { type PastObservations, readObservationsAt } from '../posture/index.ts'
import { readActivations } from './activation-log.ts'
import { connect } from './connect.ts'
import { clientAuthenticationControls } from './identity/client-authentication-control.ts'
import { objectiveLog } from './objective-log.ts'
import { openStore } from './open-store.ts'
import { planArchive } from './plan-archive.ts'
import { type JudgedApi, type PostureReport, reportOf } from './posture-report.ts'
import { scaControls } from './sca/configured-controls.ts'

export interface PastPosture extends PostureReport {
  /** Digest of the plan that was in force; `null`: not known. */
  readonly plan: string | null
  /** APIs of which nothing can be said at that time, with the reason. */
  readonly unknown: readonly { readonly api: string; readonly because: string }[]
}

/**
 * `api`: only this one. @throws GH_POSTURE_AT_UNKNOWN (no API was under Gatehouse at that time, or none of that name),
 * GH_AUDIT_TIME_INVALID (the time lies ahead)
 */
export async function postureAt(
  config: Pick<GatehouseConfig, 'dataDir' | 'store'>,
  api: string | undefined,
  at: number,
  now: number,
): Promise<PastPosture> {
  if (at > now) throw new GatehouseError('GH_AUDIT_TIME_INVALID', 'the time lies ahead')
  const { dataDir } = config
  const plan = planAt(dataDir, at)
  const objectives = objectiveLog(dataDir)
  const judged: JudgedApi[] = []
  const unknown: { api: string; because: string }[] = []
  for (const name of apisOf(dataDir, api)) {
    const entry = objectives.history(name).findLast((one) => one.at <= at)
    if (entry === undefined) {
      unknown.push({ api: name, because: 'no objective was in force for it' })
      continue
    }
    const effective = plan?.effective.find((policy) => policy.api === name)
    if (plan === undefined || effective === undefined) {
      unknown.push({ api: name, because: plan === undefined ? LOST : 'the plan did not have it' })
      continue
    }
    const { objective } = entry
    judged.push({
      objective,
      configured: [
        ...configuredThen(effective, objective.ownControls),
        // A plan does not say which server was ours: what was seen then counts, and nothing else.
        ...clientAuthenticationControls(plan.plan, { identity: null }),
        ...scaControls(plan.plan, { sca: null, identity: null }),
      ],
    })
  }
  if (judged.length + unknown.length === 0)
    throw new GatehouseError('GH_POSTURE_AT_UNKNOWN', 'nothing was recorded here yet')
  const { past, live } = await gatherPast(config, at)
  const gap = past.since === null || past.since > at
  const remarks = gap
    ? [`What was seen until then is not known any more (${sinceText(past)}).`]
    : []
  return {
    ...reportOf(judged, past.observations, { now: at, live, remarks }),
    plan: plan?.digest ?? null,
    unknown,
  }
}

const BEFORE_OPERATIONS: Pick<EffectivePolicy, 'operations'> = { operations: [] }

/** A plan that an earlier version kept names no rules of single operations: there were none. */
function configuredThen(
  effective: EffectivePolicy,
  own?: readonly Control[],
): readonly ConfiguredControl[] {
  return configuredControls({ ...BEFORE_OPERATIONS, ...effective }, own)
}

const LOST = 'which plan was in force is not known'

function planAt(dataDir: string, at: number) {
  const digest = readActivations(dataDir).findLast((one) => one.at <= at)?.digest
  const found = digest === undefined ? undefined : planArchive(dataDir).find(digest)
  return found === undefined || digest === undefined ? undefined : { ...found, digest }
}

/** Every API that ever had an objective here. */
function apisOf(dataDir: string, only: string | undefined): readonly string[] {
  const dir = join(dataDir, 'objectives')
  const names = existsSync(dir)
    ? readdirSync(dir)
        .flatMap((name) => /^(.+)\.jsonl$/.exec(name)?.[1] ?? [])
        .sort()
    : []
  if (only === undefined) return names
  if (names.includes(only)) return [only]
  const near = nearest(only, names)
  throw new GatehouseError(
    'GH_POSTURE_AT_UNKNOWN',
    `there never was an API ${JSON.stringify(only.slice(0, 64))}${near === undefined ? '' : `; did you mean ${near}?`}`,
  )
}

async function gatherPast(
  config: Pick<GatehouseConfig, 'dataDir' | 'store'>,
  at: number,
): Promise<{ readonly past: PastObservations; readonly live: boolean }> {
  try {
    return { past: await connect(config).pastObservations(at), live: true }
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'GH_CLI_NOT_RUNNING') throw error
  }
  const store = await openStore(config, { create: false })
  if (store === undefined) return { past: { observations: [], since: null }, live: false }
  try {
    return { past: await readObservationsAt(store, at), live: false }
  } finally {
    await store.close()
  }
}

function sinceText({ since }: PastObservations): string {
  return since === null
    ? 'nothing is kept'
    : `what is kept begins at ${new Date(since).toISOString()}`
}
