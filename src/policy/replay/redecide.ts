/** Decides one recorded request again, under a draft, with the kernel that the gateway runs. */
import {
  type ActiveApi,
  enforces,
  type Plan,
  type PlanOperation,
  prepareHindsight,
  ruleNamed,
  type RuleFailure,
  type Trail,
} from '../../decide/index.ts'
import type { AccessEvent } from '../../events/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import type { LinearRegex } from '../../schema/index.ts'
import { createMemory, type Undecided } from './memory.ts'
import { routesOf } from './routes.ts'
import { sameRules, type SameRules, type Then } from './same-rule.ts'
import { trustIn } from './trust.ts'
import { redecideUnrouted } from './unrouted.ts'

export type RuleLabel = RuleFailure['rule']

/** What kept a verdict from being reached. */
export interface Reason {
  readonly rule: RuleLabel
  readonly reason: string
}

export type Redecision =
  | { readonly kind: 'allow'; readonly trail: Trail; readonly now: Now }
  | {
      readonly kind: 'deny'
      readonly rule: RuleLabel
      readonly code: ErrorCode
      readonly trail?: Trail
      readonly now?: Now
      /** Rules before it that could not tell: one of them may be the one that refuses. */
      readonly unsure: readonly Undecided[]
    }
  | {
      readonly kind: 'undecidable'
      readonly reasons: readonly Reason[]
      readonly trail?: Trail
      readonly now?: Now
    }

/** The operation of the draft that the request reaches. */
export interface Now {
  readonly api: ActiveApi
  readonly operation: PlanOperation
  readonly past: Then | undefined
  /** Rules that could not tell, whatever their mode. */
  readonly undecided: readonly Undecided[]
  readonly enforcesFields: boolean
}

export interface Redecider {
  readonly same: SameRules
  decide(event: AccessEvent): Redecision
}

export interface RedeciderOptions {
  readonly draft: Plan
  readonly regex: LinearRegex
  /** The plan of an event, if it was kept. */
  readonly planOf: (digest: string) => Plan | undefined
}

export function createRedecider({ draft, regex, planOf }: RedeciderOptions): Redecider {
  const same = sameRules(draft)
  const memory = createMemory(draft, same)
  const kernel = prepareHindsight(draft, { regex }, memory)
  const routes = routesOf(draft)
  const find = operationFinder()
  const trust = trustIn(draft)

  return {
    same,
    decide(event) {
      const before = planOf(event.plan)
      const { facts, route } = event
      if (route === null || event.operation === null)
        return redecideUnrouted(event, before, draft, routes)
      if (facts === null) return undecidable('gateway.baseline', 'the facts were not recorded')
      if (event.client !== null && /[…\uFFFD]/.test(event.client))
        return undecidable('gateway.baseline', 'the name of the client was not recorded whole')
      const place = routes.targetOf(route, before)
      if (place === undefined)
        return undecidable('gateway.baseline', 'another route of the draft may take the path')
      const past = before === undefined ? undefined : find(before, event.api, event.operation)
      const asked = memory.hold({ event, facts, past, trust: trust(facts, before) }, place.target)
      const answer = kernel.next(asked)
      if (answer.kind === 'need' || answer.kind === 'claim')
        return undecidable('gateway.baseline', 'the draft asks for what no event holds')
      const { trail } = answer
      const { undecided } = memory
      const reached = answer.match && find(draft, answer.match.api, answer.match.operation)
      const fields = reached && ruleNamed(reached.api, reached.operation, 'response.fields')
      const now: Now | undefined = reached && {
        api: reached.api,
        operation: reached.operation,
        past,
        undecided,
        enforcesFields: fields === undefined || enforces(fields, asked),
      }
      const decisive = undecided.filter(({ place: { rule } }) => enforces(rule, asked))
      if (answer.kind === 'deny')
        return {
          kind: 'deny',
          rule: answer.rule,
          code: answer.code,
          trail,
          unsure: decisive,
          ...(now && { now }),
        }
      if (now === undefined)
        return undecidable('gateway.baseline', 'the draft has no such operation')
      if (decisive.length > 0)
        return {
          kind: 'undecidable',
          reasons: decisive.map(({ place: { rule }, fact }) => ({ rule: rule.name, reason: fact })),
          trail,
          now,
        }
      if (!memory.bodyJudged && hasBody(event))
        return {
          kind: 'deny',
          rule: 'gateway.baseline',
          code: 'GH_GATEWAY_REQUEST_INVALID',
          trail,
          unsure: [],
          now,
        }
      return { kind: 'allow', trail, now }
    },
  }
}

/** As the gateway has it: a body that no rule judged goes nowhere. */
function hasBody({ facts }: AccessEvent): boolean {
  return facts?.body !== undefined && facts.body.announced !== 0
}

function undecidable(rule: RuleLabel, reason: string): Redecision {
  return { kind: 'undecidable', reasons: [{ rule, reason }] }
}

type Find = (plan: Plan, api: string | null, operation: string) => Then | undefined

function operationFinder(): Find {
  const tables = new WeakMap<Plan, ReadonlyMap<string, Then>>()
  return (plan, api, operation) => {
    let table = tables.get(plan)
    if (table === undefined) {
      table = new Map(
        plan.apis.flatMap((owner) =>
          owner.state === 'closed'
            ? []
            : owner.operations.map((one) => [
                `${owner.name}\u0000${one.id}`,
                { plan, api: owner, operation: one },
              ]),
        ),
      )
      tables.set(plan, table)
    }
    return table.get(`${api ?? ''}\u0000${operation}`)
  }
}
