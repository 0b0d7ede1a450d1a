/** Where an API stands: counts, and the worst open gap for each consequence. No score: a number would hide which gap it is. */
import {
  type Consequence,
  type Control,
  control as controlById,
  type EvidenceKind,
  type Severity,
} from '../controls/index.ts'
import type { ControlId } from '../lib/index.ts'
import type { Objective } from '../objectives/index.ts'
import { type ControlState, type StateName, titleOf } from './control-states.ts'

export interface Gap {
  readonly control: ControlId
  readonly title: string
  readonly state: 'not-met' | 'unknown' | 'partial'
  readonly severity: Severity
  readonly counters: readonly Consequence[]
  /** Why the control is required. */
  readonly because: string
  /** What made the state. */
  readonly text: string
  /** The newest observation in one sentence, and the command that shows it again; `null`: nothing was seen. */
  readonly evidence: { readonly value: string; readonly reproduce: string } | null
  /** Evidence kinds of the control that this installation cannot gather yet. */
  readonly waitsFor: readonly EvidenceKind[]
}

export interface Posture {
  readonly api: string
  readonly objective: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly required: number
  readonly counts: Readonly<Record<StateName, number>>
  /** Consequence → the worst open gap that would bring it about; `null`: none is open. */
  readonly worst: Readonly<Record<Consequence, Gap | null>>
  /** Worst first. */
  readonly gaps: readonly Gap[]
  /** Required controls whose evidence this installation cannot gather in full yet. */
  readonly waiting: {
    readonly controls: number
    /** Of these, how many no available kind can ever show to be met. */
    readonly blind: number
    readonly byKind: Readonly<Partial<Record<EvidenceKind, number>>>
  }
}

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low']
const OPEN = ['not-met', 'unknown', 'partial'] as const
const CONSEQUENCES: readonly Consequence[] = [
  'reputation-loss',
  'regulatory-fines',
  'data-loss',
  'identity-theft',
  'money-laundering',
  'terrorist-financing',
]

export function postureOf(input: {
  readonly objective: Objective
  readonly states: readonly ControlState[]
  /** Kinds of evidence that this installation gathers. */
  readonly availableKinds: readonly EvidenceKind[]
  readonly now: number
}): Posture {
  const { objective, states, availableKinds, now } = input
  const gaps = states
    .flatMap((state) => gapOf(state, availableKinds, objective.ownControls))
    .sort((a, b) => rank(a) - rank(b)) // stable: catalogue order among equals
  const counts: Record<StateName, number> = {
    met: 0,
    partial: 0,
    'not-met': 0,
    unknown: 0,
    'not-applicable': 0,
    excepted: 0,
  }
  for (const { state } of states) counts[state]++
  const worstOf = (consequence: Consequence): Gap | null =>
    gaps.find((gap) => gap.counters.includes(consequence)) ?? null
  return {
    api: objective.api,
    objective: objective.version,
    at: now,
    required: objective.required.length,
    counts,
    // Sound: one entry for each member of the union.
    worst: Object.fromEntries(CONSEQUENCES.map((name) => [name, worstOf(name)])) as Record<
      Consequence,
      Gap | null
    >,
    gaps,
    waiting: waitingOf(objective, availableKinds),
  }
}

/** Whether an open gap is at least as severe as the threshold. An unknown control is an open gap. */
export function failsOn(posture: Posture, threshold: Severity): boolean {
  const limit = SEVERITIES.indexOf(threshold)
  return posture.gaps.some((gap) => SEVERITIES.indexOf(gap.severity) <= limit)
}

function gapOf(
  state: ControlState,
  availableKinds: readonly EvidenceKind[],
  own?: readonly Control[],
): readonly Gap[] {
  const open = OPEN.find((name) => name === state.state)
  if (open === undefined) return []
  const newest = state.evidence[0]?.observation
  return [
    {
      control: state.control,
      title: titleOf(state.control, own),
      state: open,
      severity: state.severity,
      counters: state.counters,
      because: state.because ?? '',
      text: state.text,
      evidence: newest === undefined ? null : { value: newest.value, reproduce: newest.reproduce },
      waitsFor: missingKinds(state.control, availableKinds, own),
    },
  ]
}

/** Severity first; of equals, what is known to be wrong before what is not known. */
function rank(gap: Gap): number {
  return SEVERITIES.indexOf(gap.severity) * OPEN.length + OPEN.indexOf(gap.state)
}

function missingKinds(
  id: ControlId,
  availableKinds: readonly EvidenceKind[],
  own?: readonly Control[],
): readonly EvidenceKind[] {
  const kinds = controlById(id, own)?.evidence.kinds ?? []
  return kinds.filter((kind) => !availableKinds.includes(kind))
}

function waitingOf(
  objective: Objective,
  availableKinds: readonly EvidenceKind[],
): Posture['waiting'] {
  const byKind: Partial<Record<EvidenceKind, number>> = {}
  let waiting = 0
  let blind = 0
  for (const { control } of objective.required) {
    const missing = missingKinds(control, availableKinds, objective.ownControls)
    if (missing.length > 0) waiting++
    for (const kind of missing) byKind[kind] = (byKind[kind] ?? 0) + 1
    const kinds = controlById(control, objective.ownControls)?.evidence.kinds ?? []
    if (!kinds.some((kind) => kind !== 'gateway-config' && availableKinds.includes(kind))) blind++
  }
  return { controls: waiting, blind, byKind }
}
