/**
 * One request from its first byte to its event: facts, decision, upstream call, projection, record, answer, in that order. The data
 * plane feeds it and does what it says through `ExchangePort`; it performs no I/O but the event.
 *
 * INVARIANT: nothing of the bank's answer leaves before the event that says so was taken by the spool, and each exchange ends in at
 * most one final event. Under `strict` an intent record (status 0) with the same id is synced before the upstream call: a consumer
 * lets the last record of an id count, and an intent without a final record is a call whose end nobody saw.
 */
import type {
  Allow,
  BodyFact,
  Claims,
  Deny,
  Need,
  RuleFailure,
  TokenFact,
  Verdict,
} from '../../decide/index.ts'
import type { AccessEvent, ResponseRecord, UpstreamRecord } from '../../events/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import { sealAnswer } from './answer-signature.ts'
import { BankAnswer, type BankBody, NO_BODY } from './bank-answer.ts'
import type { ClaimOutcome, Hold } from './claim-desk.ts'
import type { CoreParts } from './core.ts'
import { corsHeaders } from './cors-headers.ts'
import { ExchangeAnswers } from './exchange-answers.ts'
import { exchangeEvent, type Failing, upstreamFailing } from './exchange-event.ts'
import type { BodyPlan, ExchangePort } from './exchange-port.ts'
import { ANSWER_RULE } from './exchange-problem.ts'
import { gather, presented } from './gather-facts.ts'
import { openedBody } from './opened-body.ts'
import { type Inbound, inboundFacts, type MutableFacts } from './inbound.ts'
import type { PlanIndex } from './plan-index.ts'
import type { Answer } from './problem.ts'
import { rateFields } from './rate-fields.ts'
import { denyBeyond, needsAnswer } from './request-side.ts'
import type { End, KeptAnswer } from './reservations.ts'
import type { UpstreamHeaders } from './response-headers.ts'
import { Stopwatch } from './stopwatch.ts'
import { type UpstreamCall, upstreamCall } from './upstream-call.ts'

const MAX_ROUNDS = 12
const NOTHING = (): void => undefined
const LET_THROUGH: End = { status: 200, headers: [], body: null }

export class Exchange {
  readonly id: string
  readonly #parts: CoreParts
  readonly #port: ExchangePort
  readonly #inbound: Inbound
  readonly #index: PlanIndex
  readonly #facts: MutableFacts
  readonly #watch: Stopwatch
  readonly #answers: ExchangeAnswers
  readonly #bank = new BankAnswer()
  #rounds = 0
  #verdict: Verdict | undefined
  #allow: Allow | undefined
  /** The idempotency key and the accesses that this request holds: settled before anything is answered. */
  #hold: Hold | undefined
  /** The data plane was told to send it: from here on the bank may have it. */
  #sent = false
  /** Set once the final event is on its way: nothing else may be answered or recorded. */
  #closed = false

  constructor(parts: CoreParts, index: PlanIndex, inbound: Inbound, port: ExchangePort) {
    this.#parts = parts
    this.#index = index
    this.#inbound = inbound
    this.#port = port
    const now = parts.clock.now()
    this.#watch = new Stopwatch(parts.clock)
    this.id = parts.decisionId(now)
    this.#facts = inboundFacts(inbound, now, parts.feedAgeMs(now), index.bucket(''))
    this.#answers = new ExchangeAnswers(parts, this.#facts, this.id)
    if (inbound.transport !== undefined)
      this.#facts.transport = parts.feed.transport(inbound.transport)
    const observed = parts.observed?.()
    if (observed !== undefined)
      this.#facts.observeAll = observed.has(index.kernel.apiAt(inbound.target) ?? '')
  }

  /** Runs the kernel until it has decided or something must be waited for. */
  start(): void {
    const asked = this.#index.kernel.preflight(this.#facts.request)
    if (asked === undefined) return this.#run()
    this.#answers.api = this.#index.apis.get(asked.api)
    const answer = {
      status: 204,
      headers: [...this.#answers.ownHeaders(), ...asked.headers],
      body: null,
    }
    this.#close(this.#event(204, 'allowed', null, null), answer, false)
  }

  /** Refuses what the kernel need not see: broken framing, a body that cannot be read, no room. */
  refuse(code: ErrorCode): void {
    this.#deny(code, undefined)
  }

  /** The body that `readBody` asked for. */
  body(fact: BodyFact): void {
    this.#watch.end()
    this.#facts.body = openedBody(fact)
    this.#run()
  }

  get signal(): 'open' | 'closed' {
    return this.#closed ? 'closed' : 'open'
  }

  /** Milliseconds since the upstream was called. */
  get waitedMs(): number {
    return this.#parts.clock.monotonic() - this.#bank.calledAt
  }

  /** Judges the upstream's head. After `discard` the answer is already under way. */
  upstreamHead(status: number, headers: UpstreamHeaders, bodyless: boolean): BodyPlan {
    const allow = this.#allow
    if (this.#closed || allow === undefined) return 'discard'
    const withheld = this.#bank.head(this.#index, allow, this.#facts, { status, headers })
    if (withheld !== undefined) {
      this.#fail(withheld.withheld, withheld)
      return 'discard'
    }
    if (bodyless) {
      this.#finish(NO_BODY)
      return 'discard'
    }
    // DESIGN §3: a strict-audit operation cannot stream, and neither can what is signed as a whole.
    return this.#bank.whole || this.#durability() === 'strict' ? 'read' : 'stream'
  }

  /** The whole body after `read`. `text` is `undefined` when it is not UTF-8. */
  upstreamBody(bytes: Uint8Array, text: string | undefined): void {
    if (this.#closed || this.#bank.respond === undefined) return
    const judged = this.#bank.judge(bytes, text, this.#parts.clock.monotonic())
    if ('withheld' in judged) this.#fail(judged.withheld, judged)
    else this.#finish(judged)
  }

  /** After `stream`: `bytes` is the announced length, 0 if unknown. The head leaves once the event is taken. */
  upstreamStream(bytes: number): void {
    if (this.#closed) return
    const answer = this.#answers.ofBank(this.#bank, null)
    const response = this.#response({ ...NO_BODY, bytes })
    const event = this.#event(answer.status, 'allowed', null, response)
    this.#close(event, answer, true, this.#hold && this.#kept(answer))
  }

  /** `unsent`: not one byte of the request went out. */
  upstreamFailed(code: ErrorCode, unsent = false, upstream?: UpstreamRecord): void {
    if (this.#closed) return
    if (unsent) this.#sent = false
    this.#fail(code, upstream && upstreamFailing(code, upstream, this.#answers.api))
  }

  /**
   * The client left before the answer. `leave`: the event is all that remains to be done. `stay`: the bank has a request that is done
   * once, and its answer is for whoever comes back with the key; `answer` will be called.
   */
  clientGone(): 'leave' | 'stay' {
    if (this.#closed) return 'leave'
    if (this.#hold?.awaited === true && this.#sent) return 'stay'
    this.#closed = true
    this.#hold?.settle('unsent', NOTHING)
    const outcome = this.#verdict?.kind === 'deny' ? 'denied' : 'failed'
    const event = this.#event(499, outcome, 'GH_GATEWAY_CLIENT_GONE', null)
    this.#parts.record(event, this.#durability(), this.#mayDegrade(), (failure) =>
      // The client has gone: there is nobody to tell, and the sink has raised its own alarm.
      this.#parts.observer?.ended(event, failure === undefined),
    )
    return 'leave'
  }

  #run(): void {
    const facts = this.#facts
    while (!this.#closed) {
      let step
      try {
        step = this.#rounds++ < MAX_ROUNDS ? this.#index.kernel.next(facts) : undefined
      } catch {
        step = undefined
      }
      if (step === undefined) return this.#deny('GH_GATEWAY_RULE_FAILED', undefined)
      if (step.kind === 'claim') return this.#claim(step)
      if (step.kind === 'deny') return this.#deny(step.code, step)
      if (step.kind === 'allow') return this.#allowed(step)
      facts.resume = step.resume
      let gathered
      try {
        gathered = this.#gather(step)
      } catch {
        // Nobody's request may end the process: a look-up that throws has found nothing in order.
        return this.#deny('GH_GATEWAY_RULE_FAILED', undefined)
      }
      if (!gathered) return
    }
  }

  #claim(claims: Claims): void {
    this.#facts.resume = claims.resume
    // What comes back with the key is the answer, and no answer of another data plane is seen here.
    if (this.#inbound.dataPlane !== undefined && needsAnswer(claims)) {
      this.#facts.claims = { kind: 'refused', code: 'GH_GATEWAY_DATA_PLANE' }
      return this.#run()
    }
    this.#watch.begin('claims')
    const { clock, claimDesk } = this.#parts
    const asked = { decision: this.id, now: this.#facts.now, monotonic: clock.monotonic() }
    claimDesk.take(claims, asked, (outcome) => this.#claimed(outcome))
  }

  #claimed({ fact, states, retrySeconds, hold, first }: ClaimOutcome): void {
    this.#watch.end()
    if (this.#closed) return hold?.settle('unsent', NOTHING)
    this.#hold = hold
    this.#answers.firstDecision = first?.decision
    this.#answers.quotas = { rateFields: rateFields(states), retrySeconds }
    if (first?.answer !== undefined) return this.#repeat(first.answer)
    this.#facts.claims = fact
    this.#run()
  }

  /** The answer of the first request with this key, after every rule has let this one through. */
  #repeat({ status, headers, body }: KeptAnswer): void {
    this.#facts.claims = { kind: 'taken' }
    const step = this.#index.kernel.next(this.#facts)
    if (step.kind === 'deny') return this.#deny(step.code, step)
    if (step.kind !== 'allow') return this.#deny('GH_GATEWAY_RULE_FAILED', undefined)
    this.#verdict = step
    this.#allow = step
    this.#answers.api = this.#index.apis.get(step.match.api)
    const answer = {
      status,
      headers: [...this.#answers.ownHeaders(), ...headers],
      body,
    }
    this.#close(this.#event(status, 'allowed', null, null), answer, false)
  }

  #lateToken(token: TokenFact): void {
    this.#watch.end()
    presented(token, this.#facts, this.#parts, this.#index)
    this.#run()
  }

  /** False when the facts come later. */
  #gather(need: Need): boolean {
    const gathered = gather(need, this.#facts, this.#parts, this.#index)
    if (gathered === 'there') return true
    if (gathered === 'body') {
      this.#watch.begin('body')
      this.#port.readBody(this.#index.maxBodyBytes)
    } else if (gathered === 'unknown') {
      this.#deny('GH_GATEWAY_RULE_FAILED', undefined) // asked for what nobody can tell
    } else if ('initiated' in gathered) {
      this.#watch.begin('claims')
      void gathered.initiated.then((found) => {
        this.#watch.end()
        this.#facts.initiated = found
        this.#run()
      })
    } else {
      this.#watch.begin('token')
      gathered.late.then(
        (late) => this.#lateToken(late),
        () => this.#lateToken({ kind: 'invalid', code: 'GH_GATEWAY_TOKEN_KEY_UNKNOWN' }),
      )
    }
    return false
  }

  #allowed(allow: Allow): void {
    this.#verdict = allow
    this.#allow = allow
    this.#answers.api = this.#index.apis.get(allow.match.api)
    const api = this.#answers.api?.api
    // A body that no rule judged goes nowhere.
    if (api === undefined || (this.#inbound.hasBody && this.#facts.body === undefined))
      return this.#deny(
        api === undefined ? 'GH_GATEWAY_RULE_FAILED' : 'GH_GATEWAY_REQUEST_INVALID',
        undefined,
      )
    const beyond =
      this.#inbound.dataPlane && this.#answers.api?.operations.get(allow.match.operation)?.beyond
    if (beyond !== undefined) return this.#deny('GH_GATEWAY_DATA_PLANE', denyBeyond(allow, beyond))
    const call = upstreamCall(api.upstream, allow, this.#facts, this.id, {
      interaction: this.#answers.interaction,
      trace: this.#answers.trace,
    })
    this.#bank.calledAt = this.#parts.clock.monotonic()
    this.#watch.decided(this.#bank.calledAt)
    if (this.#inbound.dataPlane !== undefined) return this.#handOver(call, allow)
    if (this.#durability() === 'buffered') return this.#forward(call, allow)
    const intent = this.#event(0, 'allowed', null, null)
    this.#watch.begin('intent')
    this.#parts.record(intent, 'strict', false, (failure) => {
      if (this.#closed) return
      this.#watch.end()
      if (failure !== undefined) return this.#unrecorded(intent)
      this.#bank.calledAt = this.#parts.clock.monotonic()
      this.#forward(call, allow)
    })
  }

  /** Another data plane carries it: this event is the last that is known here. */
  #handOver(call: UpstreamCall, allow: Allow): void {
    const signed = this.#signed(call, allow)
    if (signed === undefined) return this.#fail('GH_GATEWAY_CONTEXT_UNSIGNED')
    const event = this.#event(0, 'allowed', null, null)
    this.#closed = true
    this.#parts.record(event, this.#durability(), this.#mayDegrade(), (failure) => {
      if (failure !== undefined) return this.#unrecorded(event)
      this.#parts.observer?.ended(event, true)
      // No answer is seen here: what is let through counts.
      this.#settle(LET_THROUGH, () => this.#port.allow?.(signed, this.#answers.ownHeaders()))
    })
  }

  #forward(call: UpstreamCall, allow: Allow): void {
    const signed = this.#signed(call, allow)
    if (signed === undefined) return this.#fail('GH_GATEWAY_CONTEXT_UNSIGNED')
    this.#sent = true
    this.#port.forward(signed)
  }

  /** What the bank is told is signed last, so that it is fresh; `undefined`: it could not be. */
  #signed(call: UpstreamCall, allow: Allow): UpstreamCall | undefined {
    const { vouch, clock } = this.#parts
    return vouch(call, { decision: this.id, allow, facts: this.#facts, now: clock.now() })
  }

  #deny(code: ErrorCode, verdict: Deny | undefined): void {
    if (this.#closed) return
    if (verdict !== undefined) {
      this.#verdict = verdict
      const name = verdict.match?.api ?? verdict.api
      if (name !== undefined) this.#answers.api = this.#index.apis.get(name)
    }
    const answer = this.#problem(code, undefined, verdict?.allow)
    this.#close(this.#event(answer.status, 'denied', code, null), answer, false)
  }

  /** Allowed, but no answer of the bank leaves. */
  #fail(code: ErrorCode, { status, reason, failure, upstream }: Failing = {}): void {
    const answer = this.#problem(code, status)
    const response = this.#bank.status === 0 ? null : this.#response(NO_BODY)
    const event = this.#event(answer.status, 'failed', code, response)
    const why: RuleFailure | undefined =
      reason === undefined ? failure : { ...ANSWER_RULE, code, effect: 'denied', detail: reason }
    const failed = why === undefined ? event.failed : [...event.failed, why]
    const refused = this.#bank.status >= 400 && this.#bank.status < 500
    const end = this.#sent ? (refused ? this.#kept(answer) : 'in-doubt') : 'unsent'
    const called = upstream === undefined ? event : { ...event, upstream }
    this.#close({ ...called, failed }, answer, false, end)
  }

  #finish(body: BankBody): void {
    let sealed
    try {
      const answer = this.#answers.ofBank(this.#bank, body.body)
      const came = { headers: this.#bank.headers ?? {}, changed: this.#bank.changed }
      sealed = sealAnswer(answer, this.#bank.respond, came, this.#parts)
    } catch {
      return this.#fail('GH_GATEWAY_SIGNING_UNAVAILABLE')
    }
    const { answer, ...signed } = sealed
    const response = { ...this.#response(body), ...signed }
    const outcome = body.removedFields + body.removedRows > 0 ? 'trimmed' : 'allowed'
    const event = this.#event(answer.status, outcome, null, response)
    this.#close(event, answer, false, this.#hold && this.#kept(answer))
  }

  /** What whoever comes back with the key is given. An error of the bank leaves open what it did; one that says "later" did nothing. */
  #kept({ status, headers, body }: Answer): End {
    if (this.#bank.status === 429) return 'unsent'
    if (status >= 500 || this.#bank.status === 408) return 'in-doubt'
    return { status, headers: headers.slice(this.#answers.ownHeaders().length), body }
  }

  #close(event: AccessEvent, answer: Answer, streams: boolean, end: End = 'unsent'): void {
    this.#closed = true
    this.#settle(end, () => this.#conclude(event, answer, streams))
  }

  #settle(end: End, then: () => void): void {
    const hold = this.#hold
    this.#hold = undefined
    if (hold === undefined) then()
    else hold.settle(end, then)
  }

  #conclude(event: AccessEvent, answer: Answer, streams: boolean): void {
    this.#parts.record(event, this.#durability(), this.#mayDegrade(), (failure) => {
      if (failure !== undefined) return this.#unrecorded(event)
      this.#parts.observer?.ended(event, true)
      corsHeaders(answer.headers, this.#answers.api, this.#facts.request.headers)
      if (streams) this.#port.stream(answer)
      else this.#port.answer(answer)
    })
  }

  /** DESIGN §2: what cannot be recorded did not happen. */
  #unrecorded(event: AccessEvent): void {
    this.#closed = true
    this.#parts.observer?.ended(event, false)
    // Before the call nothing was sent; afterwards the key is settled by the time its event is recorded.
    this.#settle('unsent', () => this.#port.answer(this.#problem('GH_AUDIT_UNAVAILABLE')))
  }

  #problem(code: ErrorCode, status?: number, allow?: readonly string[]): Answer {
    return this.#answers.refusal(code, this.#verdict?.match?.operation ?? '', status, allow)
  }

  /** DESIGN §2: only reads are ever buffered. A refusal, which changes nothing at the bank, is recorded as the reads are. */
  #durability(): 'strict' | 'buffered' {
    if (this.#allow !== undefined && !this.#reads()) return 'strict'
    const name = this.#verdict?.match?.operation
    const operation = name === undefined ? undefined : this.#answers.api?.operations.get(name)
    return operation?.audit ?? this.#answers.api?.api.audit ?? 'buffered'
  }

  /** What is strict waits for nobody's memory. */
  #mayDegrade(): boolean {
    return (
      this.#answers.api?.api.degraded === true && this.#reads() && this.#durability() === 'buffered'
    )
  }

  #reads(): boolean {
    const { method } = this.#inbound
    return method === 'GET' || method === 'HEAD'
  }

  #response(body: BankBody): ResponseRecord {
    return this.#bank.record(body, this.#parts.clock.monotonic(), this.#watch, this.#parts.shape)
  }

  #event(
    status: number,
    outcome: AccessEvent['outcome'],
    code: ErrorCode | null,
    response: ResponseRecord | null,
  ): AccessEvent {
    return exchangeEvent(
      this.#parts,
      {
        id: this.id,
        method: this.#inbound.method,
        peer: this.#inbound.peer,
        facts: this.#facts,
        verdict: this.#verdict,
        api: this.#answers.api,
        plan: this.#index.kernel.plan.digest,
        interaction: this.#answers.interaction[1],
        trace: this.#answers.trace.record,
        firstDecision: this.#answers.firstDecision,
        dataPlane: this.#inbound.dataPlane,
        observed: this.#bank.observed,
        watch: this.#watch,
      },
      { status, outcome, code, response },
    )
  }
}
