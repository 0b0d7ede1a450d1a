/**
 * What Envoy and Gatehouse say to each other, in one place: the responder reads what the exported configuration sends. Names that begin
 * with `x-gatehouse-` are ours: Envoy takes them from every client before anything else is done.
 */

/** Before the path of the request that is asked about: `GET /check/accounts?page=2`. */
export const CHECK_PREFIX = '/check'

/** Of a check. An empty value is not sent by Envoy: absent and empty are the same. */
export const CHECK_HEADERS = {
  /** Shows that it is our Envoy that asks. */
  secret: 'x-gatehouse-secret',
  /** Name of the listener that took the request. */
  listener: 'x-gatehouse-listener',
  /** `TLSv1.3`; absent: plain HTTP. */
  tls: 'x-gatehouse-tls',
  /** Address of the client. */
  peer: 'x-gatehouse-peer',
} as const

/** Of an answer that lets a request through. */
export const ALLOW_HEADERS = {
  /** Name of the API whose upstream gets it: Envoy's routes match this and nothing of the client's. */
  api: 'x-gatehouse-api',
  /** Path and query as the kernel rebuilt them. */
  path: 'x-gatehouse-path',
  /** Understood by Envoy itself: names, joined by commas. */
  remove: 'x-envoy-auth-headers-to-remove',
} as const

/** Prefix of all that is ours. */
export const OURS = 'x-gatehouse-'

/**
 * Envoy takes every 5xx of a responder for its failure and throws away what it says; what is refused with 5xx is sent under a number that
 * nobody uses, and a mapper of the exported configuration turns it back.
 */
export const SENT_FOR: ReadonlyMap<number, number> = new Map([
  [500, 490],
  [501, 491],
  [502, 492],
  [503, 493],
  [504, 494],
])
