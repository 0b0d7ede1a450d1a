/** What a rule is made of. One rule is one file of `rules/`; the list is `rules/list.ts`. */
import type { ErrorCode } from '../lib/index.ts'
import type { FactName, Facts } from './facts.ts'
import type { ActiveApi, Plan, PlanOperation, RuleName, RuleOf } from './plan.ts'
import type { QueryPair } from './query.ts'
import type { Schemas } from './schemas.ts'
import type { Claim, InitiatedAsked, Match, SignedIn } from './verdict.ts'

/** Why a request does not pass a rule. */
export interface Failure {
  readonly code: ErrorCode
  /** Names the fact; never holds a token, an account number or anything else that was sent. */
  readonly detail: string
  /** Told to the client instead of `code`, where the true one would tell a stranger too much. */
  readonly outside?: ErrorCode
  /** The facts cannot be relied on: denied in every mode but `off`. */
  readonly always?: true
}

/** A request that named an operation in a well-formed way. */
export interface JudgedRequest {
  readonly match: Match
  readonly query: readonly QueryPair[]
}

/** INVARIANT: reads only `facts.now`, `feedAgeMs`, `request` and the facts it needs; no state, so the same facts give the same answer. */
export interface Judgement {
  readonly needs: readonly FactName[]
  /** Which consent the request names, for the need `namedConsent`; `''`: none. */
  readonly named?: (facts: Facts, request: JudgedRequest) => string
  /** Where the signature stands, for the need `signature`. */
  readonly signedIn?: SignedIn
  /** Which payments, for the need `initiated`; nothing: none. */
  readonly initiated?: (facts: Facts, request: JudgedRequest) => InitiatedAsked | undefined
  judge(facts: Facts, request: JudgedRequest): Failure | undefined
}

export interface PreparedRule extends Judgement {
  /** Runs after every rule of the operation: what needs the body is not read for strangers. */
  readonly late?: Judgement
  /** Query parameters that go upstream, while the rule enforces; absent: all that were judged. */
  readonly keeps?: (name: string) => boolean
  /** What must be taken when everything else has passed. */
  readonly claims?: (facts: Facts, request: JudgedRequest) => readonly Claim[]
  /** Its claims take nothing, and are made while the rule only observes too. */
  readonly notes?: true
  /** Its claims are quotas, and are counted apart while the rule only observes: else nobody could tell what it would refuse. */
  readonly watchable?: true
}

export interface RuleContext {
  readonly plan: Plan
  readonly api: ActiveApi
  readonly operation: PlanOperation
  readonly schemas: Schemas
}

export interface RuleKind<N extends RuleName = RuleName> {
  readonly name: N
  /** Looks at the rule alone, before its API serves anything. @throws TypeError if the plan asks for what cannot be done: the API is closed. */
  sound?(rule: RuleOf<N>, plan: Plan): void
  /** Looks at the rule on one operation, as early; for each of thousands, so it must be cheap. @throws TypeError as `sound` */
  fits?(rule: RuleOf<N>, operation: PlanOperation): void
  /** Once per operation, at its first request. What throws here and not before closes the API all the same, only later. */
  prepare(rule: RuleOf<N>, context: RuleContext): PreparedRule
}

export const NO_NEEDS: readonly FactName[] = []
export const ALWAYS_PASSES: PreparedRule = { needs: NO_NEEDS, judge: () => undefined }
