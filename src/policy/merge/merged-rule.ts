import type { Level, Mode, RuleName } from '../../decide/index.ts'
import type { ErrorCode, Place } from '../../lib/index.ts'
import type { ParamValue } from '../rules/param-kinds.ts'

/** One rule after all levels, with the level that had the last word. */
export interface MergedRule {
  readonly rule: RuleName
  readonly mode: Mode
  /** Percent; `null`: all requests. */
  readonly fraction: number | null
  readonly params: ReadonlyMap<string, ParamValue | null>
  /** A mandate names it: always enforced, whatever a lower level or the kill switch says. */
  readonly mandated: boolean
  readonly origin: { readonly level: Level; readonly source: string }
}
export type MergedRules = ReadonlyMap<RuleName, MergedRule>

export interface MergeFinding {
  readonly code: ErrorCode
  readonly severity: 'critical' | 'medium'
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
