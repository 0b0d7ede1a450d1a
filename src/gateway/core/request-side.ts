/**
 * What a data plane can hold that asks before each call and never shows the answer (Envoy's `ext_authz`): the rules about the request. An
 * operation of which more is asked is refused there by name, and never served with a rule less.
 */
import type {
  ActiveApi,
  Allow,
  Claims,
  Deny,
  PlanOperation,
  PlanRule,
  RuleName,
} from '../../decide/index.ts'

export interface BeyondRequest {
  readonly rule: RuleName
  readonly control: string
  /** The rule is not in the plan, and without it the strict reading holds. */
  readonly absent: boolean
}

/** `proxy`: held by settings of the proxy that are exported with the plan. */
const SIDE: Readonly<Record<RuleName, 'request' | 'answer' | 'proxy'>> = {
  'transport.tls': 'request',
  'transport.mtls': 'request',
  'authz.default': 'request',
  'logging.redact': 'request',
  'request.validation': 'request',
  'request.fields': 'request',
  'token.validation': 'request',
  'token.lifetime': 'request',
  'token.senderConstrained': 'request',
  'identity.clientCertificate.roles': 'request',
  'identity.clientStatus': 'request',
  'authz.operations': 'request',
  'authz.consent': 'request',
  'authz.objects': 'request',
  'request.signature': 'request',
  'sca.required': 'request',
  'sca.dynamicLinking': 'request',
  // The answer that a key brings back is one that was seen.
  'payment.idempotency': 'answer',
  // Counted when it is decided; what is left is told by whoever answers, and a proxy that asks is not told.
  rate: 'request',
  // An access counts when it is let through: whether it was answered is not seen.
  'rate.unattended': 'request',
  'response.fields': 'answer',
  'gateway.baseline': 'answer',
  'response.errors': 'answer',
  'upstream.validation': 'answer',
  'logging.audit': 'request',
  // Each address is judged as it is called: a proxy would call wherever a name leads.
  'egress.allowlist': 'answer',
  'upstream.tls': 'proxy',
  'upstream.resilience': 'proxy',
}

/** Without them an answer is judged as strictly as with them (`decide`), so that they must be there and say that it is not. */
const OF_EVERY_ANSWER = ['response.fields', 'response.errors'] as const

/** The rules of an operation that need the answer; none: a data plane that only asks can hold it all. */
export function beyondRequest(api: ActiveApi, operation: PlanOperation): readonly BeyondRequest[] {
  const rules = operation.rules.flatMap((at) => api.rules[at] ?? [])
  if (rules.some(refusesAll)) return []
  const found = rules
    .filter((rule) => enforced(rule) && !(isOfRequest(rule.name) && asksOnly(rule)))
    .map(({ name, control }): BeyondRequest => ({ rule: name, control, absent: false }))
  const absent = OF_EVERY_ANSWER.filter((name) => !rules.some((rule) => rule.name === name)).map(
    (rule): BeyondRequest => ({ rule, control: 'response-minimisation', absent: true }),
  )
  return [
    ...found,
    ...absent,
    ...(api.upstream.tls === undefined ? [] : [OWN_TRUST]),
    ...(api.upstream.others === undefined ? [] : [OWN_TURN]),
  ]
}

/** Whom the bank is believed by, and what it is shown, are files of this gateway: a proxy without them would believe more. */
const OWN_TRUST: BeyondRequest = {
  rule: 'upstream.tls',
  control: 'workload-identity',
  absent: false,
}

/** Of several addresses a proxy would be given one. */
const OWN_TURN: BeyondRequest = {
  rule: 'upstream.resilience',
  control: 'fault-isolation',
  absent: false,
}

/** The template does not serve the operation: there is no answer. */
function refusesAll(rule: PlanRule): boolean {
  return (
    rule.name === 'authz.consent' &&
    rule.params.unmapped &&
    rule.params.unmappedBecause !== undefined &&
    rule.fraction === undefined &&
    enforced(rule)
  )
}

/** For some requests at least: a mandate has no other mode. */
function enforced({ mode, origin }: PlanRule): boolean {
  return mode === 'enforce' || origin.level === 'mandate'
}

/** A rule of a later version is not known to be. */
function isOfRequest(name: RuleName): boolean {
  return Object.hasOwn(SIDE, name) && SIDE[name] !== 'answer'
}

/** False for rules about the request that do something with the answer too: sign it, keep what it names, or count it as a use. */
function asksOnly(rule: PlanRule): boolean {
  if (rule.name === 'request.signature') return rule.params.answers === undefined
  return (
    rule.name !== 'sca.dynamicLinking' ||
    (rule.params.made === undefined && rule.params.consent === undefined)
  )
}

/** An allow that another data plane must not act on. */
export function denyBeyond(allow: Allow, { rule, control }: BeyondRequest): Deny {
  const code = 'GH_GATEWAY_DATA_PLANE'
  const detail =
    'the rule needs the answer of the bank or our own keys, which this data plane does not have'
  return {
    kind: 'deny',
    code,
    rule,
    match: allow.match,
    trail: {
      ...allow.trail,
      failed: [...allow.trail.failed, { rule, control, code, effect: 'denied', detail }],
    },
  }
}

/** Whether something is to be taken whose end is an answer: a key brings the first one back, one names the payment that was made, and one says whether it was. */
export function needsAnswer({ claims }: Claims): boolean {
  return claims.some(({ kind }) => kind === 'reserve' || kind === 'initiate' || kind === 'use')
}
