/** Turns one stored event, and the plan it ran under, into an answer that a third party's developer understands. */
import type { Explanation } from '../api/index.ts'
import { control } from '../controls/index.ts'
import type { PlanRule } from '../decide/index.ts'
import type { AccessEvent, ControlEvent, FactsRecord, StoredEvent } from '../events/index.ts'
import { type ErrorCode, errorEntry } from '../lib/index.ts'
import { identityFacts, identitySentence } from './explain-identity.ts'
import { scaSentence } from './sca/sca-sentence.ts'
import { moment, transportLines } from './explain-transport.ts'
import { upstreamLine } from './explain-upstream.ts'
import { type PlanArchive, rulesOf } from './plan-archive.ts'

export function explain(stored: StoredEvent, archive: PlanArchive): Explanation {
  const { event } = stored
  switch (event.kind) {
    case 'access':
      return access(stored, event, archive)
    case 'refused':
      return simple(
        stored,
        event,
        `A request was refused before there was one: ${inSentence(event.code)} (${event.cause}).`,
      )
    case 'notice':
      return simple(stored, event, `${event.what.replace('-', ' ')}: ${event.detail}`)
    case 'control':
      return { ...simple(stored, event, controlSentence(event)), facts: controlFacts(event) }
    case 'identity':
      return {
        ...simple(stored, event, identitySentence(event)),
        outcome: event.outcome,
        facts: identityFacts(event),
      }
    case 'sca':
      return simple(stored, event, scaSentence(event))
    default:
      return event satisfies never
  }
}

function controlSentence({ who, action, outcome, code, reason }: ControlEvent): string {
  const why = reason === null ? '' : ` because: ${reason}`
  const end =
    outcome === 'refused'
      ? `it was refused${code === null ? '' : `: ${inSentence(code)}`}`
      : outcome === 'done'
        ? 'it was done'
        : 'nothing had changed'
  return `${who} asked for ${action}${why}; ${end}.`
}

function controlFacts(event: ControlEvent): Explanation['facts'] {
  const { who, uid, via, apis, before, after, details } = event
  const claimed = uid === null ? who : `${who} (user id ${uid})`
  const facts = [
    { name: 'asked by', value: `${claimed}, as claimed, by ${via}` },
    ...(apis.length === 0 ? [] : [{ name: 'APIs', value: apis.join(', ') }]),
    ...(event.client === undefined ? [] : [{ name: 'client', value: event.client }]),
    ...(before === null ? [] : [{ name: 'before', value: before }]),
    ...(after === null ? [] : [{ name: 'after', value: after }]),
  ]
  return [...facts, ...details.map((value) => ({ name: 'detail', value }))]
}

function simple(
  stored: StoredEvent,
  event: Exclude<StoredEvent['event'], AccessEvent>,
  sentence: string,
): Explanation {
  return {
    ...head(stored, event.code),
    sentence,
    outcome: event.kind,
    status: event.code === null ? 0 : errorEntry(event.code).status,
    rule: null,
    rules: [],
    facts: [],
    record: record(stored, ''),
  }
}

function access(stored: StoredEvent, event: AccessEvent, archive: PlanArchive): Explanation {
  const archived = archive.find(event.plan)
  const looked = archived === undefined ? archive.look(event.plan) : undefined
  const rules =
    archived === undefined ? undefined : rulesOf(archived.plan, event.api, event.operation)
  const denial = event.failed.find((failure) => failure.effect === 'denied')
  const origin = (name: string): string => {
    const rule = rules?.find((one) => one.name === name)
    return rule === undefined ? 'built into the gateway' : originText(rule)
  }
  const closed =
    event.code === 'GH_GATEWAY_API_CLOSED'
      ? archived?.plan.apis.find((api) => api.name === event.api)
      : undefined
  const why = closed?.state === 'closed' ? closed : undefined
  return {
    ...head(stored, event.code),
    // What mends a closed API is what mends the mistake that closed it.
    ...(why === undefined ? {} : { mend: errorEntry(why.code).mend ?? null }),
    sentence: sentenceOf(event),
    outcome: event.outcome,
    status: event.status,
    rule:
      denial === undefined
        ? null
        : {
            name: denial.rule,
            control: denial.control,
            controlTitle: control(denial.control)?.title ?? '',
            origin: origin(denial.rule),
            detail: why === undefined ? denial.detail : `closed: ${why.code} ${why.reason}`,
          },
    rules: (rules ?? []).map((rule, position) => ({
      name: rule.name,
      control: rule.control,
      origin: originText(rule),
      result: resultOf(rule, position, event),
    })),
    facts: [
      ...(event.facts === null ? [] : factLines(event.facts, event)),
      ...traceLine(event),
      // Without its plan an event still says what was decided, and no more.
      ...(looked?.ok === false
        ? [{ name: 'plan', value: `cannot be shown: ${looked.error} ${inSentence(looked.error)}` }]
        : []),
    ],
    record: record(stored, event.plan),
  }
}

function head(
  stored: StoredEvent,
  code: ErrorCode | null,
): Pick<Explanation, 'id' | 'at' | 'code' | 'title' | 'mend'> {
  const entry = code === null ? undefined : errorEntry(code)
  return {
    id: stored.event.id,
    at: new Date(stored.event.at).toISOString(),
    code,
    title: entry?.title ?? null,
    mend: entry?.mend ?? null,
  }
}

function record(stored: StoredEvent, plan: string): Explanation['record'] {
  return { partition: stored.partition, seq: stored.seq, hash: stored.hash, plan }
}

function sentenceOf(event: AccessEvent): string {
  const who = event.client ?? 'Somebody without a believed token'
  const code = event.code === null ? '' : `: ${inSentence(event.code)}`
  // What was judged before there was an operation says nothing about whether there is one.
  const nowhere =
    event.code === 'GH_GATEWAY_ROUTE_UNKNOWN'
      ? `${event.method} on a path that is no operation`
      : `${event.method} on a path`
  const of = event.api === null ? '' : ` of ${event.api}`
  const what = event.route === null ? `${nowhere}${of}` : `${event.method} ${event.route}`
  switch (event.outcome) {
    case 'allowed':
      if (event.dataPlane !== undefined)
        return `${who} asked for ${what} by way of Envoy and was let through; how it ended is in Envoy's access log, under this decision id.`
      return `${who} asked for ${what} and got it whole (${event.status}).`
    case 'trimmed': {
      const fields = event.response?.removedFields ?? 0
      const rows = event.response?.removedRows ?? 0
      return `${who} asked for ${what} and got it trimmed (${event.status}): ${fields} fields and ${rows} rows stayed behind.`
    }
    case 'denied':
      return `${who} asked for ${what} and was refused with ${event.status}${code}.`
    case 'failed':
      return `${who} asked for ${what}; it was allowed, but no answer of the bank left (${event.status}${code}).`
    default:
      return event.outcome satisfies never
  }
}

/** A title after a colon: only its first letter changes, for `API` is not `api`. */
function inSentence(code: ErrorCode): string {
  const { title } = errorEntry(code)
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title
}

function originText(rule: PlanRule): string {
  return `${rule.origin.level} (${rule.origin.source})`
}

function resultOf(
  rule: PlanRule,
  position: number,
  event: AccessEvent,
): Explanation['rules'][number]['result'] {
  const failure = event.failed.find((one) => one.rule === rule.name)
  if (failure !== undefined) return failure.effect
  if (rule.mode === 'off') return 'off'
  return position < event.ran ? 'passed' : 'not reached'
}

function traceLine({ trace }: AccessEvent): Explanation['facts'] {
  if (trace === undefined) return []
  const from = trace.parent === null ? 'began here' : `called from span ${trace.parent}`
  return [{ name: 'trace', value: `${trace.id}, span ${trace.span}, ${from}` }]
}

function factLines(facts: FactsRecord, event: AccessEvent): Explanation['facts'] {
  const lines: { name: string; value: string }[] = []
  const add = (name: string, value: string | number | null | undefined): void => {
    if (value !== null && value !== undefined && value !== '')
      lines.push({ name, value: String(value) })
  }
  add('client', event.client)
  add('customer', event.subject === null ? null : `${event.subject} (a keyed hash)`)
  const { token, consent } = facts
  if (token !== null) {
    add('token', token.kind === 'invalid' ? `not believed: ${token.code ?? ''}` : token.kind)
    add('token issuer', token.issuer)
    add('token scopes', token.scopes?.join(' '))
    const { authentication } = token
    if (authentication !== undefined && authentication !== null)
      add(
        'customer authenticated',
        `${authentication.at === undefined ? 'no time is told' : moment(authentication.at)}, acr ${authentication.acr ?? 'is not told'}`,
      )
    add(
      'token age',
      token.ageSeconds === undefined
        ? undefined
        : `${token.ageSeconds} s of ${token.lifetimeSeconds ?? '?'} s`,
    )
  }
  for (const [name, value] of transportLines(facts)) add(name, value)
  add('client status', facts.clientStatus)
  add('organisation of the client', facts.clientOrganization)
  add(
    'register of its authority',
    facts.clientRegister === undefined
      ? undefined
      : [facts.clientRegister.status, facts.clientRegister.roles?.join(' ')]
          .filter((part) => part !== undefined)
          .join(': '),
  )
  if (consent !== null) {
    add('consent', `${event.consent ?? ''} is ${consent.revoked ? 'revoked' : consent.status}`)
    add('consent names', `${consent.accounts} accounts; ${consent.permissions.join(', ')}`)
    add(
      'consent is for',
      `${consent.sameClient ? 'this' : 'ANOTHER'} client and ${consent.sameSubject ? 'this' : 'ANOTHER'} customer`,
    )
    if (consent.expiresInSeconds !== null) {
      const days = Math.round(Math.abs(consent.expiresInSeconds) / 86_400)
      add(
        'consent validity',
        consent.expiresInSeconds < 0 ? `ended ${days} days before` : `${days} more days`,
      )
    }
  }
  for (const [selector, inside] of Object.entries(facts.objects))
    add(selector, inside ? 'in the consent' : 'NOT in the consent')
  add('declared query', facts.query.join(', '))
  if (event.response !== null)
    add(
      'the bank answered',
      `${event.response.upstreamStatus} after ${Math.round(event.response.upstreamMicros / 1000)} ms`,
    )
  const notCalled = upstreamLine(event)
  if (notCalled !== undefined) add(...notCalled)
  add('time', spentText(event))
  add(
    'message signature',
    facts.signature?.kind === 'verified'
      ? `good, by key ${facts.signature.kid ?? ''}; proof ${facts.signature.proof ?? ''}`
      : facts.signature?.kind,
  )
  const use = useText(event)
  add('use of the consent', use)
  add(
    'idempotency',
    event.first === undefined || use !== null
      ? null
      : event.outcome === 'denied'
        ? `the key is of request ${event.first}, whose answer is not to be had`
        : `the answer is that of request ${event.first}, which had the same key; the bank was not asked again`,
  )
  if (facts.observeAll === true)
    add('kill switch', 'observe-all was on: refusals were only observed, but for mandates')
  add('feed age', Number.isFinite(facts.feedAgeMs) ? `${facts.feedAgeMs} ms` : 'never heard')
  return lines
}

/** What the customer authenticated pays once: who came first, and how that ended. */
function useText({ code, first }: AccessEvent): string | null {
  const by = first === undefined ? 'another request' : `request ${first}`
  switch (code) {
    case 'GH_GATEWAY_PAYMENT_CONSENT_USED':
      return `${by} has paid what the customer authenticated; the bank was not asked again`
    case 'GH_GATEWAY_PAYMENT_CONSENT_IN_USE':
      return `${by} was at the bank with what the customer authenticated; had it been refused there, this one could be sent again`
    case 'GH_GATEWAY_PAYMENT_CONSENT_IN_DOUBT':
      return `${by} was sent with what the customer authenticated, and nobody saw how it ended; no other is sent`
    case 'GH_GATEWAY_PAYMENT_CONSENT_UNAVAILABLE':
      return 'that it is used could not be recorded, so nothing was sent'
    default:
      return null
  }
}

/** Where the time of a request went, in milliseconds: "1.3 ms: decide 0.1, body 0.4, the bank 0.7". */
function spentText({ spent, response, durationMicros }: AccessEvent): string | null {
  if (spent === undefined) return null
  const shown = (micros: number): string => (micros / 1000).toFixed(1)
  const parts = Object.entries(spent).map(([part, micros]) => `${part} ${shown(micros)}`)
  if (response !== null) parts.push(`the bank ${shown(response.upstreamMicros)}`)
  return `${shown(durationMicros)} ms: ${parts.join(', ')}`
}
