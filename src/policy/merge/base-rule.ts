/** The two levels above everything a bank writes about single APIs: the template, clipped by the mandate. */
import type { Level, Mode } from '../../decide/index.ts'
import type { Place } from '../../lib/index.ts'
import {
  type Bound,
  clip,
  isEmpty,
  keeps,
  narrower,
  readBound,
  showBound,
} from '../rules/bounds.ts'
import { type ParamKind, type ParamValue, tightest } from '../rules/param-kinds.ts'
import type { RuleSpec } from '../rules/vocabulary.ts'
import { paramByDefault, type TemplateRule } from '../template/document.ts'
import type { Template } from '../template/templates.ts'
import type { Mandate } from './mandate.ts'
import { type MergedRule, type MergeFinding, type Origin, strength } from './merged-rule.ts'

/** `undefined` when neither names the rule; `place`: of the link to the template. */
export function baseRule(
  spec: RuleSpec,
  { document }: Template,
  mandate: Mandate | undefined,
  report: (finding: Omit<MergeFinding, 'place'> & { readonly place?: Place }) => void,
): MergedRule | undefined {
  const own = Object.hasOwn(document.rules, spec.name) ? document.rules[spec.name] : undefined
  const pins = mandate?.pins === true
  if (own === undefined && !pins) return undefined
  const profile: Origin = { level: 'profile', source: `${document.name}@${document.version}` }
  const above: Origin = { level: 'mandate', source: mandate?.source ?? '' }
  const params = new Map<string, ParamValue | null>()
  const paramOrigins = new Map<string, Origin>()
  const limits = new Map<string, Bound>()
  for (const [name, { kind, fallback }] of spec.params) {
    const stated = own?.params[name]
    const pinned = mandate?.params.get(name) ?? null
    const start = stated ?? paramByDefault(document, spec.name, name, fallback)
    const bound = mandate?.bounds.get(name)
    const outer = boundOf(kind, own, name, start)
    const tight = tightest(kind, pinned, start)
    const value = bound === undefined ? tight : clip(kind, tight, bound)
    params.set(name, value)
    if (!same(value, start)) paramOrigins.set(name, above)
    else if (stated !== undefined) paramOrigins.set(name, profile)
    const narrow = pinnedLimit(kind, pinned, outer)
    const limit = bound === undefined ? narrow : narrower(kind, narrow, bound)
    limits.set(name, limit)
    if (bound !== undefined && (isEmpty(limit) || !keeps(kind, value, limit)))
      report({
        code: 'GH_POLICY_BOUNDS',
        severity: 'critical',
        text: `the mandate bounds ${name} of ${spec.name} ${showBound(bound, kind)}, and ${profile.source} allows ${showBound(outer, kind)}`,
        closes: true,
      })
  }
  const rule = { rule: spec.name, params, paramOrigins, weakened: new Map() }
  if (pins)
    return {
      ...rule,
      mandated: true,
      mode: 'enforce',
      fraction: null,
      origin: above,
      limits: { floor: strength('enforce', null), params: limits },
    }
  const { mode, fraction } = raised(own?.mode ?? 'enforce', own?.fraction ?? null, mandate)
  const least = own?.bounds?.mode
  const now = strength(mode, fraction)
  const floor = least === undefined ? now : Math.min(now, strength(least, null))
  return {
    ...rule,
    mandated: false,
    mode,
    fraction,
    origin: profile,
    limits: { floor: Math.max(floor, mandate?.floor ?? 0), params: limits },
  }
}

/** The mode, or the least mode of the mandate's bounds where it is weaker than that. */
function raised(
  mode: Mode,
  fraction: number | null,
  mandate: Mandate | undefined,
): { readonly mode: Mode; readonly fraction: number | null } {
  const floor = mandate?.floor ?? 0
  if (strength(mode, fraction) >= floor) return { mode, fraction }
  return { mode: floor > 1 ? 'enforce' : 'observe', fraction: null }
}

function boundOf(
  kind: ParamKind,
  own: TemplateRule | undefined,
  name: string,
  value: ParamValue | null,
): Bound {
  const stated = own?.bounds?.params?.[name]
  const read = stated === undefined ? undefined : readBound(kind, stated)
  if (read?.ok !== true) return { loosest: value, least: null }
  // A bound that states only the least says nothing of loosening.
  return { ...read.value, loosest: read.value.loosest ?? value }
}

/** A name that a mandate pins is the only one, whatever the template lists. */
function pinnedLimit(kind: ParamKind, pinned: ParamValue | null, outer: Bound): Bound {
  return kind.kind === 'fixed' && typeof pinned === 'string'
    ? { loosest: [pinned], least: null }
    : narrower(kind, outer, { loosest: pinned, least: null })
}

export function same(a: ParamValue | null, b: ParamValue | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

export type LowerLevel = Extract<Level, 'class' | 'api' | 'operation'>
