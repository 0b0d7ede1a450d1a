/** One change of one level, checked against the vocabulary before anything is merged. */
import type { Level, Mode } from '../../decide/index.ts'
import { nearest } from '../../lib/index.ts'
import type { RuleChange } from '../contract.ts'
import { type Bound, readBound } from '../rules/bounds.ts'
import { checkParam, type ParamValue } from '../rules/param-kinds.ts'
import { RULE_NAMES, type RuleSpec, ruleSpec } from '../rules/vocabulary.ts'
import type { MergeFinding } from './merged-rule.ts'

export interface CheckedChange {
  readonly change: RuleChange
  readonly spec: RuleSpec
  readonly params: ReadonlyMap<string, ParamValue>
  readonly bounds: { readonly mode: Mode | null; readonly params: ReadonlyMap<string, Bound> }
}

type Report = (finding: MergeFinding) => void

/** The change with its parameters typed, or `undefined` and a finding for each mistake: a rule half understood is not applied. */
export function checkChange(
  change: RuleChange,
  level: Level,
  report: Report,
): CheckedChange | undefined {
  let sound = true
  const fault = (code: MergeFinding['code'], text: string): undefined => {
    sound = false
    report({ code, severity: 'critical', text, place: change.place, closes: true })
  }
  const spec = ruleSpec(change.rule)
  if (spec === undefined)
    return fault(
      'GH_POLICY_RULE_UNKNOWN',
      `there is no rule ${JSON.stringify(change.rule)}; there are ${RULE_NAMES.join(', ')}.${didYouMean(change.rule, RULE_NAMES)}`,
    )
  if (level === 'operation' && spec.wholeApi)
    return fault(
      'GH_POLICY_LEVEL',
      `${spec.name} holds for a whole API and cannot be set for one operation`,
    )
  const params = new Map<string, ParamValue>()
  for (const [name, value] of Object.entries(change.params)) {
    const kind = kindOf(spec, name, fault)
    if (level === 'operation' && spec.params.get(name)?.wholeApi === true)
      fault(
        'GH_POLICY_LEVEL',
        `${name} of ${spec.name} holds for a whole API and cannot be set for one operation`,
      )
    const checked = kind === undefined ? undefined : checkParam(kind, value)
    if (checked?.ok === true) params.set(name, checked.value)
    else if (checked !== undefined)
      fault('GH_POLICY_PARAM_INVALID', `${name} of ${spec.name} must be ${checked.allowed}`)
  }
  const bounds = new Map<string, Bound>()
  for (const [name, value] of Object.entries(change.bounds?.params ?? {})) {
    const kind = kindOf(spec, name, fault)
    const read = kind === undefined ? undefined : readBound(kind, value)
    if (read?.ok === true) bounds.set(name, read.value)
    else if (read !== undefined)
      fault('GH_POLICY_BOUNDS', `the bound of ${name} of ${spec.name} must be ${read.allowed}`)
  }
  const { fraction, mode } = change
  if (fraction !== null && !(fraction >= 0 && fraction <= 100))
    fault('GH_POLICY_PARAM_INVALID', `fraction of ${spec.name} must be a percentage from 0 to 100`)
  else if (fraction !== null && mode !== null && mode !== 'enforce')
    fault('GH_POLICY_PARAM_INVALID', `a fraction of ${spec.name} needs mode enforce`)
  return sound
    ? { change, spec, params, bounds: { mode: change.bounds?.mode ?? null, params: bounds } }
    : undefined
}

function kindOf(
  spec: RuleSpec,
  name: string,
  fault: (code: MergeFinding['code'], text: string) => void,
): Parameters<typeof checkParam>[0] | undefined {
  const known = spec.params.get(name)
  if (known !== undefined) return known.kind
  const names = [...spec.params.keys()]
  fault(
    'GH_POLICY_PARAM_UNKNOWN',
    `${spec.name} has no parameter ${JSON.stringify(name)}; it has ${names.join(', ') || 'none'}.${didYouMean(name, names)}`,
  )
  return undefined
}

function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === undefined ? '' : ` Did you mean ${near}?`
}
