/** Runs the rules of one operation over the facts, in plan order, until one refuses or a fact is missing. */
import type { ErrorCode } from '../lib/index.ts'
import type { FactName, Facts } from './facts.ts'
import { enforces } from './modes.ts'
import type { Operation, Step } from './operation.ts'
import { type Progress, seal } from './progress.ts'
import { writeQuery } from './query.ts'
import type { Failure, JudgedRequest, Judgement } from './rule.ts'
import { writePath } from './template.ts'
import type {
  Allow,
  Claim,
  Claims,
  Deny,
  InitiatedAsked,
  Need,
  QuotaClaim,
  RuleFailure,
  Trail,
} from './verdict.ts'

/** Goes on from `progress` (which may be the very beginning) as far as its facts reach. */
export function evaluate(
  progress: Progress,
  facts: Facts,
  planDigest: string,
): Need | Claims | Allow | Deny {
  const { operation, request } = progress
  let { failed } = progress
  for (let at = progress.at; at < operation.steps.length; at++) {
    const step = operation.steps[at]
    if (step === undefined) break
    const missing = missingFacts(step.judgement.needs, facts)
    if (missing !== undefined) {
      const resume = seal(progress, at, failed, facts)
      const { signedIn } = step.judgement
      if (signedIn !== undefined && missing.includes('signature'))
        return { kind: 'need', facts: missing, signedIn, resume }
      if (missing === ONE.token && operation.issuers !== undefined)
        return { kind: 'need', facts: missing, issuers: operation.issuers, resume }
      if (missing.includes('initiated')) {
        const initiated = initiatedBy(step, facts, request)
        return { kind: 'need', facts: missing, initiated, resume }
      }
      return missing.includes('namedConsent')
        ? { kind: 'need', facts: missing, consentId: nameOf(step, facts, request), resume }
        : { kind: 'need', facts: missing, resume }
    }
    const failure = judge(step.judgement, facts, request)
    if (failure === undefined) continue
    const denied = failure.always === true || enforces(step.rule, facts)
    failed = [...failed, recordOf(step, failure.code, failure.detail, denied)]
    if (denied)
      return denyBy(step, failure.outside ?? failure.code, request, {
        planDigest,
        ran: step.ran,
        failed,
      })
  }
  const trail: Trail = { planDigest, ran: operation.plan.rules.length, failed }
  return (
    takeClaims(progress, facts, trail) ??
    allow(operation, facts, request, noteObserved(operation, facts, trail))
  )
}

/**
 * Claims come last: a refused request has spent nothing. Only rules that enforce may spend; a rule that throws here refuses as it
 * would anywhere else.
 */
function takeClaims(progress: Progress, facts: Facts, trail: Trail): Claims | Deny | undefined {
  const { operation, request } = progress
  if (facts.claims?.kind === 'taken') return undefined
  let claims: readonly Claim[] = NO_CLAIMS
  let watched: readonly QuotaClaim[] = NO_QUOTAS
  let claimant: Step | undefined
  for (const step of operation.steps) {
    if (step.claims === undefined) continue
    const enforced = enforces(step.rule, facts)
    const { watchable, notes } = step.prepared
    if (!enforced && watchable !== true && notes !== true) continue
    const asked = ask(step.claims, facts, request)
    if (asked === undefined) {
      if (!enforced) continue
      return refuseClaim(step, RULE_THREW, request, trail)
    }
    if (asked.length === 0) continue
    if (enforced) {
      claimant ??= step
      claims = claims.length === 0 ? asked : [...claims, ...asked]
    } else {
      watched = [...watched, ...asked.filter(isQuota)]
      // They spend nothing, and whoever enforces tomorrow needs what was made today.
      claims = [...claims, ...asked.filter(({ kind }) => kind === 'initiate')]
    }
  }
  if (facts.claims !== undefined && claimant !== undefined) {
    const { rule } = facts.claims
    const named = rule === undefined ? undefined : stepOf(operation, rule)
    return refuseClaim(named ?? claimant, facts.claims, request, trail)
  }
  if (claims.length === 0 && watched.length === 0) return undefined
  const resume = seal(progress, operation.steps.length, trail.failed, facts)
  return watched.length === 0
    ? { kind: 'claim', claims, resume }
    : { kind: 'claim', claims, watched, resume }
}

const NO_CLAIMS: readonly Claim[] = []
const NO_QUOTAS: readonly QuotaClaim[] = []

function isQuota(claim: Claim): claim is QuotaClaim {
  return claim.kind === 'quota'
}

function stepOf(operation: Operation, rule: string): Step | undefined {
  return operation.steps.find((step) => step.claims !== undefined && step.rule.name === rule)
}

/** What was taken, with what rules that only observe would have refused. */
function noteObserved(operation: Operation, { claims }: Facts, trail: Trail): Trail {
  if (claims?.kind !== 'taken' || claims.observed === undefined) return trail
  const observed = claims.observed.flatMap(({ rule = '', code, detail = CLAIM_REFUSED }) => {
    const step = stepOf(operation, rule)
    return step === undefined ? [] : [recordOf(step, code, detail, false)]
  })
  return { ...trail, failed: [...trail.failed, ...observed] }
}

const CLAIM_REFUSED = 'a claim was refused'

function ask(
  claims: (facts: Facts, request: JudgedRequest) => readonly Claim[],
  facts: Facts,
  request: JudgedRequest,
): readonly Claim[] | undefined {
  try {
    return claims(facts, request)
  } catch {
    return undefined
  }
}

function refuseClaim(
  step: Step,
  { code, detail = CLAIM_REFUSED }: { readonly code: ErrorCode; readonly detail?: string },
  request: JudgedRequest,
  trail: Trail,
): Deny {
  const failed = [...trail.failed, recordOf(step, code, detail, true)]
  return denyBy(step, code, request, { ...trail, failed })
}

function allow(operation: Operation, facts: Facts, request: JudgedRequest, trail: Trail): Allow {
  const { match, query } = request
  const path = writePath(operation.templates, match.parameters)
  return {
    kind: 'allow',
    match,
    forward: {
      path,
      query: query.length === 0 ? '' : writeQuery(query, keeper(operation, facts)),
    },
    trail,
  }
}

/** The one rule that strips the query, if it enforces for this request. */
function keeper(operation: Operation, facts: Facts): ((name: string) => boolean) | undefined {
  for (const { prepared, rule } of operation.steps)
    if (prepared.keeps !== undefined && enforces(rule, facts)) return prepared.keeps
  return undefined
}

/** A rule that throws has found nothing in order: that is a failure like any other, so it refuses where the rule enforces. */
function judge(judgement: Judgement, facts: Facts, request: JudgedRequest): Failure | undefined {
  try {
    return judgement.judge(facts, request)
  } catch {
    // What was thrown may hold what was sent: the event gets the rule's name only.
    return RULE_THREW
  }
}

const RULE_THREW: Failure = { code: 'GH_GATEWAY_RULE_FAILED', detail: 'the rule threw' }

function recordOf(step: Step, code: ErrorCode, detail: string, denied: boolean): RuleFailure {
  const { name, control } = step.rule
  return { rule: name, control, code, effect: denied ? 'denied' : 'observed', detail }
}

function denyBy(step: Step, code: ErrorCode, request: JudgedRequest, trail: Trail): Deny {
  return {
    kind: 'deny',
    code,
    rule: step.rule.name,
    match: request.match,
    api: request.match.api,
    trail,
  }
}

/**
 * What to ask for next. The token first and alone: the client and the consent are looked up by what it says, and for a stranger
 * they need not be.
 */
function missingFacts(needs: readonly FactName[], facts: Facts): readonly FactName[] | undefined {
  let missing: readonly FactName[] | undefined
  for (const name of needs) {
    if (isKnown(name, facts)) continue
    // A consent may be named in the body, so the body is there first.
    if (name === 'token' || name === 'body') return ONE[name]
    missing = missing === undefined ? ONE[name] : [...missing, name]
  }
  return missing
}

/** A rule that throws here names nobody; when it is judged, it refuses. */
function nameOf({ judgement }: Step, facts: Facts, request: JudgedRequest): string {
  try {
    return judgement.named?.(facts, request) ?? ''
  } catch {
    return ''
  }
}

function initiatedBy({ judgement }: Step, facts: Facts, request: JudgedRequest): InitiatedAsked {
  try {
    return judgement.initiated?.(facts, request) ?? NOTHING_INITIATED
  } catch {
    return NOTHING_INITIATED
  }
}

const NOTHING_INITIATED: InitiatedAsked = { of: 'payment', scope: [], ids: [] }

const ONE: Readonly<Record<FactName, readonly FactName[]>> = {
  token: ['token'],
  client: ['client'],
  consent: ['consent'],
  namedConsent: ['namedConsent'],
  body: ['body'],
  signature: ['signature'],
  initiated: ['initiated'],
  risk: ['risk'],
}

function isKnown(name: FactName, facts: Facts): boolean {
  // `risk` has no fact yet: a rule that needs it is answered by nobody, so no rule may.
  return name !== 'risk' && facts[name] !== undefined
}
