/** The event of an exchange: what of it is remembered for ever, and nothing that must not be. */
import type { Facts, RuleFailure, Trail, Verdict } from '../../decide/index.ts'
import type {
  AccessEvent,
  ResponseRecord,
  TraceRecord,
  UpstreamRecord,
} from '../../events/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import type { CoreParts } from './core.ts'
import type { ApiIndex } from './plan-index.ts'
import { recordedText } from './recorded-text.ts'
import type { Stopwatch } from './stopwatch.ts'

export type { UpstreamRecord } from '../../events/index.ts'

const NO_TRAIL: readonly [] = []
const MAX_METHOD_LENGTH = 20

/** How it ended. */
export interface Ended {
  /** Status the client gets; 0: nobody has it yet. */
  readonly status: number
  readonly outcome: AccessEvent['outcome']
  readonly code: ErrorCode | null
  readonly response: ResponseRecord | null
}

/** Of an answer that does not leave: the status that takes its place, and why, in words or as a rule found it. */
export interface Failing {
  readonly status?: number
  readonly reason?: string
  readonly failure?: RuleFailure
  readonly upstream?: UpstreamRecord
}

/** Of a call that was not made. Where a list says where calls may go, it is the list that refused. */
export function upstreamFailing(
  code: ErrorCode,
  upstream: UpstreamRecord,
  api: ApiIndex | undefined,
): Failing {
  const egress = api?.api.upstream.egress
  if (code !== 'GH_GATEWAY_EGRESS_REFUSED' || egress === undefined || egress.observed === true)
    return { upstream }
  const detail = `${upstream.address} leads to ${upstream.resolved ?? 'no address'}, which is not on the list`
  const named = { rule: 'egress.allowlist', control: 'egress-control' } as const
  return { upstream, failure: { ...named, code, effect: 'denied', detail } }
}

/** What is known of the request by then. */
export interface Known {
  readonly id: string
  readonly method: string
  readonly peer: string
  readonly facts: Facts
  readonly verdict: Verdict | undefined
  readonly api: ApiIndex | undefined
  /** Digest of the plan. */
  readonly plan: string
  readonly interaction: string
  readonly trace: TraceRecord
  readonly firstDecision: string | undefined
  readonly dataPlane: 'envoy' | undefined
  /** What rules about answers found and let pass. */
  readonly observed: readonly RuleFailure[]
  readonly watch: Stopwatch
}

export function exchangeEvent(parts: CoreParts, known: Known, ended: Ended): AccessEvent {
  const { facts, verdict, firstDecision, dataPlane, watch } = known
  const match = verdict?.match
  const trail: Trail | undefined = verdict?.trail
  const token = facts.token?.kind === 'verified' ? facts.token : undefined
  const operation = match === undefined ? undefined : known.api?.operations.get(match.operation)
  const spent = watch.record
  return {
    v: 1,
    kind: 'access',
    id: known.id,
    at: facts.now,
    api:
      match?.api ??
      (verdict?.kind === 'deny' ? (verdict.api ?? null) : (known.api?.api.name ?? null)),
    operation: match?.operation ?? null,
    method: safeMethod(known.method),
    route: match?.route ?? null,
    plan: known.plan,
    client: token === undefined || token.clientId === '' ? null : recordedText(token.clientId),
    subject: token === undefined ? null : parts.pseudonym('subject', token.subject),
    consent: token === undefined ? null : parts.pseudonym('consent', token.consentId),
    outcome: ended.outcome,
    code: ended.code,
    status: ended.status,
    ran: trail?.ran ?? 0,
    failed: [...(trail?.failed ?? NO_TRAIL), ...known.observed],
    interaction: known.interaction,
    trace: known.trace,
    peer: known.peer,
    facts: parts.recordFacts(facts, match, operation),
    response: ended.response,
    ...(firstDecision !== undefined && { first: firstDecision }),
    ...(dataPlane !== undefined && { dataPlane }),
    durationMicros: watch.micros,
    ...(spent !== undefined && { spent }),
  }
}

/** A method is a token that a stranger chose: longer ones are no method anybody serves. */
function safeMethod(method: string): string {
  return method.length <= MAX_METHOD_LENGTH ? method : `${method.slice(0, MAX_METHOD_LENGTH)}…`
}
