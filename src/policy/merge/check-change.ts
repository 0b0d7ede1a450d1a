/** One change of one level, checked against the vocabulary before anything is merged. */
import { nearest } from '../../lib/index.ts'
import type { RuleChange } from '../contract.ts'
import { checkParam, type ParamValue } from '../rules/param-kinds.ts'
import { RULE_NAMES, type RuleSpec, ruleSpec } from '../rules/vocabulary.ts'
import type { MergeFinding } from './merged-rule.ts'

export interface CheckedChange {
  readonly change: RuleChange
  readonly spec: RuleSpec
  readonly params: ReadonlyMap<string, ParamValue>
}

/** The change with its parameters typed, or `undefined` and a finding for each mistake: a rule half understood is not applied. */
export function checkChange(
  change: RuleChange,
  report: (finding: MergeFinding) => void,
): CheckedChange | undefined {
  const fault = (code: MergeFinding['code'], text: string): void =>
    report({ code, severity: 'critical', text, place: change.place, closes: true })
  const spec = ruleSpec(change.rule)
  if (spec === undefined) {
    const near = nearest(change.rule, RULE_NAMES)
    fault(
      'GH_POLICY_RULE_UNKNOWN',
      `there is no rule ${JSON.stringify(change.rule)}; there are ${RULE_NAMES.join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    )
    return undefined
  }
  const params = new Map<string, ParamValue>()
  let sound = true
  for (const [name, value] of Object.entries(change.params)) {
    const known = spec.params.get(name)
    const checked = known === undefined ? undefined : checkParam(known.kind, value)
    if (checked?.ok === true) {
      params.set(name, checked.value)
      continue
    }
    sound = false
    if (checked === undefined) {
      const names = [...spec.params.keys()]
      const near = nearest(name, names)
      fault(
        'GH_POLICY_PARAM_UNKNOWN',
        `${spec.name} has no parameter ${JSON.stringify(name)}; it has ${names.join(', ') || 'none'}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
      )
    } else fault('GH_POLICY_PARAM_INVALID', `${name} of ${spec.name} must be ${checked.allowed}`)
  }
  const { fraction, mode } = change
  if (fraction !== null && !(fraction >= 0 && fraction <= 100)) {
    sound = false
    fault('GH_POLICY_PARAM_INVALID', `fraction of ${spec.name} must be a percentage from 0 to 100`)
  } else if (fraction !== null && mode !== null && mode !== 'enforce') {
    sound = false
    fault('GH_POLICY_PARAM_INVALID', `a fraction of ${spec.name} needs mode enforce`)
  }
  return sound ? { change, spec, params } : undefined
}
