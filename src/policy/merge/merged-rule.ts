import type { Level, Mode, RuleName } from '../../decide/index.ts'
import type { ErrorCode, Place } from '../../lib/index.ts'
import type { Bound } from '../rules/bounds.ts'
import type { ParamValue } from '../rules/param-kinds.ts'
import type { RuleSpec } from '../rules/vocabulary.ts'

/** Which level said it, and where. */
export interface Origin {
  readonly level: Level
  readonly source: string
}

/** One rule after the levels so far, with the level that had the last word on it, on its mode and on each parameter. */
export interface MergedRule {
  readonly rule: RuleName
  readonly mode: Mode
  /** Percent; `null`: all requests. */
  readonly fraction: number | null
  readonly params: ReadonlyMap<string, ParamValue | null>
  /** A mandate names it: always enforced, whatever a lower level or the kill switch says. */
  readonly mandated: boolean
  readonly origin: Origin
  /** Of the parameters that somebody stated. */
  readonly paramOrigins: ReadonlyMap<string, Origin>
  /** How far the levels below may go. */
  readonly limits: Limits
  /** What a level below the template made looser, by parameter or `mode`. */
  readonly weakened: ReadonlyMap<string, Weakening>
}
export type MergedRules = ReadonlyMap<RuleName, MergedRule>

export interface Limits {
  /** Least `strength` of the mode. */
  readonly floor: number
  readonly params: ReadonlyMap<string, Bound>
}

export interface Weakening {
  readonly what: string
  readonly origin: Origin
  /** `null`: nobody but its owner, or nobody at all. */
  readonly approvedBy: string | null
  /** What stood before it was loosened: the value, or the strength of the mode. Whoever gets back to it has loosened nothing. */
  readonly before: ParamValue | null
}

export interface MergeFinding {
  readonly code: ErrorCode
  readonly severity: 'critical' | 'high' | 'medium'
  readonly text: string
  readonly place: Place
  readonly closes: boolean
}

/** How strong a mode is, so that modes compare: off 0, observe 1, enforce 1 to 2 with its fraction. */
export function strength(mode: Mode, fraction: number | null): number {
  return mode === 'off' ? 0 : mode === 'observe' ? 1 : 1 + (fraction ?? 100) / 100
}

/** `gatehouse.yaml:12:5`: the file's name only, so that a plan does not depend on the folder it was compiled in. */
export function sourceOf(place: Place): string {
  const name = place.file.split(/[/\\]/).at(-1) ?? place.file
  return `${name}:${place.line}:${place.column}`
}

/** The rule enforced with what holds when nobody states anything. */
export function ruleByDefault(spec: RuleSpec, origin: Origin): MergedRule {
  return {
    rule: spec.name,
    mode: 'enforce',
    fraction: null,
    params: new Map([...spec.params].map(([name, { fallback }]) => [name, fallback])),
    mandated: false,
    origin,
    paramOrigins: new Map(),
    limits: { floor: 0, params: new Map() },
    weakened: new Map(),
  }
}
