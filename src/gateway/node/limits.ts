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
}
