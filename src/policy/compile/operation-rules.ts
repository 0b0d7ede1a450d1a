/** The rules of one operation, in the order they run: what the merged policy says, filled in with what the dialect knows. */
import type { PlanRule, ResponseFieldsParams, RuleName, ScaParams } from '../../decide/index.ts'
import { type JsonValue, PAYMENT_FIELDS } from '../../lib/index.ts'
import type { FieldPath } from '../../schema/index.ts'
import type { SchemaView } from '../dialects/schema-view.ts'
import { accountSelectors } from '../dialects/generic/selectors.ts'
import type { MergedRule, MergedRules } from '../merge/merged-rule.ts'
import { ruleSpec } from '../rules/vocabulary.ts'
import { answerFrames } from '../dialects/answer-frames.ts'
import { historyPlaces, isOtherData } from '../dialects/history.ts'
import { keyHeader } from '../dialects/idempotency.ts'
import { declaresSignedAnswers, signatureForm } from '../dialects/signature-form.ts'
import { signsAnswersOf } from './signature-findings.ts'
import type { SelectedOperation } from './selected-operation.ts'
import { egressOf } from './egress.ts'
import { deniesUnlinked, UNLINKED } from './unlinked-payment.ts'

export interface RuleContext {
  /** Of this operation: the API's, or its own on top of them. */
  readonly rules: MergedRules
  readonly issuers: readonly string[]
  /** The origin that clients call is known, so DPoP proofs can be judged. */
  readonly judgesProofs: boolean
  /** The gateway has a key for answers. */
  readonly signsAnswers: boolean
  /** There is a trust store for seals. */
  readonly verifiesSeals: boolean
  /** Seconds, from the objective; `null`: it says nothing. */
  readonly tokenMaxSeconds: number | null
  readonly document: JsonValue
  readonly view: SchemaView
  readonly scopesOf: (
    operation: SelectedOperation,
    always: readonly string[],
  ) => readonly (readonly string[])[]
}

/** OBIE R/W data API profile, "Idempotency": 24 hours. */
const KEY_WINDOW_SECONDS = 86_400

type ParamsOf<N extends RuleName> = Extract<PlanRule, { readonly name: N }>['params']
type Maker<N extends RuleName> = (
  rule: MergedRule,
  operation: SelectedOperation,
  context: RuleContext,
) => ParamsOf<N> | undefined

const MAKERS: { readonly [N in RuleName]: Maker<N> } = {
  'transport.tls': (rule) => ({ minVersion: oneOf(rule, 'minVersion', ['1.2', '1.3']) }),
  'transport.mtls': (rule) => ({
    ...(rule.params.get('trustStores') === null ? {} : { trustStores: words(rule, 'trustStores') }),
    maxDepth: number(rule, 'maxDepth'),
  }),
  'token.senderConstrained': (rule, _operation, { judgesProofs }) => ({
    methods: BINDING_METHODS.filter(
      (method) => words(rule, 'methods').includes(method) && (method !== 'dpop' || judgesProofs),
    ),
    maxAgeSeconds: number(rule, 'maxAgeSeconds'),
    maxAheadSeconds: number(rule, 'maxAheadSeconds'),
    nonce: oneOf(rule, 'nonce', ['optional', 'required']),
  }),
  'identity.clientCertificate.roles': (rule, { record }) => ({
    roles: [...new Set([...(PSD2_ROLES.get(record.role) ?? []), ...words(rule, 'roles')])].sort(),
    registered: rule.params.get('registered') === true,
  }),
  'authz.default': (rule) => ({ open: rule.params.get('open') === true }),
  'logging.redact': (rule) => ({ queryDenied: words(rule, 'queryDenied') }),
  'request.validation': (rule) => ({
    undeclaredQuery: oneOf(rule, 'undeclaredQuery', ['strip', 'refuse', 'pass']),
    maxBodyBytes: number(rule, 'maxBodyBytes'),
    maxDepth: number(rule, 'maxDepth'),
  }),
  'request.fields': (rule) => ({
    extensions: words(rule, 'extensions'),
    query: rule.params.get('query') === true,
  }),
  'token.validation': ({ params }, _operation, { issuers }) => {
    const allowed = params.get('issuers') ?? null
    return { issuers: issuers.filter((name) => !Array.isArray(allowed) || allowed.includes(name)) }
  },
  'token.lifetime': (rule, _operation, { tokenMaxSeconds }) => ({
    maxSeconds: Math.min(number(rule, 'maxSeconds'), tokenMaxSeconds ?? Infinity),
  }),
  'identity.clientStatus': (rule) => ({ statuses: words(rule, 'statuses') }),
  'authz.operations': (rule, operation, { scopesOf }) => ({
    anyOf: scopesOf(operation, words(rule, 'scopes')),
  }),
  'authz.consent': (rule, operation, { rules }) => {
    const { knowledge } = operation
    const refused = operation.refused ?? (deniesUnlinked(operation, rules) ? UNLINKED : undefined)
    return {
      statuses: words(rule, 'statuses'),
      permissions: refused === undefined ? (knowledge.permissions ?? []) : [],
      unmapped: refused !== undefined || knowledge.permissions === null,
      ...(refused === undefined ? {} : { unmappedBecause: refused }),
    }
  },
  'authz.objects': (rule, { knowledge, record }) => {
    const extra = accountSelectors(record, words(rule, 'parameters'))
    const customers = knowledge.selectors.filter(({ names }) => names === 'subject')
    const derived = knowledge.selectors.filter(({ names }) => names === undefined)
    const accounts = extra.length > derived.length ? extra : derived
    // Who says that a parameter names an account says that it does not name the customer.
    const selectors = [
      ...accounts,
      ...customers.filter(
        (one) => !accounts.some((it) => it.in === one.in && it.name === one.name),
      ),
      ...knowledge.selectors.filter(({ names }) => names === 'consent'),
    ]
    return selectors.length === 0 ? undefined : { selectors }
  },
  'request.signature': (rule, { record }, { signsAnswers, verifiesSeals }) => {
    const header = text(rule, 'header')
    const sent = oneOf(rule, 'httpSignature', ['ignored', 'when-sent', 'required'])
    const asked = signatureForm(record, header)
    const form =
      asked === 'http-signature' && (sent === 'ignored' || !verifiesSeals) ? 'none' : asked
    const signs = signsAnswers && signsAnswersOf(rule) && declaresSignedAnswers(record, header)
    if (form === 'none' && !signs) return undefined
    return {
      header,
      maxAgeSeconds: number(rule, 'maxAgeSeconds'),
      trustAnchors: words(rule, 'trustAnchors'),
      unencoded: rule.params.get('unencoded') === true,
      ...(form !== 'detached-jws' && { form }),
      ...(form === 'http-signature' && sent === 'when-sent' && { whenSent: true as const }),
      ...(form === 'http-signature' &&
        (rule.params.get('trustStores') ?? null) !== null && {
          trustStores: words(rule, 'trustStores'),
        }),
      ...(signs && { answers: { header } }),
    }
  },
  'sca.required': scaRequired,
  'sca.dynamicLinking': (rule, { payment, otherPayments, knowledge: { step } }, { rules }) => {
    const free = PAYMENT_FIELDS.filter((field) => words(rule, 'free').includes(field))
    const once = oneOf(rule, 'consent', ['reusable', 'once']) === 'once' && {
      consent: 'once' as const,
    }
    if (step?.kind === 'released') {
      const { of, parameter } = step
      const consent = rules.get('authz.consent')
      const statuses = consent === undefined ? [] : words(consent, 'statuses')
      const authenticated = oneOf(rule, 'authenticated', ['when-held', 'required'])
      return { free, released: { of, parameter, authenticated, statuses }, ...once }
    }
    const made = step && { of: step.of, idIn: step.idIn, ...members(step) }
    if (made?.of === 'basket') return { free, made }
    if (payment === undefined) return undefined
    const alternatives = otherPayments.length > 0 && { alternatives: otherPayments }
    // What is only made is released later, and used then.
    return { mapping: payment, free, ...alternatives, ...(made ? { made } : once) }
  },
  'payment.idempotency': (rule, { record }) => {
    const header = keyHeader(record, text(rule, 'header'))
    return header === undefined
      ? undefined
      : { header, maxKeyLength: number(rule, 'maxKeyLength'), windowSeconds: KEY_WINDOW_SECONDS }
  },
  // Who calls without a token is nobody's client: there is nobody to count for.
  rate: (rule, _operation, { rules }) =>
    rules.get('authz.default')?.params.get('open') === true
      ? undefined
      : {
          windowSeconds: number(rule, 'windowSeconds'),
          cost: number(rule, 'cost'),
          ...limits(rule),
        },
  'rate.unattended': (rule, { record, ownAct, knowledge }) =>
    record.role !== 'ais' || ownAct
      ? undefined
      : {
          accesses: number(rule, 'accesses'),
          presence: words(rule, 'presence').map((name) => name.toLowerCase()),
          paging: words(rule, 'paging'),
          selectors: knowledge.selectors.filter(({ names }) => names === undefined),
        },
  'response.fields': responseFields,
  'gateway.baseline': (rule) => ({ corsOrigins: words(rule, 'corsOrigins') }),
  'response.errors': () => ({}),
  'upstream.validation': (rule) => ({ watchEvery: number(rule, 'watchEvery') }),
  'logging.audit': (rule) => ({
    interactionHeader: text(rule, 'interactionHeader'),
    reads: oneOf(rule, 'reads', ['buffered', 'strict']),
  }),
  'egress.allowlist': (rule) => egressOf(rule),
  'upstream.tls': (rule) => ({ mode: oneOf(rule, 'mode', ['verified', 'mutual']) }),
  'upstream.resilience': () => ({}),
}

function members({ members }: { readonly members?: string }): { readonly members?: string } {
  return members === undefined ? {} : { members }
}

function scaRequired(
  rule: MergedRule,
  operation: SelectedOperation,
  { view, rules }: RuleContext,
): ScaParams | undefined {
  // A client that acts for itself has no customer to authenticate.
  if (operation.ownAct) return undefined
  const { params } = rule
  const outcome = oneOf(rule, 'outcome', ['any', 'stated', 'linked'])
  const freshSeconds = number(rule, 'freshSeconds')
  const which = oneOf(rule, 'freshFor', ['none', 'other-data', 'all'])
  const fresh = which === 'all' || (which === 'other-data' && isOtherData(operation))
  const maxAge = Math.min(
    (params.get('maxAgeSeconds') ?? null) === null ? Infinity : number(rule, 'maxAgeSeconds'),
    fresh ? freshSeconds : Infinity,
  )
  const days = (params.get('historyDays') ?? null) === null ? null : number(rule, 'historyDays')
  const places = days === null ? undefined : historyPlaces(operation, view)
  const asked: ScaParams = {
    ...((params.get('acr') ?? null) !== null && { acr: words(rule, 'acr') }),
    ...(outcome !== 'any' && paysUnder(operation, rules) && { outcome }),
    ...(maxAge !== Infinity && { maxAgeSeconds: maxAge }),
    ...(days !== null &&
      places !== undefined && {
        history: {
          days,
          freshSeconds,
          beyond: oneOf(rule, 'beyond', ['cut', 'challenge']),
          ...places,
        },
      }),
  }
  // Where it asks for the outcome of payments and for nothing else, it has nothing to say of what pays nothing.
  return outcome !== 'any' && Object.keys(asked).length === 0 ? undefined : asked
}

/** The request is what makes the bank pay, and what was authenticated came with it; where it is proved to the bank in that very request, nothing did. */
function paysUnder(
  { payment, knowledge: { step } }: SelectedOperation,
  rules: RuleContext['rules'],
): boolean {
  if (step === undefined) return payment !== undefined
  const linking = rules.get('sca.dynamicLinking')
  return (
    step.kind === 'released' &&
    linking !== undefined &&
    oneOf(linking, 'authenticated', ['when-held', 'required']) === 'required'
  )
}

const LIMITS = ['perClient', 'perConsent', 'perSubject', 'perOperation', 'burst'] as const

function limits(rule: MergedRule): Partial<Record<(typeof LIMITS)[number], number>> {
  return Object.fromEntries(
    LIMITS.flatMap((name) =>
      (rule.params.get(name) ?? null) === null ? [] : [[name, number(rule, name)]],
    ),
  )
}

const BINDING_METHODS = ['mtls', 'dpop'] as const

/** ETSI TS 119 495 §5.1: the role that a third party needs for what an operation is for. */
const PSD2_ROLES: ReadonlyMap<string, readonly string[]> = new Map([
  ['ais', ['PSP_AI']],
  ['pis', ['PSP_PI']],
  ['cbpii', ['PSP_IC']],
])

/** Of an operation that the template refuses, only what is needed to refuse it: nobody shall read more from the order of checks. */
const FOR_REFUSED: readonly RuleName[] = [
  'transport.tls',
  'transport.mtls',
  'authz.default',
  'logging.redact',
  'token.validation',
  'token.lifetime',
  'token.senderConstrained',
  'identity.clientStatus',
  'authz.consent',
  'response.errors',
  'logging.audit',
]

export function rulesOf(operation: SelectedOperation, context: RuleContext): readonly PlanRule[] {
  const found: PlanRule[] = []
  for (const [name, rule] of context.rules) {
    const refusal = operation.refused !== undefined && name === 'authz.consent'
    if (operation.refused !== undefined && !FOR_REFUSED.includes(name)) continue
    if (rule.mode === 'off' && !refusal) continue
    // A client that acts for itself has no consent yet; what it may touch is in authz.objects.
    const asksConsent = !operation.ownAct || refusal || deniesUnlinked(operation, context.rules)
    if (name === 'authz.consent' && !asksConsent) continue
    const params = MAKERS[name](rule, operation, context)
    if (params === undefined) continue
    // What the template does not serve stays denied, even while the rest is observed.
    const mode = refusal ? 'enforce' : rule.mode
    const fraction = refusal || mode !== 'enforce' ? null : rule.fraction
    found.push({
      name,
      control: ruleSpec(name)?.control ?? name,
      mode,
      ...(fraction === null ? {} : { fraction: Math.round(fraction * 100) }),
      origin: originIn(rule, context),
      params,
    } as PlanRule) // sound: MAKERS is keyed by the name, so name and params belong together
  }
  return found
}

/** An objective that asks for less than the policy allows is where the number comes from, and says so. */
export function originIn(
  rule: MergedRule,
  { tokenMaxSeconds }: Pick<RuleContext, 'tokenMaxSeconds'>,
): PlanRule['origin'] {
  const lowered =
    rule.rule === 'token.lifetime' &&
    tokenMaxSeconds !== null &&
    tokenMaxSeconds < Number(rule.params.get('maxSeconds'))
  return lowered
    ? { ...rule.origin, source: `${rule.origin.source}, lowered by objective O-09` }
    : rule.origin
}

function responseFields(
  rule: MergedRule,
  { knowledge, record, surplus }: SelectedOperation,
  { view }: RuleContext,
): ResponseFieldsParams {
  const freeForm = oneOf(rule, 'freeForm', ['strip', 'keep'])
  const drop = words(rule, 'drop')
    .map(readPath)
    .filter((path) => view.declares(record, path))
    .concat(surplus)
  const { unless, rows, directions, directionsWhenNone } = knowledge
  const { links, totals } = answerFrames(record, view)
  const fields = {
    freeForm,
    drop,
    unless,
    rows,
    ...(links.length > 0 && { links }),
    // Without rules about rows none is left out.
    ...(rows.length > 0 && totals.length > 0 && { totals }),
    directions,
  }
  return directionsWhenNone === 'all' && Object.keys(directions).length > 0
    ? { ...fields, directionsWhenNone }
    : fields
}

/** `Data.Account[].Nickname` → `['Data', 'Account', '*', 'Nickname']`. */
export function readPath(text: string): FieldPath {
  return text
    .replaceAll('[]', '.*')
    .split('.')
    .filter((segment) => segment !== '')
}

function words(rule: MergedRule, name: string): readonly string[] {
  const value = rule.params.get(name)
  return Array.isArray(value) ? value : []
}
function number(rule: MergedRule, name: string): number {
  const value = rule.params.get(name)
  if (typeof value !== 'number') throw new TypeError(`${rule.rule}: ${name} is not a number`)
  return value
}
function text(rule: MergedRule, name: string): string {
  const value = rule.params.get(name)
  if (typeof value !== 'string') throw new TypeError(`${rule.rule}: ${name} is not a text`)
  return value
}
function oneOf<T extends string>(rule: MergedRule, name: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === text(rule, name))
  if (found === undefined) throw new TypeError(`${rule.rule}: ${name} is not allowed`)
  return found
}
