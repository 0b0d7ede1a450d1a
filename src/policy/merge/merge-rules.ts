/**
 * Merging by named rule, from the strongest level down: mandate → template → API (DESIGN §5; the format has two more levels between
 * and below). A template that is looser than the mandate is clipped, for it was written for everybody; an API that is looser than it
 * may be is a mistake, and closes the API.
 */
import type { RuleName } from '../../decide/index.ts'
import type { RuleChange } from '../contract.ts'
import { atLeastAsTight, type ParamValue, tightest } from '../rules/param-kinds.ts'
import { RULES, type RuleSpec } from '../rules/vocabulary.ts'
import type { Template } from '../template/templates.ts'
import { checkChange, type CheckedChange } from './check-change.ts'
import { type MergedRule, type MergeFinding, sourceOf, strength } from './merged-rule.ts'

export interface MergeLevels {
  readonly mandate: readonly RuleChange[]
  readonly template: Template
  readonly api: readonly RuleChange[]
}
export interface Merged {
  /** In the order of the vocabulary. */
  readonly rules: ReadonlyMap<RuleName, MergedRule>
  readonly findings: readonly MergeFinding[]
}

interface Mandate {
  readonly params: ReadonlyMap<string, ParamValue | null>
  readonly source: string
}

export function mergeRules({ mandate, template, api }: MergeLevels): Merged {
  const findings: MergeFinding[] = []
  const report = (finding: MergeFinding): void => void findings.push(finding)
  const mandates = gatherMandates(mandate, report)
  const rules = new Map<RuleName, MergedRule>()
  for (const spec of RULES) {
    const rule = fromTemplate(spec, template, mandates.get(spec.name))
    if (rule !== undefined) rules.set(spec.name, rule)
  }
  for (const change of api) {
    const checked = checkChange(change, report)
    if (checked === undefined) continue
    const { name } = checked.spec
    const pinned = mandates.get(name)
    rules.set(name, applyChange(checked, { upper: rules.get(name), pinned, template, report }))
  }
  const inOrder = RULES.flatMap(({ name }) => {
    const rule = rules.get(name)
    return rule === undefined ? [] : [[name, rule] as const]
  })
  return { rules: new Map(inOrder), findings }
}

function gatherMandates(
  changes: readonly RuleChange[],
  report: (finding: MergeFinding) => void,
): ReadonlyMap<RuleName, Mandate> {
  const mandates = new Map<RuleName, Mandate>()
  for (const change of changes) {
    const checked = checkChange(change, report)
    if (checked === undefined) continue
    const { spec, params } = checked
    // DESIGN §3: rules of a mandate ignore mode and fraction, so saying another one is a misunderstanding worth a word.
    if ((change.mode !== null && change.mode !== 'enforce') || change.fraction !== null)
      report({
        code: 'GH_POLICY_PARAM_INVALID',
        severity: 'medium',
        text: `a mandate is always enforced for every request, so mode and fraction of ${spec.name} are ignored`,
        place: change.place,
        closes: false,
      })
    const known = mandates.get(spec.name)
    const all = new Map<string, ParamValue | null>(known?.params)
    for (const [name, value] of params)
      all.set(name, tightest(kindOf(spec, name), all.get(name) ?? null, value))
    const source = sourceOf(change.place)
    mandates.set(spec.name, {
      params: all,
      source: known === undefined ? source : `${known.source}, ${source}`,
    })
  }
  return mandates
}

/** Mandate and template together; `undefined` when neither names the rule. */
function fromTemplate(
  spec: RuleSpec,
  { document }: Template,
  mandate: Mandate | undefined,
): MergedRule | undefined {
  const own = Object.hasOwn(document.rules, spec.name) ? document.rules[spec.name] : undefined
  if (own === undefined && mandate === undefined) return undefined
  const params = new Map<string, ParamValue | null>()
  for (const [name, { kind, fallback }] of spec.params)
    params.set(
      name,
      tightest(kind, mandate?.params.get(name) ?? null, own?.params[name] ?? fallback),
    )
  const common = { rule: spec.name, params, mandated: mandate !== undefined }
  if (mandate !== undefined)
    return {
      ...common,
      mode: 'enforce',
      fraction: null,
      origin: { level: 'mandate', source: mandate.source },
    }
  return {
    ...common,
    mode: own?.mode ?? 'enforce',
    fraction: own?.fraction ?? null,
    origin: { level: 'profile', source: `${document.name}@${document.version}` },
  }
}

interface Above {
  readonly upper: MergedRule | undefined
  readonly pinned: Mandate | undefined
  readonly template: Template
  readonly report: (finding: MergeFinding) => void
}

/** A lower level's change on what the levels above gave: tighter is taken, looser only within bounds. */
function applyChange({ change, spec, params }: CheckedChange, above: Above): MergedRule {
  const { upper, pinned, template, report } = above
  const source = sourceOf(change.place)
  const bounds = Object.hasOwn(template.document.rules, spec.name)
    ? template.document.rules[spec.name]?.bounds
    : undefined
  const refuse = (what: string, limit: string): void =>
    report({
      code: 'GH_POLICY_LOOSENS',
      severity: 'critical',
      text: `${what} of ${spec.name} is looser than ${upper?.origin.source ?? 'the levels above'} says; ${limit}`,
      place: change.place,
      closes: true,
    })
  const weakened = (what: string): void =>
    report({
      code: 'GH_POLICY_WEAKENED',
      severity: 'medium',
      text: `${what}, looser than ${upper?.origin.source ?? 'the template'} and within its bounds`,
      place: change.place,
      closes: false,
    })

  const values = new Map<string, ParamValue | null>()
  let touched = upper === undefined
  for (const [name, { kind, fallback }] of spec.params) {
    const current = upper === undefined ? fallback : (upper.params.get(name) ?? null)
    const wanted = params.get(name) ?? current
    const limit = bounds?.params?.[name] ?? current
    const mandated = pinned?.params.get(name) ?? null
    // A rule that no level above has may be set as one likes: without it nothing was asked.
    const tighter = upper === undefined || atLeastAsTight(kind, wanted, current)
    const within = atLeastAsTight(kind, wanted, limit) && atLeastAsTight(kind, wanted, mandated)
    if (tighter || within) {
      values.set(name, wanted)
      touched ||= JSON.stringify(wanted) !== JSON.stringify(current)
      if (!tighter && kind.kind !== 'fixed')
        weakened(`${name} of ${spec.name} is ${JSON.stringify(wanted)}`)
    } else {
      values.set(name, current)
      const to = mandated ?? limit
      refuse(
        `${name} ${JSON.stringify(wanted)}`,
        mandated === null
          ? `it may go to ${JSON.stringify(to)} and no further`
          : `a mandate cannot be weakened: ${JSON.stringify(to)} or tighter`,
      )
    }
  }

  const mode = change.mode ?? upper?.mode ?? 'enforce'
  const fraction =
    mode === 'enforce'
      ? (change.fraction ?? (change.mode === null ? (upper?.fraction ?? null) : null))
      : null
  const wanted = strength(mode, fraction)
  const current = upper === undefined ? 0 : strength(upper.mode, upper.fraction)
  const least = strength(
    bounds?.mode ?? upper?.mode ?? 'off',
    bounds?.mode === undefined ? (upper?.fraction ?? null) : null,
  )
  const origin =
    upper?.mandated === true
      ? {
          level: 'mandate' as const,
          source: touched ? `${upper.origin.source}, tightened at ${source}` : upper.origin.source,
        }
      : { level: 'api' as const, source }
  const kept = {
    rule: spec.name,
    params: values,
    mandated: upper?.mandated === true,
    origin: touched || upper === undefined ? origin : upper.origin,
  }
  if (wanted < current && (kept.mandated || wanted < least)) {
    refuse(
      `mode ${mode}${fraction === null ? '' : ` for ${fraction} %`}`,
      kept.mandated
        ? 'a mandate cannot be weakened'
        : `it may go to ${bounds?.mode ?? upper?.mode ?? 'enforce'} and no further`,
    )
    return { ...kept, mode: upper?.mode ?? 'enforce', fraction: upper?.fraction ?? null }
  }
  if (wanted < current)
    weakened(`${spec.name} runs in mode ${mode}${fraction === null ? '' : ` for ${fraction} %`}`)
  return wanted === current && upper !== undefined
    ? { ...kept, mode: upper.mode, fraction: upper.fraction }
    : { ...kept, mode, fraction, origin }
}

function kindOf(spec: RuleSpec, name: string): Parameters<typeof tightest>[0] {
  const found = spec.params.get(name)
  if (found === undefined) throw new TypeError(`${spec.name} has no parameter ${name}`)
  return found.kind
}
