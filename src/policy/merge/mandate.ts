/** The strongest level: what the organisation demands of every API. Values pin a rule; bounds only limit what others make of it. */
import type { RuleName } from '../../decide/index.ts'
import type { RuleChange } from '../contract.ts'
import { type Bound, isWithin, narrower, showBound, UNBOUNDED } from '../rules/bounds.ts'
import { type ParamValue, tightest } from '../rules/param-kinds.ts'
import type { RuleSpec } from '../rules/vocabulary.ts'
import { checkChange, type CheckedChange } from './check-change.ts'
import { type MergeFinding, sourceOf, strength } from './merged-rule.ts'

export interface Mandate {
  readonly spec: RuleSpec
  /** Always enforced, for every request; otherwise it bounds and no more. */
  readonly pins: boolean
  readonly params: ReadonlyMap<string, ParamValue | null>
  readonly bounds: ReadonlyMap<string, Bound>
  /** Least strength of the mode. */
  readonly floor: number
  readonly source: string
}
export type Mandates = ReadonlyMap<RuleName, Mandate>

export function gatherMandates(
  changes: readonly RuleChange[],
  report: (finding: MergeFinding) => void,
): Mandates {
  const mandates = new Map<RuleName, Mandate>()
  for (const change of changes) {
    const checked = checkChange(change, 'mandate', report)
    if (checked === undefined) continue
    warnOfMode(checked, report)
    const joined = join(checked, mandates.get(checked.spec.name))
    for (const [name, bound] of joined.bounds) {
      const { kind } = checked.spec.params.get(name) ?? {}
      const value = joined.params.get(name) ?? null
      if (kind === undefined || value === null || bound.loosest === null) continue
      if (!isWithin(kind, bound, { loosest: value, least: null }))
        report({
          code: 'GH_POLICY_BOUNDS',
          severity: 'critical',
          text: `the mandate sets ${name} of ${checked.spec.name} to ${JSON.stringify(value)} and bounds it ${showBound(bound, kind)}: a mandate cannot be weakened`,
          place: change.place,
          closes: true,
        })
    }
    mandates.set(checked.spec.name, joined)
  }
  return mandates
}

/** DESIGN §3: rules of a mandate ignore mode and fraction, so saying another one is a misunderstanding worth a word. */
function warnOfMode(
  { change, spec }: CheckedChange,
  report: (finding: MergeFinding) => void,
): void {
  if ((change.mode === null || change.mode === 'enforce') && change.fraction === null) return
  report({
    code: 'GH_POLICY_PARAM_INVALID',
    severity: 'medium',
    text: `a mandate is always enforced for every request, so mode and fraction of ${spec.name} are ignored`,
    place: change.place,
    closes: false,
  })
}

/** Of two mandates the tighter holds, parameter by parameter. */
function join(
  { change, spec, params, bounds }: CheckedChange,
  known: Mandate | undefined,
): Mandate {
  const bare = bounds.mode === null && bounds.params.size === 0
  const values = new Map<string, ParamValue | null>(known?.params)
  const limits = new Map<string, Bound>(known?.bounds)
  for (const [name, { kind }] of spec.params) {
    const value = params.get(name)
    if (value !== undefined) values.set(name, tightest(kind, values.get(name) ?? null, value))
    const bound = bounds.params.get(name)
    if (bound !== undefined) limits.set(name, narrower(kind, limits.get(name) ?? UNBOUNDED, bound))
  }
  const source = sourceOf(change.place)
  return {
    spec,
    pins: known?.pins === true || bare || change.mode !== null || params.size > 0,
    params: values,
    bounds: limits,
    floor: Math.max(known?.floor ?? 0, bounds.mode === null ? 0 : strength(bounds.mode, null)),
    source: known === undefined ? source : `${known.source}, ${source}`,
  }
}
