/** Whether a rule of a draft is the very rule that ran then, so that what it said then is what it would say. */
import {
  type ActiveApi,
  type Plan,
  type PlanOperation,
  type PlanParameter,
  type PlanRule,
  ruleNamed,
  type RulePlace,
} from '../../decide/index.ts'
import { canonicalJson } from '../../lib/index.ts'

/** An operation as it was when the event was written. */
export interface Then {
  readonly plan: Plan
  readonly api: ActiveApi
  readonly operation: PlanOperation
}

export interface SameRules {
  /** Where the same rule stood in the operation of then; `undefined` if it did not, or was off. */
  position(place: RulePlace, past: Then): number | undefined
  parameter(
    place: Pick<RulePlace, 'api' | 'operation'>,
    declared: PlanParameter,
    past: Then,
  ): boolean
  /** Body and depth are judged alike. */
  body(place: Pick<RulePlace, 'api' | 'operation'>, maxDepth: number, past: Then): boolean
  /** The answers are described alike, and trimmed alike. */
  answers(api: ActiveApi, operation: PlanOperation, past: Then): boolean
}

export function sameRules(draft: Plan): SameRules {
  const positions = new WeakMap<PlanOperation, WeakMap<RulePlace, number>>()
  const schemas = new WeakMap<ActiveApi, string>()
  const schemaOf = (api: ActiveApi): string => {
    let text = schemas.get(api)
    if (text === undefined) schemas.set(api, (text = canonicalJson(api.schema)))
    return text
  }
  const answers = new WeakMap<PlanOperation, WeakMap<PlanOperation, boolean>>()
  const verdicts = new WeakMap<ActiveApi, WeakMap<ActiveApi, boolean>>()
  const sameSchemas = (api: ActiveApi, past: Then): boolean => {
    const known = memo(verdicts, api)
    let same = known.get(past.api)
    if (same === undefined) known.set(past.api, (same = schemaOf(api) === schemaOf(past.api)))
    return same
  }
  const find = (place: RulePlace, past: Then): number => {
    const { api, operation, rule } = place
    const at = past.operation.rules.findIndex((index) => past.api.rules[index]?.name === rule.name)
    const was = past.api.rules[past.operation.rules[at] ?? -1]
    if (was === undefined || !runs(was) || DECIDED_BY_FACTS.has(rule.name)) return -1
    const text = (one: PlanRule, of: { api: ActiveApi; operation: PlanOperation; plan: Plan }) =>
      canonicalJson([one.name, one.params, around(one, of)])
    if (text(rule, { api, operation, plan: draft }) !== text(was, past)) return -1
    const judgesMessages = rule.name === 'request.validation' || rule.name === 'request.fields'
    return judgesMessages && !sameSchemas(api, past) ? -1 : at
  }
  return {
    position(place, past) {
      const known = memo(positions, past.operation)
      let at = known.get(place)
      if (at === undefined) known.set(place, (at = find(place, past)))
      return at < 0 ? undefined : at
    },
    parameter({ api }, declared, past) {
      const was = past.operation.parameters.find(
        (one) => one.in === declared.in && one.name === declared.name,
      )
      return (
        was !== undefined &&
        canonicalJson(was) === canonicalJson(declared) &&
        sameSchemas(api, past)
      )
    },
    body({ api, operation }, maxDepth, past) {
      const was = ruleNamed(past.api, past.operation, 'request.validation')
      return (
        was?.params.maxDepth === maxDepth &&
        canonicalJson(operation.requestBody) === canonicalJson(past.operation.requestBody) &&
        sameSchemas(api, past)
      )
    },
    answers(api, operation, past) {
      const known = memo(answers, operation)
      let same = known.get(past.operation)
      if (same === undefined) {
        const text = (of: ActiveApi, one: PlanOperation): string =>
          canonicalJson([
            one.method,
            one.responses,
            ruleNamed(of, one, 'response.fields')?.params,
            historyOf(of, one),
          ])
        same = text(api, operation) === text(past.api, past.operation) && sameSchemas(api, past)
        known.set(past.operation, same)
      }
      return same
    },
  }
}

/** What `sca.required` cuts from an answer, and of which requests; `undefined`: of none. */
export function historyOf(api: ActiveApi, operation: PlanOperation): unknown {
  const rule = ruleNamed(api, operation, 'sca.required')
  if (rule?.params.history === undefined || !runs(rule)) return undefined
  const { mode, fraction, origin, params } = rule
  return [mode, fraction ?? null, origin.level === 'mandate', params.history]
}

/** Its facts are always at hand, and what it says depends on whether another rule is sure to refuse. */
const DECIDED_BY_FACTS: ReadonlySet<string> = new Set(['authz.default'])

function runs(rule: PlanRule): boolean {
  return rule.mode !== 'off' || rule.origin.level === 'mandate'
}

/** What else of plan, API and operation a rule looks at; for a rule that is not listed, everything. */
function around(
  rule: PlanRule,
  { api, operation, plan }: { api: ActiveApi; operation: PlanOperation; plan: Plan },
): unknown {
  const { method, path, parameters, requestBody } = operation
  const { name } = rule
  const feed = [api.degraded, api.feedAllowanceMs, method]
  switch (name) {
    case 'transport.tls':
    case 'transport.mtls':
    case 'token.lifetime':
    case 'authz.operations':
    case 'response.errors':
    case 'upstream.validation':
    case 'logging.audit':
    case 'egress.allowlist':
    case 'upstream.tls':
    case 'upstream.resilience':
    case 'rate':
    case 'rate.unattended':
      return null
    case 'sca.required':
      // What is linked is read as the rule about that reads it, and is its to refuse while it enforces.
      return rule.params.outcome === 'linked' ? linkingOf(api, operation) : null
    case 'token.senderConstrained':
      return api.publicOrigins ?? []
    case 'token.validation':
      // Whether it looks at the binding of tokens depends on whether a rule of its own does.
      return [
        feed,
        plan.issuers,
        api.publicOrigins ?? [],
        ruleNamed(api, operation, 'token.senderConstrained') === undefined,
      ]
    case 'identity.clientStatus':
    case 'identity.clientCertificate.roles':
    case 'authz.consent':
    case 'response.fields':
      return feed
    case 'logging.redact':
      return parameters
    case 'authz.objects':
      return [feed, path, parameters]
    case 'request.validation':
    case 'request.fields':
    case 'authz.default':
      return [method, path, parameters, requestBody]
    default:
      return [feed, plan.issuers, operation]
  }
}

function linkingOf(api: ActiveApi, operation: PlanOperation): unknown {
  const linking = ruleNamed(api, operation, 'sca.dynamicLinking')
  if (linking === undefined) return null
  const { mode, fraction, origin, params } = linking
  return [mode, fraction ?? null, origin.level === 'mandate', params, operation]
}

function memo<K extends WeakKey, L extends WeakKey, V>(
  table: WeakMap<K, WeakMap<L, V>>,
  key: K,
): WeakMap<L, V> {
  let known = table.get(key)
  if (known === undefined) table.set(key, (known = new WeakMap()))
  return known
}
