/** What the bank answered to one exchange, and what the rules about answers make of it. */
import type { Allow, Facts, Respond, RuleFailure } from '../../decide/index.ts'
import type { ResponseRecord, ShapeSample } from '../../events/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import { answerRefusal } from './answer-refusal.ts'
import type { Failing } from './exchange-event.ts'
import type { PlanIndex } from './plan-index.ts'
import { responseHead } from './response-head.ts'
import type { UpstreamHeaders } from './response-headers.ts'
import type { Stopwatch } from './stopwatch.ts'

const NOTHING_SEEN: readonly [] = []

/** A body that may leave, counted for the event. */
export interface BankBody {
  readonly body: string | Uint8Array | null
  /** Of what the bank sent. */
  readonly bytes: number
  readonly removedFields: number
  readonly removedRows: number
  /** What its shape is told of; `null`: nothing. */
  readonly text: string | null
}

/** It does not leave. */
export interface Withheld extends Failing {
  readonly withheld: ErrorCode
}

export const NO_BODY: BankBody = {
  body: null,
  bytes: 0,
  removedFields: 0,
  removedRows: 0,
  text: null,
}

export class BankAnswer {
  /** 0: the bank has not answered. */
  status = 0
  headers: UpstreamHeaders | undefined
  respond: Respond | undefined
  /** What rules about answers found and let pass. */
  observed: readonly RuleFailure[] = NOTHING_SEEN
  /** The text that leaves is not the one that came. */
  changed = false
  /** Milliseconds of the monotonic clock; 0: not called. */
  calledAt = 0
  #answeredAt = 0

  /** `undefined`: its body is wanted. */
  head(
    index: PlanIndex,
    allow: Allow,
    facts: Facts,
    came: { readonly status: number; readonly headers: UpstreamHeaders },
  ): Withheld | undefined {
    const { status, headers } = came
    this.status = status
    this.headers = headers
    let respond: Respond
    try {
      respond = index.kernel.respond(allow, facts, responseHead(status, headers))
    } catch {
      respond = { kind: 'refuse', code: 'GH_GATEWAY_RULE_FAILED', reason: 'the kernel threw' }
    }
    this.respond = respond
    if (respond.kind === 'pass' && respond.observed !== undefined) this.observed = respond.observed
    if (respond.kind === 'refuse') return { withheld: respond.code, reason: respond.reason }
    if (respond.kind === 'replace') return { withheld: respond.code, status: respond.status }
    return undefined
  }

  /** Projected, or signed as a whole: nothing of it leaves before all of it is there. */
  get whole(): boolean {
    const { respond } = this
    return respond?.kind === 'project' || (respond?.kind === 'pass' && respond.sign !== undefined)
  }

  /** The whole body. `text` is `undefined` when it is not UTF-8. `now`: by the monotonic clock. */
  judge(bytes: Uint8Array, text: string | undefined, now: number): BankBody | Withheld {
    const { respond } = this
    this.#answeredAt = now
    if (respond?.kind !== 'project') return { ...NO_BODY, body: bytes, bytes: bytes.length }
    if (text === undefined)
      return { withheld: 'GH_GATEWAY_RESPONSE_REFUSED', reason: 'the body is not UTF-8' }
    let projected
    try {
      // As many UTF-16 units as UTF-8 bytes is ASCII: every other character has more bytes than units.
      projected = respond.apply(text, text.length === bytes.length ? bytes : undefined)
    } catch {
      return { withheld: 'GH_GATEWAY_RULE_FAILED' }
    }
    if (!projected.ok && projected.reason === 'withheld') {
      const { failure, status } = projected
      return { withheld: failure.code, failure, ...(status !== undefined && { status }) }
    }
    if (!projected.ok)
      return { withheld: 'GH_GATEWAY_RESPONSE_REFUSED', reason: answerRefusal(projected) }
    const { removedFields, removedRows } = projected
    this.observed = projected.observed ?? NOTHING_SEEN
    this.changed = projected.text !== text
    // What did not change leaves as the bytes that came; plain ASCII is cheaper to write as the text it already is.
    const body = projected.text === text && text.length !== bytes.length ? bytes : projected.text
    return { body, bytes: bytes.length, removedFields, removedRows, text }
  }

  /** `now`: by the monotonic clock. */
  record(
    { bytes, removedFields, removedRows, text }: BankBody,
    now: number,
    watch: Stopwatch,
    shape: (text: string) => ShapeSample | null,
  ): ResponseRecord {
    const answeredAt = this.#answeredAt === 0 ? now : this.#answeredAt
    if (this.#answeredAt !== 0) watch.judged(answeredAt, now)
    return {
      upstreamStatus: this.status,
      upstreamMicros: Math.round((answeredAt - this.calledAt) * 1000),
      bytes,
      removedFields,
      removedRows,
      shape: text === null ? null : shape(text),
    }
  }
}
