/** What one event remembers, as the kernel asks for it: facts, and what the very same rules said past. */
import {
  bucketOf,
  type Facts,
  type HeaderView,
  type Hindsight,
  type JudgedRequest,
  namedObjects,
  type NamedObject,
  type Plan,
  type PlanOperation,
  type RuleName,
  type RulePlace,
} from '../../decide/index.ts'
import type { AccessEvent, FactsRecord } from '../../events/index.ts'
import {
  rememberedBody,
  UNKNOWN_INITIATED,
  UNKNOWN_SIGNATURE,
  rememberedClient,
  rememberedConsent,
  rememberedProof,
  rememberedToken,
  rememberedTransport,
  type Trust,
  UNKNOWN,
} from './remembered-facts.ts'
import { rememberedObjects, type RememberedObjects } from './remembered-objects.ts'
import type { SameRules, Then } from './same-rule.ts'
import { type Statements, statementsOf } from './statements.ts'

/** An event with what is known of its time. */
export interface Recorded {
  readonly event: AccessEvent
  readonly facts: FactsRecord
  /** `undefined`: the plan of then is not kept, or does not have the operation. */
  readonly past: Then | undefined
  readonly trust: Trust
}

export interface Undecided {
  readonly place: RulePlace
  readonly fact: string
}

export interface Memory extends Hindsight {
  /** Takes the event in hand; the facts that come back are about it, until the next. */
  hold(recorded: Recorded, target: string): Facts
  /** Rules of the event in hand that could not tell. */
  readonly undecided: readonly Undecided[]
  /** Whether a rule of the event in hand judged the body. */
  readonly bodyJudged: boolean
}

const NONE: readonly string[] = []
const VALID = { ok: true } as const
const INVALID = { ok: false, at: '', reason: 'type' } as const
/** A name that no specification declares. */
const UNDECLARED = { name: '\u0000undeclared', value: '' } as const

export function createMemory(draft: Plan, same: SameRules): Memory {
  const objectsOf = namedThen()
  let held: Recorded | undefined
  let statements: Statements | undefined
  let objects: RememberedObjects | undefined
  let judging: RulePlace | undefined
  let undecided: Undecided[] = []
  let bodyJudged = false

  const said = (): Statements | undefined => {
    if (held?.past === undefined) return undefined
    return (statements ??= statementsOf(held.event, held.past))
  }
  const headers: HeaderView = {
    // Before any rule the kernel looks for headers that came twice: those were refused past, whatever the plan.
    all: (name) =>
      held === undefined || judging === undefined ? NONE : headerOf(held, judging, objects, name),
  }

  return {
    hold(recorded, target) {
      const { event, facts, past, trust } = recorded
      held = recorded
      statements = undefined
      judging = undefined
      if (undecided.length > 0) undecided = []
      bodyJudged = false
      objects = rememberedObjects(event, facts, past === undefined ? undefined : objectsOf(past))
      return {
        now: event.at,
        bucket: bucketOf(event.client ?? '', draft.digest),
        feedAgeMs: facts.feedAgeMs,
        request: { method: event.method, target, headers },
        ...transportOf(facts),
        ...proofOf(event, facts),
        token: rememberedToken(event, facts, trust, () => judging?.rule.name === BINDING),
        client: rememberedClient(event, facts),
        consent: rememberedConsent(event, facts, objects.accounts),
        body: rememberedBody(facts),
        signature: UNKNOWN_SIGNATURE,
        initiated: UNKNOWN_INITIATED,
        claims: { kind: 'taken' },
      }
    },
    recorded(place) {
      if (place.part === 'late') bodyJudged = true
      const past = held?.past
      const at = past === undefined ? undefined : same.position(place, past)
      return at === undefined ? undefined : said()?.of(place.rule.name, place.part, at)
    },
    request(place, request) {
      judging = place
      if (held === undefined || objects === undefined) return request
      const { rule, operation } = place
      if (rule.name === 'authz.objects')
        return objects.request(rule.params.selectors, operation, request)
      if (rule.name === 'request.validation')
        return { match: request.match, query: validatedQuery(held, operation) }
      if (rule.name === 'logging.redact' || rule.name === 'request.fields')
        return { match: request.match, query: namedQuery(held) }
      return BLIND.has(rule.name) ? request : guarded(request)
    },
    parameter(place, declared) {
      const past = held?.past
      const valid =
        past !== undefined && same.parameter(place, declared, past)
          ? said()?.parameter(declared)
          : undefined
      if (valid === undefined) throw UNKNOWN.parameter
      return valid ? VALID : INVALID
    },
    body(place, maxDepth) {
      const past = held?.past
      const valid =
        past !== undefined && same.body(place, maxDepth, past) ? said()?.body() : undefined
      if (valid === undefined) throw UNKNOWN.body
      return valid ? VALID : INVALID
    },
    unknown: (place, fact) => void undecided.push({ place, fact }),
    get undecided() {
      return undecided
    },
    get bodyJudged() {
      return bodyJudged
    },
  }
}

const BINDING: RuleName = 'token.senderConstrained'

function transportOf(facts: FactsRecord): Pick<Facts, 'transport'> {
  const transport = rememberedTransport(facts)
  return transport === undefined ? {} : { transport }
}

function proofOf(event: AccessEvent, facts: FactsRecord): Pick<Facts, 'proof'> {
  const proof = rememberedProof(event, facts)
  return proof === undefined ? {} : { proof }
}

/** Rules that look at neither path nor query. */
const BLIND: ReadonlySet<RuleName> = new Set<RuleName>([
  'transport.tls',
  'transport.mtls',
  'token.senderConstrained',
  'identity.clientCertificate.roles',
  'authz.default',
  'token.validation',
  'token.lifetime',
  'identity.clientStatus',
  'authz.operations',
  'authz.consent',
  'rate',
  'rate.unattended',
  'response.fields',
  'response.errors',
  'logging.audit',
  'egress.allowlist',
  'upstream.tls',
  'upstream.resilience',
])

function guarded({ match }: JudgedRequest): JudgedRequest {
  const parameters = new Map<string, string>()
  parameters.get = () => {
    throw UNKNOWN.parameter
  }
  return { match: { ...match, parameters }, query: [UNKNOWN_PAIR] }
}

const UNKNOWN_PAIR = {
  get name(): never {
    throw UNKNOWN.query
  },
  get value(): never {
    throw UNKNOWN.query
  },
}

/** Names that are known, values that are not; and as many unknown names as there were. */
function namedQuery({ facts }: Recorded): JudgedRequest['query'] {
  if (facts.gathered === undefined) return [UNKNOWN_PAIR]
  const known = facts.query.map((name) => ({
    name,
    get value(): never {
      throw UNKNOWN.query
    },
  }))
  return (facts.undeclaredQuery ?? 0) > 0 ? [...known, UNKNOWN_PAIR] : known
}

/** For the rule that asks `Hindsight.parameter` about values. What was not declared then is not now, unless more is declared. */
function validatedQuery({ facts, past }: Recorded, draft: PlanOperation): JudgedRequest['query'] {
  if (facts.gathered === undefined) return [UNKNOWN_PAIR]
  const known = facts.query.map((name) => ({ name, value: '' }))
  if ((facts.undeclaredQuery ?? 0) === 0) return known
  const fewer =
    past !== undefined &&
    draft.parameters.every(
      (one) =>
        one.in !== 'query' ||
        past.operation.parameters.some((was) => was.in === 'query' && was.name === one.name),
    )
  return [...known, fewer ? UNDECLARED : UNKNOWN_PAIR]
}

function headerOf(
  { facts, past }: Recorded,
  { rule }: RulePlace,
  objects: RememberedObjects | undefined,
  name: string,
): readonly string[] {
  if (facts.gathered === undefined) throw UNKNOWN.header
  const { body } = facts
  if (name === 'content-length')
    return body === undefined || body.announced === null ? NONE : [String(body.announced)]
  if (name === 'transfer-encoding') return body?.announced === null ? ['chunked'] : NONE
  if (rule.name === 'authz.objects') return objects?.header(name) ?? NONE
  const declared = past?.operation.parameters.some(
    (one) => one.in === 'header' && one.name.toLowerCase() === name,
  )
  if (declared !== true) throw UNKNOWN.header
  if (facts.headers?.includes(name) !== true) return NONE
  // Whoever asks `Hindsight.parameter` about the value does not read this one.
  if (rule.name === 'request.validation') return ['']
  throw UNKNOWN.header
}

/** Parameters whose coverage an event of the operation holds: the recorder and this read the plan alike. */
function namedThen(): (past: Then) => readonly NamedObject[] {
  const known = new WeakMap<PlanOperation, readonly NamedObject[]>()
  return ({ api, operation }) => {
    let list = known.get(operation)
    if (list === undefined) {
      const selectors = operation.rules.flatMap((at) => {
        const rule = api.rules[at]
        return rule?.name === 'authz.objects' ? rule.params.selectors : []
      })
      known.set(operation, (list = namedObjects(operation, selectors)))
    }
    return list
  }
}
