/** The numbers of the Node data plane. Each has a test at its edge. */
export interface NodeLimits {
  /** Request line and headers together. */
  readonly maxHeaderBytes: number
  readonly maxHeaders: number
  /** From the first byte of a connection or request to the end of its headers. */
  readonly headersTimeoutMs: number
  /** To the end of its body. */
  readonly requestTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  readonly maxConnections: number
  /** Requests that have no answer yet; more are answered 503 at once. */
  readonly maxInFlight: number
  readonly upstreamConnections: number
  /** Requests that one upstream owes an answer; more are answered 503, so that a bank API that hangs takes no other down with it. */
  readonly maxPerUpstream: number
  /** Bytes of answers in memory, read or waiting to be taken, of all requests together. */
  readonly maxHeldBytes: number
  /** How long a client may take to take its answer. */
  readonly answerTimeoutMs: number
}

export const DEFAULT_LIMITS: NodeLimits = {
  maxHeaderBytes: 16_384,
  maxHeaders: 100,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  maxConnections: 10_000,
  maxInFlight: 2_048,
  upstreamConnections: 256,
  maxPerUpstream: 512,
  maxHeldBytes: 134_217_728,
  answerTimeoutMs: 60_000,
}
