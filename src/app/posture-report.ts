/** Posture of a configuration: what is required and configured comes from the files, what was seen from the running instance or its store. */
import { connect } from './connect.ts'
import type { Consequence, EvidenceKind, Observation, Severity } from '../controls/index.ts'
import { GatehouseError } from '../lib/index.ts'
import type { Objective } from '../objectives/index.ts'
import {
  type ConfiguredControl,
  type ControlState,
  controlStates,
  failsOn,
  type Gap,
  type Posture,
  postureOf,
  readObservations,
  withSharedEvidence,
} from '../posture/index.ts'
import type { Assembly } from './assemble.ts'
import { clientAuthenticationControls } from './identity/client-authentication-control.ts'
import { openStore } from './open-store.ts'
import { scaControls } from './sca/configured-controls.ts'

/** What this version gathers; probes, tests and attestations come with later modules. */
export const AVAILABLE_KINDS: readonly EvidenceKind[] = ['gateway-config', 'traffic']

const AWAY =
  'The store does not answer: what was seen before cannot be shown, and nothing counts as met.'

export interface PostureReport {
  readonly at: string
  /** The evidence is that of a running instance. */
  readonly live: boolean
  /** A few lines for somebody in a hurry. */
  readonly summary: readonly string[]
  readonly apis: readonly ApiPosture[]
  failsOn(severity: Severity): boolean
}

export interface ApiPosture {
  readonly api: string
  readonly required: number
  readonly counts: Posture['counts']
  readonly worst: readonly { readonly consequence: Consequence; readonly gap: Gap | null }[]
  readonly gaps: readonly Gap[]
  readonly states: readonly Pick<
    ControlState,
    'control' | 'state' | 'text' | 'because' | 'severity' | 'evidence'
  >[]
  /** How many required controls need kinds of evidence that do not exist yet. */
  readonly waiting: string
}

export async function postureReport(
  assembly: Assembly,
  names: readonly string[],
  now: number,
): Promise<PostureReport> {
  const { live, observations, away = false } = await gatherObservations(assembly)
  const { config, policy } = assembly
  const configured = [
    ...policy.configured,
    ...scaControls(policy.plan, config),
    ...clientAuthenticationControls(policy.plan, config),
  ]
  const apis = assembly.apis
    .filter((api) => names.includes(api.config.name))
    .map(({ objective }) => ({ objective, configured }))
  return reportOf(apis, observations, { now, live, remarks: away ? [AWAY] : [] })
}

/** What one API had to meet, and what its policy enforced. */
export interface JudgedApi {
  readonly objective: Objective
  readonly configured: readonly ConfiguredControl[]
}

export function reportOf(
  judged: readonly JudgedApi[],
  observations: readonly Observation[],
  {
    now,
    live,
    remarks,
  }: { readonly now: number; readonly live: boolean; readonly remarks: readonly string[] },
): PostureReport {
  const apis = judged.map(({ objective, configured }) => {
    const states = controlStates({
      objective,
      configured,
      observations: withSharedEvidence(
        observations.filter((one) => one.api === objective.api),
        configured,
        objective.ownControls ?? [],
      ),
      now,
    })
    return {
      posture: postureOf({ objective, states, availableKinds: AVAILABLE_KINDS, now }),
      states,
    }
  })
  return {
    at: new Date(now).toISOString(),
    live,
    summary: [...remarks, ...apis.flatMap(({ posture }) => summaryOf(posture))],
    apis: apis.map(({ posture, states }) => shown(posture, states)),
    failsOn: (severity) => apis.some(({ posture }) => failsOn(posture, severity)),
  }
}

async function gatherObservations({ config }: Assembly): Promise<{
  live: boolean
  observations: readonly Observation[]
  /** The store does not answer. */
  away?: boolean
}> {
  try {
    // Sound: the instance answers with the observations of its store, and both sides are one version.
    return {
      live: true,
      observations: (await connect(config).observations()) as readonly Observation[],
    }
  } catch (error) {
    // A store that is away has shown nothing: every control is then as if nobody had ever looked.
    if (isAway(error)) return { live: true, observations: [], away: true }
    if (!(error instanceof GatehouseError) || error.code !== 'GH_CLI_NOT_RUNNING') throw error
  }
  try {
    return { live: false, observations: await storedObservations(config) }
  } catch (error) {
    if (isAway(error)) return { live: false, observations: [], away: true }
    throw error
  }
}

async function storedObservations(config: Assembly['config']): Promise<readonly Observation[]> {
  const store = await openStore(config, { create: false })
  if (store === undefined) return []
  try {
    return await readObservations(store)
  } finally {
    await store.close()
  }
}

function isAway(error: unknown): boolean {
  return error instanceof GatehouseError && error.code === 'GH_STORE_UNAVAILABLE'
}

function shown(posture: Posture, states: readonly ControlState[]): ApiPosture {
  return {
    api: posture.api,
    required: posture.required,
    counts: posture.counts,
    // Sound: the record has one entry for each consequence.
    worst: (Object.entries(posture.worst) as [Consequence, Gap | null][]).map(
      ([consequence, gap]) => ({ consequence, gap }),
    ),
    gaps: posture.gaps,
    states: states
      .filter((one) => one.state !== 'not-applicable')
      .map(({ control, state, text, because, severity, evidence }) => ({
        control,
        state,
        text,
        because,
        severity,
        evidence,
      })),
    waiting: waitingText(posture),
  }
}

function summaryOf(posture: Posture): string[] {
  const { met, partial, unknown } = posture.counts
  const worst = posture.gaps[0]
  return [
    `${posture.api}: ${met} of ${posture.required} required controls met, ${partial} partial, ${posture.counts['not-met']} not met, ${unknown} unknown.`,
    ...(worst === undefined
      ? []
      : [`Worst open gap: ${worst.control} (${worst.severity}): ${worst.text}`]),
    waitingText(posture),
  ]
}

function waitingText({ waiting }: Posture): string {
  if (waiting.controls === 0)
    return 'Every required control can be shown with the evidence that is gathered here.'
  const kinds = Object.entries(waiting.byKind).map(([kind, count]) => `${kind} ${count}`)
  return `${waiting.controls} required controls also need evidence that this version does not gather yet (${kinds.join(', ')}); ${waiting.blind} of them cannot be shown at all without it.`
}
