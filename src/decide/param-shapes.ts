/**
 * What the parts of a rule must look like before anybody acts on them. A plan is typed, but it is read from a file all the same, and a
 * selector of a kind that nobody knows, or a fraction that is no number, would otherwise be a check that checks nothing.
 */
import type { PaymentField } from '../lib/index.ts'
import { MAX_PROOF_AGE_SECONDS, MAX_PROOF_AHEAD_SECONDS } from './key-binding.ts'
import { MAX_RATE_WINDOW_SECONDS } from './rules/rate.ts'
import type {
  BindingMethod,
  Level,
  Mode,
  ObjectSelector,
  PlanRule,
  ResponseFieldsParams,
  RuleName,
  RuleOf,
  SignatureForm,
} from './plan.ts'
import type { Initiated } from './verdict.ts'

type Shape = (value: unknown) => boolean

const text: Shape = (value) => typeof value === 'string'
const flag: Shape = (value) => typeof value === 'boolean'
const amount: Shape = (value) => typeof value === 'number' && value >= 0
const upTo =
  (most: number): Shape =>
  (value) =>
    typeof value === 'number' && value >= 0 && value <= most
const share: Shape = (value) => typeof value === 'number' && value >= 0 && value <= 10_000
/** A table and no list, so that a word that joins the type is missed here by the compiler. */
const oneOf =
  <T extends string>(table: Readonly<Record<T, true>>): Shape =>
  (value) =>
    typeof value === 'string' && Object.hasOwn(table, value)
const listOf =
  (item: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(item)
const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value)
/** Members that it does not name are the business of whoever named them. */
const record =
  (members: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    isObject(value) && Object.entries(members).every(([name, shape]) => shape(value[name]))
const mapOf =
  (item: Shape): Shape =>
  (value) =>
    isObject(value) && Object.values(value).every(item)

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const words = listOf(text)
/** It is said in a challenge: no space, quote or backslash (RFC 9110 §5.6.4). */
const acrValue: Shape = (value) =>
  typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)
const path = listOf(text)
const rowTest: Shape = (value) =>
  record({ kind: oneOf<'in'>({ in: true }), set: text })(value) ||
  record({ kind: oneOf<'within'>({ within: true }), window: text })(value)

const historyTest = record({
  kind: oneOf<'within'>({ within: true }),
  window: oneOf<'history'>({ history: true }),
})

const selector = record({
  in: oneOf<ObjectSelector['in']>({ path: true, query: true, header: true, body: true }),
  name: text,
  at: optional(path),
  names: optional(oneOf<NonNullable<ObjectSelector['names']>>({ subject: true, consent: true })),
})

const paymentField = oneOf<PaymentField>({
  amount: true,
  currency: true,
  creditorAccount: true,
  creditorName: true,
  creditorAgent: true,
  debtorAccount: true,
  remittance: true,
  reference: true,
  endToEndId: true,
  executionDate: true,
  recurringAmount: true,
  finalAmount: true,
  frequency: true,
  transferCurrency: true,
  exchangeRate: true,
  chargeBearer: true,
  destination: true,
  lastDate: true,
  count: true,
  executionRule: true,
  executionDay: true,
  countPerPeriod: true,
  fileHash: true,
  fileType: true,
  controlSum: true,
  fileReference: true,
  executionMonths: true,
})
const initiated = oneOf<Initiated>({ payment: true, basket: true })
/** Every field that is mapped is one that there is; amount, currency and payee are mapped, or the digest of a file. */
const paymentFields: Shape = (value) =>
  isObject(value) &&
  Object.keys(value).every(paymentField) &&
  (record({ amount: pointers, currency: pointers, creditorAccount: pointers })(value) ||
    record({ fileHash: pointers, fileType: pointers })(value)) &&
  mapOf(pointers)(value)
const pointers: Shape = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => text(one) && String(one).startsWith('/'))

const paymentMapping = record({ id: text, payments: optional(text), fields: paymentFields })

const PARAMS: Readonly<Record<RuleName, Shape>> = {
  'authz.default': record({ open: flag }),
  'logging.redact': record({ queryDenied: words }),
  'request.validation': record({
    undeclaredQuery: oneOf<RuleOf<'request.validation'>['params']['undeclaredQuery']>({
      strip: true,
      refuse: true,
      pass: true,
    }),
    maxBodyBytes: amount,
    maxDepth: amount,
  }),
  'request.fields': record({ extensions: words, query: flag }),
  'transport.tls': record({
    minVersion: oneOf<RuleOf<'transport.tls'>['params']['minVersion']>({
      '1.2': true,
      '1.3': true,
    }),
  }),
  'transport.mtls': record({ trustStores: optional(words), maxDepth: amount }),
  'token.senderConstrained': record({
    methods: listOf(oneOf<BindingMethod>({ mtls: true, dpop: true })),
    maxAgeSeconds: upTo(MAX_PROOF_AGE_SECONDS),
    maxAheadSeconds: upTo(MAX_PROOF_AHEAD_SECONDS),
    nonce: oneOf<'optional' | 'required'>({ optional: true, required: true }),
  }),
  'identity.clientCertificate.roles': record({ roles: words, registered: flag }),
  'token.validation': record({ issuers: words }),
  'token.lifetime': record({ maxSeconds: amount }),
  'identity.clientStatus': record({ statuses: words }),
  'authz.operations': record({ anyOf: listOf(words) }),
  'authz.consent': record({
    statuses: words,
    permissions: listOf(words),
    unmapped: flag,
    unmappedBecause: optional(text),
  }),
  'authz.objects': record({ selectors: listOf(selector) }),
  'request.signature': record({
    header: text,
    maxAgeSeconds: amount,
    trustAnchors: words,
    unencoded: flag,
    form: optional(
      oneOf<SignatureForm>({
        'detached-jws': true,
        'http-signature': true,
        message: true,
        none: true,
      }),
    ),
    answers: optional(record({ header: text })),
    whenSent: optional((value) => value === true),
    trustStores: optional(words),
  }),
  'sca.required': record({
    acr: optional(listOf(acrValue)),
    outcome: optional(oneOf<'stated' | 'linked'>({ stated: true, linked: true })),
    maxAgeSeconds: optional(amount),
    history: optional(
      record({
        days: amount,
        freshSeconds: amount,
        beyond: oneOf<'cut' | 'challenge'>({ cut: true, challenge: true }),
        dates: words,
        rows: listOf(record({ at: path, field: path, test: historyTest })),
      }),
    ),
  }),
  'sca.dynamicLinking': record({
    mapping: optional(paymentMapping),
    alternatives: optional(listOf(paymentMapping)),
    free: listOf(paymentField),
    made: optional(record({ of: initiated, idIn: text, members: optional(text) })),
    released: optional(
      record({
        of: initiated,
        parameter: text,
        authenticated: oneOf<'when-held' | 'required'>({ 'when-held': true, required: true }),
        statuses: words,
      }),
    ),
    consent: optional(oneOf<'once'>({ once: true })),
  }),
  'payment.idempotency': record({ header: text, maxKeyLength: amount, windowSeconds: amount }),
  'rate.unattended': record({
    accesses: amount,
    presence: words,
    paging: words,
    selectors: listOf(selector),
  }),
  rate: record({
    windowSeconds: upTo(MAX_RATE_WINDOW_SECONDS),
    cost: amount,
    perClient: optional(amount),
    perConsent: optional(amount),
    perSubject: optional(amount),
    perOperation: optional(amount),
    burst: optional(amount),
  }),
  'response.fields': record({
    freeForm: oneOf<ResponseFieldsParams['freeForm']>({ keep: true, strip: true }),
    drop: listOf(path),
    unless: listOf(record({ permission: text, drop: listOf(path) })),
    rows: listOf(record({ at: path, field: path, test: rowTest })),
    links: optional(listOf(record({ at: path, foreign: flag }))),
    totals: optional(listOf(path)),
    directions: mapOf(text),
    directionsWhenNone: optional(oneOf<'all'>({ all: true })),
  }),
  'gateway.baseline': record({ corsOrigins: words }),
  'response.errors': isObject,
  'upstream.validation': record({ watchEvery: amount }),
  'logging.audit': record({
    interactionHeader: text,
    reads: optional(oneOf<'strict' | 'buffered'>({ strict: true, buffered: true })),
  }),
  'egress.allowlist': record({
    hosts: optional(words),
    networks: optional(words),
    ports: optional(words),
  }),
  'upstream.tls': record({
    mode: oneOf<RuleOf<'upstream.tls'>['params']['mode']>({
      verified: true,
      mutual: true,
    }),
  }),
  'upstream.resilience': isObject,
}

const RULE = record({
  mode: oneOf<Mode>({ off: true, observe: true, enforce: true }),
  fraction: optional(share),
  origin: record({
    level: oneOf<Level>({ mandate: true, profile: true, class: true, api: true, operation: true }),
  }),
})

/** @throws TypeError when the rule is not what its type says: its API is closed. */
export function checkShape(rule: PlanRule): void {
  if (!RULE(rule)) throw new TypeError(`${rule.name}: mode, fraction or origin is not sound`)
  if (!PARAMS[rule.name](rule.params)) throw new TypeError(`${rule.name}: parameters are not sound`)
}
