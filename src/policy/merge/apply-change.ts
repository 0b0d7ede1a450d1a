/** A lower level's change on what the levels above gave: tighter is taken, looser only within the limits they left. */
import type { Mode } from '../../decide/index.ts'
import { samePerson } from '../../lib/index.ts'
import type { RuleChange } from '../contract.ts'
import {
  type Bound,
  clip,
  isEmpty,
  isWithin,
  keeps,
  narrower,
  showBound,
  UNBOUNDED,
} from '../rules/bounds.ts'
import { atLeastAsTight, type ParamValue } from '../rules/param-kinds.ts'
import type { ParamSpec, RuleSpec } from '../rules/vocabulary.ts'
import { type LowerLevel, same } from './base-rule.ts'
import type { CheckedChange } from './check-change.ts'
import type { Mandate } from './mandate.ts'
import {
  type MergedRule,
  type MergeFinding,
  type Origin,
  ruleByDefault,
  sourceOf,
  strength,
  type Weakening,
} from './merged-rule.ts'

export interface ChangeContext {
  readonly level: LowerLevel
  /** What the mandate says of this rule, for rules that no template has. */
  readonly mandate: Mandate | undefined
  /** Who answers for the API: may not approve what is loosened. */
  readonly owner: string | null
  readonly report: (finding: MergeFinding) => void
}

/** What becomes of one parameter, or of the mode. */
interface Outcome<T> {
  readonly value: T
  /** Another than the levels above gave. */
  readonly touched: boolean
  /** `tightened`: perhaps back to where it was before it was loosened. */
  readonly weakening: Weakening | 'tightened' | 'kept'
}

export function applyChange(
  checked: CheckedChange,
  upper: MergedRule | undefined,
  context: ChangeContext,
): MergedRule {
  const { change, spec } = checked
  const here: Origin = { level: context.level, source: sourceOf(change.place) }
  const base = upper ?? newRule(spec, context.mandate, here)
  const params = new Map<string, ParamValue | null>()
  const paramOrigins = new Map(base.paramOrigins)
  const limits = new Map(base.limits.params)
  const weakened = new Map(base.weakened)
  const note = (
    name: string,
    weakening: Outcome<unknown>['weakening'],
    reaches: (before: ParamValue | null) => boolean,
  ): void => {
    const known = weakened.get(name)
    if (weakening === 'tightened') {
      if (known !== undefined && reaches(known.before)) weakened.delete(name)
    } else if (weakening !== 'kept')
      weakened.set(name, { ...weakening, before: known?.before ?? weakening.before })
  }
  const work: Work = { checked, base, isNew: upper === undefined, here, context }
  let touched = work.isNew
  for (const name of spec.params.keys()) {
    const limit = limitOf(work, name)
    const outcome = paramOf(work, name, limit)
    params.set(name, outcome.value)
    limits.set(name, limit)
    if (outcome.touched || (work.isNew && checked.params.has(name))) paramOrigins.set(name, here)
    touched ||= outcome.touched
    note(name, outcome.weakening, (before) =>
      atLeastAsTight(specOf(spec, name).kind, outcome.value, before),
    )
  }
  const mode = modeOf(work)
  note(
    'mode',
    mode.weakening,
    (before) => strength(mode.value.mode, mode.value.fraction) >= Number(before),
  )
  touched ||= mode.touched
  const origin = base.mandated
    ? {
        level: 'mandate' as const,
        source: touched ? `${base.origin.source}, tightened at ${here.source}` : base.origin.source,
      }
    : touched
      ? here
      : base.origin
  return {
    rule: spec.name,
    ...mode.value,
    params,
    mandated: base.mandated,
    origin,
    paramOrigins,
    limits: { floor: mode.floor, params: limits },
    weakened,
  }
}

interface Work {
  readonly checked: CheckedChange
  readonly base: MergedRule
  /** No level above has the rule. */
  readonly isNew: boolean
  readonly here: Origin
  readonly context: ChangeContext
}

/** A rule that no level above has may be set as one likes, as far as a mandate does not bound it: without it nothing was asked. */
function newRule(spec: RuleSpec, mandate: Mandate | undefined, here: Origin): MergedRule {
  const blank = ruleByDefault(spec, here)
  if (mandate === undefined) return blank
  const params = new Map(blank.params)
  for (const [name, { kind, fallback }] of spec.params)
    params.set(name, clip(kind, fallback, mandate.bounds.get(name) ?? UNBOUNDED))
  return { ...blank, params, limits: { floor: mandate.floor, params: mandate.bounds } }
}

/** How far the levels below this one may go: as far as it says, else as far as the value it sets, else as far as it might itself. */
function limitOf({ checked, base, context }: Work, name: string): Bound {
  const { change, spec, params, bounds } = checked
  const { kind } = specOf(spec, name)
  const upper = base.limits.params.get(name) ?? UNBOUNDED
  const stated = bounds.params.get(name)
  const given = params.get(name)
  if (stated !== undefined) {
    const narrow = narrower(kind, upper, stated)
    if (!isWithin(kind, stated, upper) || isEmpty(narrow))
      outOfBounds(
        change,
        context,
        `${spec.name} bounds ${name} ${showBound(stated, kind)}, and the levels above allow ${showBound(upper, kind)}`,
      )
    return narrow
  }
  if (given === undefined || !keeps(kind, given, upper)) return upper
  return { ...upper, loosest: given }
}

function paramOf(work: Work, name: string, limit: Bound): Outcome<ParamValue | null> {
  const { checked, base, isNew, context } = work
  const { spec, params, change } = checked
  const { kind } = specOf(spec, name)
  const current = base.params.get(name) ?? null
  const upper = base.limits.params.get(name) ?? UNBOUNDED
  const given = params.get(name)
  const kept: Outcome<ParamValue | null> = { value: current, touched: false, weakening: 'kept' }
  if (given === undefined) {
    // A bound clips what comes from above.
    const value = clip(kind, current, limit)
    if (same(value, current) || !keeps(kind, value, upper)) return kept
    const looser = !atLeastAsTight(kind, value, current) && kind.kind !== 'fixed'
    return {
      value,
      touched: true,
      weakening: looser ? weaken(work, name, value, current) : 'tightened',
    }
  }
  if (typeof given === 'number' && limit.least !== null && given < limit.least) {
    outOfBounds(change, context, `${name} ${given} of ${spec.name} is below ${limit.least}`)
    return kept
  }
  if (!keeps(kind, given, limit) && keeps(kind, given, upper)) {
    outOfBounds(
      change,
      context,
      `${name} ${JSON.stringify(given)} of ${spec.name} is outside its own bounds: ${showBound(limit, kind)}`,
    )
    return kept
  }
  const tighter = atLeastAsTight(kind, given, current)
  if (!keeps(kind, given, upper) && (isNew || !tighter)) {
    refuse(work, `${name} ${JSON.stringify(given)}`, `allowed: ${showBound(upper, kind)}`)
    return kept
  }
  if (same(given, current)) return kept
  const weaker = !isNew && !tighter && kind.kind !== 'fixed'
  const weakening = weaker ? weaken(work, name, given, current) : 'tightened'
  return { value: given, touched: true, weakening }
}

function modeOf(work: Work): Outcome<Pick<MergedRule, 'mode' | 'fraction'>> & { floor: number } {
  const { checked, base, isNew, context } = work
  const { change, spec, bounds } = checked
  const current = isNew ? 0 : strength(base.mode, base.fraction)
  let floor = base.limits.floor
  if (bounds.mode !== null) {
    const stated = strength(bounds.mode, null)
    if (stated < floor)
      outOfBounds(
        change,
        context,
        `${spec.name} lets its mode go to ${bounds.mode}, and the levels above do not`,
      )
    floor = Math.max(floor, stated)
  }
  const kept = { mode: base.mode, fraction: base.fraction }
  const wish: { readonly mode: Mode; readonly fraction: number | null } = wishOf(work, floor)
  const wanted = strength(wish.mode, wish.fraction)
  const what = `mode ${wish.mode}${wish.fraction === null ? '' : ` for ${wish.fraction} %`}`
  if (wanted < floor) {
    refuse(
      work,
      what,
      base.mandated ? 'a mandate cannot be weakened' : `allowed: down to ${nameOf(floor)}`,
    )
    return { value: kept, touched: false, weakening: 'kept', floor: base.limits.floor }
  }
  // What a level states it means: the levels below keep to it, unless it leaves them bounds.
  const states = change.mode !== null || change.fraction !== null || isNew
  if (states && bounds.mode === null) floor = Math.max(floor, wanted)
  if (wanted === current && !isNew) return { value: kept, touched: false, weakening: 'kept', floor }
  const weakening: Outcome<unknown>['weakening'] =
    wanted < current ? weaken(work, 'mode', what, current) : 'tightened'
  return { value: wish, touched: true, weakening, floor }
}

/** The mode that the level asks for; its own bound lifts what comes from above. */
function wishOf(
  { checked: { change }, base }: Work,
  floor: number,
): { readonly mode: Mode; readonly fraction: number | null } {
  const mode = change.mode ?? base.mode
  if (mode !== 'enforce') {
    const lifted = change.mode === null && strength(mode, null) < floor
    return { mode: lifted ? (floor > 1 ? 'enforce' : 'observe') : mode, fraction: null }
  }
  const inherited = change.mode === null ? base.fraction : null
  const fraction = change.fraction ?? inherited
  const lifted = change.fraction === null && strength(mode, fraction) < floor
  return { mode, fraction: lifted ? null : fraction }
}

function nameOf(floor: number): string {
  if (floor < 1) return 'off'
  if (floor === 1) return 'observe'
  return floor >= 2 ? 'enforce' : `enforce for ${Math.round((floor - 1) * 100)} %`
}

function specOf(spec: RuleSpec, name: string): ParamSpec {
  const found = spec.params.get(name)
  if (found === undefined) throw new TypeError(`${spec.name} has no parameter ${name}`)
  return found
}

function refuse({ checked, base, context }: Work, what: string, limit: string): void {
  context.report({
    code: 'GH_POLICY_LOOSENS',
    severity: 'critical',
    text: `${what} of ${checked.spec.name} is looser than ${base.origin.source} says; ${limit}`,
    place: checked.change.place,
    closes: true,
  })
}

function outOfBounds({ place }: RuleChange, { report }: ChangeContext, text: string): void {
  report({ code: 'GH_POLICY_BOUNDS', severity: 'critical', text, place, closes: true })
}

/** Allowed, said aloud, and with the name of whoever else agreed (DESIGN §5: weakening needs a second person). */
function weaken(
  { checked: { change, spec }, base, here, context }: Work,
  name: string,
  value: unknown,
  before: ParamValue | null,
): Weakening {
  const by = change.approval?.by ?? null
  const own = by !== null && context.owner !== null && samePerson(by, context.owner)
  const approvedBy = by === null || own ? null : `${by} on ${change.approval?.on ?? ''}`
  const what =
    name === 'mode'
      ? `${spec.name}: ${String(value)}`
      : `${name} of ${spec.name}: ${JSON.stringify(value)}`
  const approval =
    approvedBy !== null
      ? `approved by ${approvedBy}`
      : own
        ? 'its owner approved it; that takes a second person'
        : 'nobody approved it: a second person is named under approval of the rule'
  context.report({
    code: 'GH_POLICY_WEAKENED',
    severity: approvedBy === null ? 'high' : 'medium',
    text: `${what}, looser than ${base.origin.source} and within its bounds; ${approval}`,
    place: change.place,
    closes: false,
  })
  return { what, origin: here, approvedBy, before }
}
