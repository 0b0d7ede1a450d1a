/** What the client of one exchange is told: the headers that each answer has, the bank's answer under them, refusals. */
import type { Respond } from '../../decide/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import type { BankAnswer } from './bank-answer.ts'
import type { CoreParts } from './core.ts'
import { exchangeProblem, freshNonce } from './exchange-problem.ts'
import type { MutableFacts } from './inbound.ts'
import { DEFAULT_INTERACTION_HEADER, interactionId } from './interaction.ts'
import type { ApiIndex } from './plan-index.ts'
import { ANSWER_HEADERS, type Answer, type QuotasTold } from './problem.ts'
import { keptHeaders } from './response-headers.ts'
import { readTrace, type Trace } from './trace-context.ts'

const NO_FIELDS: readonly string[] = []

export class ExchangeAnswers {
  readonly #parts: CoreParts
  readonly #facts: MutableFacts
  readonly #id: string
  #interaction: readonly [string, string] | undefined
  #trace: Trace | undefined
  /** As soon as it is known. */
  api: ApiIndex | undefined
  /** What the client is told about its quotas: name, value. */
  quotas: Required<QuotasTold> = { rateFields: NO_FIELDS, retrySeconds: undefined }
  /** Decision id of the first request with the same key. */
  firstDecision: string | undefined

  constructor(parts: CoreParts, facts: MutableFacts, id: string) {
    this.#parts = parts
    this.#facts = facts
    this.#id = id
  }

  /** What each answer has anew, before what the bank said. */
  ownHeaders(): string[] {
    const headers = [...ANSWER_HEADERS, ...this.interaction]
    const nonce = freshNonce(this.#parts, this.#facts)
    if (nonce !== undefined) headers.push('dpop-nonce', nonce)
    return [...headers, ...this.quotas.rateFields]
  }

  ofBank(bank: BankAnswer, body: Answer['body']): Answer {
    const headers = this.ownHeaders()
    const allowed: Respond | undefined = bank.respond
    if (allowed !== undefined && 'headers' in allowed && bank.headers !== undefined) {
      const changed = bank.changed && allowed.kind === 'project'
      const names = changed ? allowed.changedHeaders : allowed.headers
      keptHeaders(headers, bank.headers, names, this.interaction[0], this.api?.link)
    }
    return { status: bank.status, headers, body }
  }

  /** `operation`: the matched one's name, '' if none. */
  refusal(code: ErrorCode, operation: string, status?: number, allow?: readonly string[]): Answer {
    return exchangeProblem(
      this.#parts,
      {
        decision: this.#id,
        facts: this.#facts,
        api: this.api,
        operation: this.api?.operations.get(operation),
        interaction: this.interaction,
        first: this.firstDecision,
        ...this.quotas,
      },
      { code, status, allow },
    )
  }

  /** Header and id: the client's own where it sent one. */
  get interaction(): readonly [name: string, id: string] {
    if (this.#interaction === undefined) {
      const name = this.api?.interactionHeader ?? DEFAULT_INTERACTION_HEADER
      const id = interactionId(this.#facts.request.headers, name, this.#parts.uuid)
      this.#interaction = [name, id]
    }
    return this.#interaction
  }

  get trace(): Trace {
    return (this.#trace ??= readTrace(this.#facts.request.headers, this.#parts.traceIds))
  }
}
