/**
 * Merging by named rule, from the strongest level down: mandate → template → class → API → operation (DESIGN §5). A template that is
 * looser than the mandate is clipped, for it was written for everybody; a lower level that is looser than it may be is a mistake, and
 * closes the API.
 */
import type { RuleName } from '../../decide/index.ts'
import type { RuleChange } from '../contract.ts'
import { RULES } from '../rules/vocabulary.ts'
import type { Template } from '../template/templates.ts'
import type { Place } from '../../lib/index.ts'
import { applyChange } from './apply-change.ts'
import { baseRule, type LowerLevel } from './base-rule.ts'
import { checkChange } from './check-change.ts'
import { gatherMandates, type Mandates } from './mandate.ts'
import type { MergedRule, MergedRules, MergeFinding } from './merged-rule.ts'

export interface MergeLevels {
  readonly mandate: readonly RuleChange[]
  readonly template: Template
  /** Of the link to the template, for what template and mandate cannot agree on. */
  readonly templatePlace: Place
  readonly class: readonly RuleChange[]
  readonly api: readonly RuleChange[]
  /** Who answers for the API. */
  readonly owner: string | null
}
export interface Merged {
  /** In the order of the vocabulary. */
  readonly rules: MergedRules
  readonly findings: readonly MergeFinding[]
  /** The rules of one operation: what it states on top of these. */
  ofOperation(changes: readonly RuleChange[]): Pick<Merged, 'rules' | 'findings'>
}

export function mergeRules(levels: MergeLevels): Merged {
  const { template, templatePlace, owner } = levels
  const findings: MergeFinding[] = []
  const report = (finding: MergeFinding): void => void findings.push(finding)
  const mandates = gatherMandates(levels.mandate, report)
  const base = new Map<RuleName, MergedRule>()
  for (const spec of RULES) {
    const rule = baseRule(spec, template, mandates.get(spec.name), (finding) =>
      report({ place: templatePlace, ...finding }),
    )
    if (rule !== undefined) base.set(spec.name, rule)
  }
  const lower = { mandates, owner, report }
  const ofClass = below(base, levels.class, { ...lower, level: 'class' })
  const rules = below(ofClass, levels.api, { ...lower, level: 'api' })
  return {
    rules,
    findings,
    ofOperation(changes) {
      const own: MergeFinding[] = []
      const merged = below(rules, changes, {
        mandates,
        owner,
        level: 'operation',
        report: (finding) => void own.push(finding),
      })
      return { rules: merged, findings: own }
    },
  }
}

function below(
  above: MergedRules,
  changes: readonly RuleChange[],
  context: {
    readonly mandates: Mandates
    readonly owner: string | null
    readonly level: LowerLevel
    readonly report: (finding: MergeFinding) => void
  },
): MergedRules {
  const { mandates, owner, level, report } = context
  const rules = new Map(above)
  for (const change of changes) {
    const checked = checkChange(change, level, report)
    if (checked === undefined) continue
    const { name } = checked.spec
    const mandate = mandates.get(name)
    rules.set(name, applyChange(checked, rules.get(name), { level, mandate, owner, report }))
  }
  return new Map(
    RULES.flatMap(({ name }) => {
      const rule = rules.get(name)
      return rule === undefined ? [] : [[name, rule] as const]
    }),
  )
}
