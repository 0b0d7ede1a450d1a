/** What an exchange and its data plane say to each other. */
import type { Answer } from './problem.ts'
import type { UpstreamCall } from './upstream-call.ts'

/** What the data plane does for an exchange. Exactly one of `answer` and `stream` is called, once, unless it calls `clientGone`. */
export interface ExchangePort {
  /** Read the request body, up to so many bytes, and give it to `Exchange.body`. */
  readBody(maxBytes: number): void
  forward(call: UpstreamCall): void
  answer(answer: Answer): void
  /** Send this head, then the upstream's body as it comes. */
  stream(answer: Answer): void
  /**
   * Of a data plane that carries the request itself (`Inbound.dataPlane`), in place of `forward`: it may, and its event is recorded.
   * `headers` are for the client, whatever the bank answers.
   */
  allow?(call: UpstreamCall, headers: readonly string[]): void
}

/** What to do with the upstream's body once its head is judged. */
export type BodyPlan = 'read' | 'stream' | 'discard'
