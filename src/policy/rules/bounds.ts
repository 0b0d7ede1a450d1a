/**
 * Bounds: how far lower levels may go with a parameter. A number may have a `max` (the loosest) and a `min` (below it a limit would be
 * an obstacle); of anything else the bound is its loosest value, and of a name the names that may replace it.
 */
import {
  atLeastAsTight,
  checkParam,
  type ParamKind,
  type ParamValue,
  tightest,
} from './param-kinds.ts'

export interface Bound {
  /** The loosest allowed value; `null`: no limit of this bound's. Of a name: a list of names. */
  readonly loosest: ParamValue | null
  /** The least number allowed; `null`: any. */
  readonly least: number | null
}

export const UNBOUNDED: Bound = { loosest: null, least: null }

type Read =
  | { readonly ok: true; readonly value: Bound }
  | { readonly ok: false; readonly allowed: string }

/** A bound as people write it. */
export function readBound(kind: ParamKind, written: unknown): Read {
  if (kind.kind === 'at-most' && isRange(written)) {
    const { min, max } = written
    const unknown = Object.keys(written).some((key) => key !== 'min' && key !== 'max')
    const checked = [min, max].map((limit) =>
      limit === undefined ? undefined : checkParam(kind, limit),
    )
    const wrong = unknown || checked.some((one) => one?.ok === false)
    if (wrong || (min === undefined && max === undefined) || Number(min) > Number(max))
      return {
        ok: false,
        allowed: `{ min, max } of whole numbers from ${kind.min} to ${kind.max}, min not above max`,
      }
    return {
      ok: true,
      value: {
        loosest: max === undefined ? null : Number(max),
        least: min === undefined ? null : Number(min),
      },
    }
  }
  const checked = checkParam(kind.kind === 'fixed' ? { kind: 'superset' } : kind, written)
  return checked.ok
    ? { ok: true, value: { loosest: checked.value, least: null } }
    : { ok: false, allowed: kind.kind === 'fixed' ? 'a list of names' : checked.allowed }
}

/** What both allow. */
export function narrower(kind: ParamKind, a: Bound, b: Bound): Bound {
  const least =
    a.least === null || b.least === null ? (a.least ?? b.least) : Math.max(a.least, b.least)
  if (kind.kind !== 'fixed') return { loosest: tightest(kind, a.loosest, b.loosest), least }
  if (a.loosest === null || b.loosest === null) return { loosest: a.loosest ?? b.loosest, least }
  const names = listOf(b.loosest)
  return { loosest: listOf(a.loosest).filter((name) => names.includes(name)), least }
}

/** Whether a lower level that keeps to `bound` also keeps to `outer`. */
export function isWithin(kind: ParamKind, bound: Bound, outer: Bound): boolean {
  if (bound.loosest === null || outer.loosest === null) return true
  if (kind.kind !== 'fixed') return atLeastAsTight(kind, bound.loosest, outer.loosest)
  const names = listOf(outer.loosest)
  return listOf(bound.loosest).every((name) => names.includes(name))
}

/** Whether a value keeps to a bound's loosest end. */
export function keeps(kind: ParamKind, value: ParamValue | null, bound: Bound): boolean {
  return atLeastAsTight(kind, value, bound.loosest)
}

/** The value nearest to `value` that keeps to the bound. */
export function clip(kind: ParamKind, value: ParamValue | null, bound: Bound): ParamValue | null {
  if (kind.kind === 'fixed')
    return bound.loosest === null || keeps(kind, value, bound)
      ? value
      : (listOf(bound.loosest)[0] ?? value)
  const clipped = tightest(kind, value, bound.loosest)
  return bound.least !== null && typeof clipped === 'number' && clipped < bound.least
    ? bound.least
    : clipped
}

/** No number keeps to it. */
export function isEmpty({ loosest, least }: Bound): boolean {
  return least !== null && typeof loosest === 'number' && least > loosest
}

/** For a person: `at most 10000, at least 500`. */
export function showBound({ loosest, least }: Bound, { kind }: ParamKind): string {
  const parts = [
    ...(typeof loosest === 'number'
      ? [`${kind === 'at-least' ? 'at least' : 'at most'} ${loosest}`]
      : loosest === null
        ? []
        : [`to ${Array.isArray(loosest) ? loosest.join(' ') || 'nothing' : String(loosest)}`]),
    ...(least === null ? [] : [`at least ${least}`]),
  ]
  return parts.join(', ')
}

function isRange(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: ParamValue): readonly string[] {
  return Array.isArray(value) ? value : [String(value)]
}
