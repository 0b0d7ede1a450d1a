/**
 * State of each control of an API (DESIGN §1), from what its objective requires, what its policy enforces and what was seen.
 * Unknown and stale never count as met; nothing here believes what a control says of itself.
 */
import {
  type Consequence,
  type Control,
  control as controlById,
  controls,
  type Observation,
  type Severity,
} from '../controls/index.ts'
import type { ControlId } from '../lib/index.ts'
import { type Objective, whyNotRequired } from '../objectives/index.ts'
import {
  type ConfiguredControl,
  gatewayEnforces,
  keptElsewhere,
  whyNotConfigured,
} from './configured.ts'
import { type Evidence, weigh } from './evidence.ts'
import { type ControlException, whyNotInForce } from './exception.ts'

export type StateName = 'met' | 'partial' | 'not-met' | 'unknown' | 'not-applicable' | 'excepted'

export interface ControlState {
  readonly api: string
  readonly control: ControlId
  readonly state: StateName
  /** One sentence: what made it so. */
  readonly text: string
  /** Why it is required; `null` when it is not. */
  readonly because: string | null
  readonly severity: Severity
  readonly counters: readonly Consequence[]
  /** All observations of this control, newest first. */
  readonly evidence: readonly Evidence[]
  /** When a `met` ends unless something is seen before; milliseconds since the epoch. */
  readonly metUntil: number | null
  /** The exception written for it, and why it does not count (`null`: it does). */
  readonly exception: {
    readonly id: string
    readonly endsAt: number
    readonly refused: string | null
  } | null
  /** For `excepted`: the state beneath. */
  readonly beneath: StateName | null
}

export interface StateInput {
  readonly objective: Objective
  readonly configured: readonly ConfiguredControl[]
  readonly observations: readonly Observation[]
  readonly exceptions?: readonly ControlException[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** One state for each control of the catalogue, in its order, and of the bank's own; those that are not required are `not-applicable`, with the rule. */
export function controlStates(input: StateInput): readonly ControlState[] {
  return controls(input.objective.ownControls).map((entry) => stateOf(entry, input))
}

function stateOf(control: Control, input: StateInput): ControlState {
  const { objective, now } = input
  const required = objective.required.find((item) => item.control === control.id)
  const evidence = input.observations
    .filter((item) => item.api === objective.api && item.control === control.id)
    .map((item) => weigh(item, control, objective, now))
    .sort((a, b) => b.observation.collectedAt - a.observation.collectedAt)
  const common = {
    api: objective.api,
    control: control.id,
    because: required?.because ?? null,
    severity: control.severityIfMissing,
    counters: control.counters,
    evidence,
    exception: null,
    beneath: null,
    metUntil: null,
  }
  if (required === undefined)
    return { ...common, state: 'not-applicable', text: whyNotRequired(objective, control.id) }
  const judged = { ...common, ...judge(control, input, evidence) }
  return judged.state === 'met' ? judged : withException(judged, input)
}

type Judgement = Pick<ControlState, 'state' | 'text'> & { readonly metUntil: number | null }

/** The sentence of DESIGN §1, clause by clause. */
function judge(
  control: Control,
  { objective, configured, now }: StateInput,
  evidence: readonly Evidence[],
): Judgement {
  const failing = evidence.find((item) => item.fresh && item.observation.outcome === 'fail')
  if (failing !== undefined) {
    const until = new Date(failing.expiresAt).toISOString().slice(0, 16)
    const text = `${failing.observation.value}; counts until ${until}Z`
    return { state: 'not-met', text, metUntil: null }
  }

  const elsewhere = keptElsewhere(control, objective.api, configured)
  const gateway = gatewayEnforces(control) && !elsewhere
  const whyNot = gateway ? whyNotConfigured(control, objective.api, configured) : null
  if (whyNot !== null)
    return { state: 'not-met', text: `not configured: ${whyNot}`, metUntil: null }

  // What the gateway says of its own configuration is no sight of it, and a population of 0 saw nothing.
  const sights = evidence.filter(
    ({ observation }) => observation.kind !== 'gateway-config' && observation.population >= 1,
  )
  const passes = sights.filter(
    ({ observation }) =>
      observation.outcome === 'pass' && control.evidence.kinds.includes(observation.kind),
  )
  const metUntil = Math.max(...passes.filter((item) => item.fresh).map((item) => item.expiresAt))
  const newest = passes.find((item) => item.fresh)
  if (newest !== undefined) return { state: 'met', text: newest.observation.value, metUntil }

  if (gateway && sights.length === 0)
    return { state: 'partial', text: 'configured, never observed', metUntil: null }
  const last = passes[0]
  return {
    state: 'unknown',
    text:
      last === undefined
        ? elsewhere
          ? 'another program does it, and nothing of that is known here'
          : 'nothing is known'
        : `last seen to hold ${daysBetween(last.observation.collectedAt, now)} ago; that evidence has expired`,
    metUntil: null,
  }
}

function withException(state: ControlState, input: StateInput): ControlState {
  const found = (input.exceptions ?? [])
    .filter((item) => item.api === state.api && item.control === state.control)
    .map((item) => ({
      item,
      refused: whyNotInForce(item, input.objective, input.now),
    }))
    // One that counts before one that does not; of several, the one that ends last.
    .sort(
      (a, b) =>
        Number(a.refused !== null) - Number(b.refused !== null) || b.item.endsAt - a.item.endsAt,
    )[0]
  if (found === undefined) return state
  const { item, refused } = found
  const exception = { id: item.id, endsAt: item.endsAt, refused }
  if (refused !== null)
    return {
      ...state,
      exception,
      text: `${state.text} (exception ${item.id} does not count: ${refused})`,
    }
  return {
    ...state,
    state: 'excepted',
    exception,
    beneath: state.state,
    text: `${item.reason.trim()} (instead: ${item.compensatingControl.trim()}; approved by ${item.approver.trim()})`,
  }
}

function daysBetween(from: number, to: number): string {
  const hours = Math.max(0, Math.floor((to - from) / 3_600_000))
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}

/** Title of a control for a list, or its id when the catalogue does not know it. */
export function titleOf(id: ControlId, own: readonly Control[] = []): string {
  return controlById(id, own)?.title ?? id
}
