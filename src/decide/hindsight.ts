/**
 * The kernel over what an event remembers: the same rules, run on facts of which some are not known. A rule that needs one of those
 * passes, and says that it could not tell; a draft's verdict then holds only if another rule refuses anyway. Never a guess.
 */
import type { Validation } from '../schema/index.ts'
import type { Facts } from './facts.ts'
import { prepareWith } from './kernel.ts'
import type { RuleList } from './operation.ts'
import type { ActiveApi, Plan, PlanOperation, PlanParameter, PlanRule } from './plan.ts'
import { RULES } from './rules/list.ts'
import type { Failure, JudgedRequest, Judgement, PreparedRule, RuleKind } from './rule.ts'
import type { KernelEnvironment, Schemas } from './schemas.ts'
import { parseTemplate, writePath } from './template.ts'
import type { Kernel } from './verdict.ts'

/** Thrown by a fact that was not recorded when a rule asks for it. Made once for each fact and thrown again: it carries no request. */
export class UnknownFact extends Error {
  readonly fact: string
  constructor(fact: string) {
    super(fact)
    this.name = 'UnknownFact'
    this.fact = fact
  }
}

/** One rule on one operation, before or after the body is known. The same object for every request. */
export interface RulePlace {
  readonly api: ActiveApi
  readonly operation: PlanOperation
  readonly rule: PlanRule
  readonly part: 'early' | 'late'
}

/** What is remembered of the request in hand. */
export interface Hindsight {
  /** What the very same rule said then; `undefined` when it is not the same, or was not asked. */
  recorded(place: RulePlace): { readonly failure: Failure | undefined } | undefined
  /** The request as this rule may see it. Values that were not recorded throw `UnknownFact`. */
  request(place: RulePlace, request: JudgedRequest): JudgedRequest
  /** Whether the values of a declared parameter were what its schema says. @throws UnknownFact */
  parameter(place: Pick<RulePlace, 'api' | 'operation'>, declared: PlanParameter): Validation
  /** Whether the body was what its schema says. @throws UnknownFact */
  body(place: Pick<RulePlace, 'api' | 'operation'>, maxDepth: number): Validation
  unknown(place: RulePlace, fact: string): void
}

/** As `prepare`, over hindsight. */
export function prepareHindsight(plan: Plan, env: KernelEnvironment, hindsight: Hindsight): Kernel {
  const rules: RuleList = new Map(
    [...RULES].map(([name, kind]) => [name, remembering(kind, hindsight)]),
  )
  return prepareWith(plan, env, rules)
}

function remembering(kind: RuleKind, hindsight: Hindsight): RuleKind {
  return {
    ...kind,
    prepare(rule, context): PreparedRule {
      const { api, operation } = context
      const schemas: Schemas = {
        ...context.schemas,
        parameter: (declared) => () => hindsight.parameter({ api, operation }, declared),
        body: (_id, maxDepth) => () => hindsight.body({ api, operation }, maxDepth),
      }
      const {
        claims: _,
        watchable,
        late,
        ...prepared
      } = kind.prepare(rule, { ...context, schemas })
      const early: Judgement = watchable === true ? { ...prepared, judge: uncounted } : prepared
      return {
        ...prepared,
        ...over(early, { api, operation, rule, part: 'early' }, hindsight),
        ...(late !== undefined && {
          late: over(late, { api, operation, rule, part: 'late' }, hindsight),
        }),
      }
    },
  }
}

const COUNTS = new UnknownFact('what was counted by then was not recorded')

/** An event says what was left of the quotas of its own plan, and nothing of others. */
function uncounted(): never {
  throw COUNTS
}

function over(judgement: Judgement, place: RulePlace, hindsight: Hindsight): Judgement {
  return {
    needs: judgement.needs,
    judge(facts: Facts, request: JudgedRequest) {
      const recorded = hindsight.recorded(place)
      if (recorded !== undefined) return recorded.failure
      try {
        return judgement.judge(facts, hindsight.request(place, request))
      } catch (cause) {
        if (!(cause instanceof UnknownFact)) throw cause
        hindsight.unknown(place, cause.fact)
        return undefined
      }
    },
  }
}

/** A target that has this route, with a value of one's own for each parameter. @throws TypeError for what is no route */
export function writeRoute(route: string, valueOf: (name: string) => string): string {
  const templates = parseTemplate(route)
  const values = new Map<string, string>()
  for (const template of templates) {
    if (template.kind === 'parameter') values.set(template.name, valueOf(template.name))
    if (template.kind === 'mixed')
      for (const name of template.names) values.set(name, valueOf(name))
  }
  return writePath(templates, values)
}
