/** One operation, ready to be judged: made at its first request, shared by every other, never changed. */
import { runs } from './modes.ts'
import type { PreparedApi } from './api.ts'
import type { ActiveApi, Plan, PlanOperation, PlanRule } from './plan.ts'
import type { Responder } from './respond.ts'
import type { Judgement, PreparedRule, RuleKind } from './rule.ts'
import type { Schemas } from './schemas.ts'
import type { SegmentTemplate } from './template.ts'

export interface Step {
  readonly rule: PlanRule
  readonly prepared: PreparedRule
  readonly judgement: Judgement
  /** On the early step of a rule only. */
  readonly claims: PreparedRule['claims']
  /** Rules of the operation gone through once this step has run. */
  readonly ran: number
}

export interface Operation {
  /** The API it belongs to, which may be closed meanwhile. */
  readonly home: PreparedApi
  readonly plan: PlanOperation
  /** Base path and template: the low-cardinality route. */
  readonly route: string
  /** Below the base path. */
  readonly templates: readonly SegmentTemplate[]
  /** The templates hold parameters. */
  readonly captures: boolean
  /** In the order they run: the rules in plan order, then what they left for later. */
  readonly steps: readonly Step[]
  /** Some rule is enforced for a share of requests only. */
  readonly fractional: boolean
  /** Whose tokens it takes; absent: it does not say. */
  readonly issuers?: readonly string[]
  readonly respond: Responder
}

export type RuleList = ReadonlyMap<string, RuleKind>

/** For an operation that passed `checkOperation`. @throws TypeError if it cannot be prepared all the same: its API is closed then. */
export function prepareSteps(
  plan: Plan,
  api: ActiveApi,
  operation: PlanOperation,
  schemas: Schemas,
  rules: RuleList,
): readonly Step[] {
  const early: Step[] = []
  const late: Step[] = []
  operation.rules.forEach((index, at) => {
    const rule = api.rules[index]
    const kind = rule === undefined ? undefined : rules.get(rule.name)
    if (rule === undefined || kind === undefined)
      throw new TypeError(`${operation.id}: no rule ${index}`)
    if (!runs(rule)) return
    const prepared = kind.prepare(rule, { plan, api, operation, schemas })
    const { claims, late: rest } = prepared
    early.push({ rule, prepared, judgement: prepared, claims, ran: at + 1 })
    if (rest === undefined) return
    const ran = operation.rules.length
    late.push({ rule, prepared, judgement: rest, claims: undefined, ran })
  })
  return [...early, ...late]
}
