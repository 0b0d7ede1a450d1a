/**
 * The rules of the product: what each one may be told, and which control it enforces. Names are the policy fields of the control
 * catalogue. The order is the order they run in, cheapest first; a refused request has cost as little as possible.
 */
import type { RuleName } from '../../decide/index.ts'
import type { ControlId } from '../../lib/index.ts'
import type { ParamKind, ParamValue } from './param-kinds.ts'

export interface ParamSpec {
  readonly kind: ParamKind
  /** When no level states it. `null`: no restriction of its own. */
  readonly fallback: ParamValue | null
  /** It is about the API as a whole, so no operation can have its own. */
  readonly wholeApi?: true
}
export interface RuleSpec {
  readonly name: RuleName
  readonly control: ControlId
  readonly params: ReadonlyMap<string, ParamSpec>
  /** It is about the API as a whole, so no operation can have its own. */
  readonly wholeApi: boolean
}

const HEADER_NAME: ParamKind = {
  kind: 'fixed',
  pattern: /^[a-z0-9][a-z0-9-]{0,63}$/,
  form: 'a header name in lower case, such as x-fapi-interaction-id',
}
const SUBSET: ParamKind = { kind: 'subset' }
/** RFC 6454 §6.2, as a browser writes it: no path, no wildcard, no `null`; plain HTTP on the machine of a developer only. */
const ORIGINS: ParamKind = {
  kind: 'subset',
  pattern:
    /^(?:https:\/\/[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}|http:\/\/(?:localhost|127\.0\.0\.1))(?::[1-9]\d{0,4})?$/,
  form: 'origins such as https://app.example',
}
/** RFC 1123 §2.1 in lower case, with one star for all labels before; or an address. */
const HOSTS: ParamKind = {
  kind: 'subset',
  pattern: /^(?:(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,62}\.){0,16}[a-z0-9-]{0,62}|[0-9a-f:.]{2,45})$/,
  form: 'hosts in lower case such as core.bank.internal, *.bank.internal or 10.0.0.7',
}
const NETWORKS: ParamKind = {
  kind: 'subset',
  pattern: /^[0-9a-fA-F:.]{2,45}\/\d{1,3}$/,
  form: 'networks such as 10.0.0.0/8 or fd00::/8',
}
const PORTS: ParamKind = {
  kind: 'subset',
  pattern: /^[1-9]\d{0,4}$/,
  form: 'ports in quotes such as "8443"',
}
const SUPERSET: ParamKind = { kind: 'superset' }
const upTo = (max: number, min = 1): ParamKind => ({ kind: 'at-most', min, max })

const from = (min: number, max: number): ParamKind => ({ kind: 'at-least', min, max })

const WHOLE_API: readonly RuleName[] = [
  'authz.default',
  'gateway.baseline',
  'egress.allowlist',
  'upstream.tls',
  'upstream.resilience',
]

const param = (kind: ParamKind, fallback: ParamValue | null): ParamSpec => ({ kind, fallback })

function rule(
  name: RuleName,
  control: ControlId,
  params: readonly (readonly [string, ParamSpec])[] = [],
): RuleSpec {
  return { name, control, params: new Map(params), wholeApi: WHOLE_API.includes(name) }
}

/**
 * In the order they run, cheapest first: what is read off the target comes before a signature is verified; what a stranger could learn
 * of the specification (`request.validation`) comes after a token is asked for. Every limit of a parameter stands here and nowhere else.
 */
export const RULES: readonly RuleSpec[] = [
  rule('transport.tls', 'tls-modern', [
    ['minVersion', param({ kind: 'ordered', values: ['1.2', '1.3'] }, '1.2')],
  ]),
  rule('transport.mtls', 'client-mutual-tls', [
    ['trustStores', param(SUBSET, null)],
    ['maxDepth', param(upTo(10), 3)],
  ]),
  rule('logging.redact', 'sensitive-data-placement', [['queryDenied', param(SUPERSET, [])]]),
  rule('authz.default', 'auth-required', [['open', param({ kind: 'flag', tight: false }, false)]]),
  rule('request.validation', 'input-validation', [
    ['undeclaredQuery', param({ kind: 'ordered', values: ['pass', 'strip', 'refuse'] }, 'strip')],
    ['maxBodyBytes', param(upTo(16_777_216, 0), 65_536)],
    ['maxDepth', param(upTo(128), 32)],
  ]),
  rule('request.fields', 'write-allowlist', [
    ['extensions', param(SUBSET, [])],
    ['query', param({ kind: 'flag', tight: true }, false)],
  ]),
  rule('token.validation', 'token-validation', [['issuers', param(SUBSET, null)]]),
  rule('token.lifetime', 'token-lifetime-revocation', [['maxSeconds', param(upTo(86_400), 3_600)]]),
  rule('token.senderConstrained', 'token-sender-constrained', [
    ['methods', param(SUBSET, ['mtls', 'dpop'])],
    // For so long a gateway remembers proofs: no wider window can be kept free of replays.
    ['maxAgeSeconds', param(upTo(120), 60)],
    ['maxAheadSeconds', param(upTo(60, 0), 10)],
    ['nonce', param({ kind: 'ordered', values: ['optional', 'required'] }, 'optional')],
  ]),
  rule('identity.clientStatus', 'client-status-live', [['statuses', param(SUBSET, ['active'])]]),
  rule('identity.clientCertificate.roles', 'client-regulated-role', [
    ['roles', param(SUPERSET, [])],
    ['registered', param({ kind: 'flag', tight: true }, true)],
  ]),
  rule('authz.operations', 'function-authz', [['scopes', param(SUPERSET, [])]]),
  rule('authz.consent', 'consent-bound-access', [
    ['statuses', param(SUBSET, ['AUTH', 'Authorised'])],
  ]),
  rule('authz.objects', 'object-authz', [['parameters', param(SUPERSET, [])]]),
  rule('request.signature', 'message-signing', [
    ['header', param(HEADER_NAME, 'x-jws-signature')],
    ['maxAgeSeconds', param(upTo(86_400, 10), 300)],
    ['trustAnchors', param(SUBSET, ['openbanking.org.uk'])],
    ['unencoded', param({ kind: 'flag', tight: false }, false)],
    [
      'httpSignature',
      param({ kind: 'ordered', values: ['ignored', 'when-sent', 'required'] }, 'ignored'),
    ],
    ['trustStores', param(SUBSET, null)],
    ['answers', param({ kind: 'ordered', values: ['kept', 'signed', 'required'] }, 'kept')],
  ]),
  rule('sca.required', 'sca-applied', [
    ['acr', param(SUBSET, null)],
    ['outcome', param({ kind: 'ordered', values: ['any', 'stated', 'linked'] }, 'any')],
    // 180 days: RTS Art. 10a.
    ['maxAgeSeconds', param(upTo(15_552_000), null)],
    ['historyDays', param(upTo(3_650, 0), null)],
    ['freshSeconds', param(upTo(86_400), 300)],
    ['beyond', param({ kind: 'ordered', values: ['cut', 'challenge'] }, 'challenge')],
    ['freshFor', param({ kind: 'ordered', values: ['none', 'other-data', 'all'] }, 'none')],
  ]),
  rule('sca.dynamicLinking', 'sca-dynamic-linking', [
    ['free', param(SUBSET, [])],
    ['authenticated', param({ kind: 'ordered', values: ['when-held', 'required'] }, 'when-held')],
    ['consent', param({ kind: 'ordered', values: ['reusable', 'once'] }, 'reusable')],
  ]),
  rule('payment.idempotency', 'payment-idempotency', [
    ['header', param(HEADER_NAME, 'x-idempotency-key')],
    ['maxKeyLength', param(upTo(255, 16), 40)],
  ]),
  rule('rate', 'consumption-limits', [
    ['perClient', param(upTo(10_000_000), null)],
    ['perConsent', param(upTo(10_000_000), null)],
    ['perSubject', param(upTo(10_000_000), null)],
    ['perOperation', param(upTo(10_000_000), null)],
    ['burst', param(upTo(1_000_000), null)],
    ['windowSeconds', param(from(1, 86_400), 60)],
    ['cost', param(from(1, 1_000), 1)],
  ]),
  rule('gateway.baseline', 'gateway-hardening', [['corsOrigins', param(ORIGINS, null)]]),
  rule('rate.unattended', 'unattended-frequency', [
    // RTS Art. 36(5)(b): fewer than four would be an obstacle.
    ['accesses', param(upTo(10_000, 4), 4)],
    [
      'presence',
      param(SUBSET, ['psu-ip-address', 'x-cds-client-headers', 'x-fapi-customer-ip-address']),
    ],
    [
      'paging',
      param(SUBSET, ['cursor', 'offset', 'page', 'pageIndex', 'pageNumber', 'pagination-key']),
    ],
  ]),
  rule('response.fields', 'response-minimisation', [
    ['freeForm', param({ kind: 'ordered', values: ['keep', 'strip'] }, 'strip')],
    ['drop', param(SUPERSET, [])],
  ]),
  rule('response.errors', 'error-disclosure'),
  rule('upstream.validation', 'upstream-trust', [['watchEvery', param(upTo(10_000), 16)]]),
  rule('logging.audit', 'audit-trail-complete', [
    ['interactionHeader', { ...param(HEADER_NAME, 'x-fapi-interaction-id'), wholeApi: true }],
    // Where a template does not state it, its `audit` does.
    ['reads', param({ kind: 'ordered', values: ['buffered', 'strict'] }, 'buffered')],
  ]),
  rule('egress.allowlist', 'egress-control', [
    ['hosts', param(HOSTS, null)],
    ['networks', param(NETWORKS, null)],
    ['ports', param(PORTS, null)],
  ]),
  rule('upstream.tls', 'workload-identity', [
    ['mode', param({ kind: 'ordered', values: ['verified', 'mutual'] }, 'verified')],
  ]),
  rule('upstream.resilience', 'fault-isolation', [
    ['connectTimeoutMs', param(upTo(60_000), 2_000)],
    ['headersTimeoutMs', param(upTo(120_000), 10_000)],
    ['bodyTimeoutMs', param(upTo(120_000), 15_000)],
    ['maxResponseBytes', param(upTo(67_108_864), 8_388_608)],
    ['breakerFailures', param(upTo(1_000), 20)],
    ['breakerOpenMs', param(upTo(60_000), 5_000)],
    ['ejectFailures', param(upTo(1_000), 5)],
    ['ejectMs', param(upTo(600_000), 10_000)],
    ['ejectMaxMs', param(upTo(3_600_000), 300_000)],
    ['ejectMaxPercent', param(upTo(100, 0), 50)],
    ['retryPercent', param(upTo(100, 0), 20)],
    ['retryBurst', param(upTo(1_000, 0), 50)],
  ]),
]

const BY_NAME: ReadonlyMap<string, RuleSpec> = new Map(RULES.map((spec) => [spec.name, spec]))

/** The rule of that name, if there is one. */
export function ruleSpec(name: string): RuleSpec | undefined {
  return BY_NAME.get(name)
}
export const RULE_NAMES: readonly RuleName[] = RULES.map((spec) => spec.name)

/** Names of the rules and of their parameters, for whoever checks what people write. */
export function ruleWords(): readonly {
  readonly name: RuleName
  readonly params: readonly string[]
  readonly wholeApi: boolean
  readonly wholeApiParams: readonly string[]
}[] {
  return RULES.map(({ name, params, wholeApi }) => ({
    name,
    params: [...params.keys()],
    wholeApi,
    wholeApiParams: [...params].flatMap(([key, spec]) => (spec.wholeApi === true ? [key] : [])),
  }))
}
