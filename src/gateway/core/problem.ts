/** Refusals on the wire: RFC 9457 problem documents with the decision id, and the headers that RFC 6750 §3 and RFC 9110 ask for. */
import { type ErrorCode, errorEntry } from '../../lib/index.ts'

export interface Answer {
  readonly status: number
  /** Name, value, name, value; without framing headers. */
  readonly headers: string[]
  readonly body: string | Uint8Array | null
}

/**
 * On every answer. The body of an account API is for its caller alone, and is never a page. No `Strict-Transport-Security`: it must not be
 * said over plain HTTP (RFC 6797 §7.2), and who ends TLS before this listener says it there.
 */
export const ANSWER_HEADERS: readonly string[] = [
  'cache-control',
  'no-store',
  'x-content-type-options',
  'nosniff',
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy',
  'no-referrer',
]

/** What the client is told about its quotas. */
export interface QuotasTold {
  /** Name, value, name, value. */
  readonly rateFields?: readonly string[]
  /** Seconds, for `Retry-After`; absent: as the code has it. */
  readonly retrySeconds?: number | undefined
}

export interface ProblemContext extends QuotasTold {
  readonly decision: string
  /** Header name and id to echo. */
  readonly interaction: readonly [name: string, id: string]
  /** Methods for a 405. */
  readonly allow?: readonly string[] | undefined
  /** Decision id of the first request with the same idempotency key, or under the same consent. */
  readonly first?: string | undefined
  /** Whether the API takes DPoP proofs, or the request came with one: then the challenge says so (RFC 9449 §7.1). */
  readonly dpop?: 'taken' | 'used' | undefined
  /** What a step-up needs, for the challenge of RFC 9470 §3. */
  readonly stepUp?: string | undefined
  /** For `DPoP-Nonce`. */
  readonly nonce?: string | undefined
  /** When the upstream's own status is kept. */
  readonly status?: number
}

/** What is over in a moment. */
const SOON: ReadonlySet<ErrorCode> = new Set([
  'GH_GATEWAY_CLIENT_SHARE',
  'GH_GATEWAY_OVERLOADED',
  'GH_GATEWAY_TOKEN_UNCHECKED',
  'GH_GATEWAY_UPSTREAM_SUSPENDED',
  'GH_AUDIT_UNAVAILABLE',
  'GH_GATEWAY_IDEMPOTENCY_IN_PROGRESS',
  'GH_GATEWAY_IDEMPOTENCY_UNAVAILABLE',
  'GH_GATEWAY_QUOTA_UNAVAILABLE',
  'GH_GATEWAY_PAYMENT_CONSENT_IN_USE',
  'GH_GATEWAY_PAYMENT_CONSENT_UNAVAILABLE',
])

/** The only words a client reads are the catalogue's; what went wrong inside is in the event. */
export function problem(code: ErrorCode, context: ProblemContext): Answer {
  const { title, status: usual } = errorEntry(code)
  const status = context.status ?? usual
  const headers = [
    ...ANSWER_HEADERS,
    ...context.interaction,
    ...(context.rateFields ?? []),
    ...(context.nonce === undefined ? [] : ['dpop-nonce', context.nonce]),
    'content-type',
    'application/problem+json',
  ]
  const challenge = challengeFor(code, status, context)
  if (challenge !== undefined) headers.push('www-authenticate', challenge)
  if (status === 405) headers.push('allow', (context.allow ?? []).join(', ')) // RFC 9110 §15.5.6: must be there, may be empty
  const retry = context.retrySeconds ?? (SOON.has(code) ? 1 : undefined)
  if (retry !== undefined) headers.push('retry-after', String(retry))
  if (code === 'GH_GATEWAY_CONTENT_CODING') headers.push('accept-encoding', 'identity') // RFC 9110 §15.5.16
  const body = JSON.stringify({
    type: `urn:gatehouse:error:${code}`,
    title,
    status,
    code,
    decision: context.decision,
    ...(context.first !== undefined && { first: context.first }),
  })
  return { status, headers, body }
}

const ALGS = 'algs="ES256 PS256 EdDSA"'

/** RFC 6750 §3: at least one parameter; §3.1: no error attribute when no token came. RFC 9449 §7.1: `algs`, and errors of its own. */
function challengeFor(
  code: ErrorCode,
  status: number,
  { dpop, stepUp = '' }: Pick<ProblemContext, 'dpop' | 'stepUp'>,
): string | undefined {
  const error = errorOf(code, status)
  if (error === undefined) return undefined
  const ofProof = error === 'invalid_dpop_proof' || error === 'use_dpop_nonce'
  const more = error === 'insufficient_user_authentication' ? stepUp : ''
  if (dpop === 'used' || ofProof) return `DPoP realm="gatehouse"${attribute(error)}${more}, ${ALGS}`
  const bearer = `Bearer realm="gatehouse"${attribute(error)}${more}`
  return dpop === 'taken' && status === 401 ? `${bearer}, DPoP realm="gatehouse", ${ALGS}` : bearer
}

function attribute(error: string): string {
  return error === '' ? '' : `, error="${error}"`
}

const OF_PROOFS: ReadonlySet<ErrorCode> = new Set([
  'GH_GATEWAY_PROOF_MISSING',
  'GH_GATEWAY_PROOF_INVALID',
  'GH_GATEWAY_PROOF_REQUEST',
  'GH_GATEWAY_PROOF_TOKEN',
  'GH_GATEWAY_PROOF_TIME',
  'GH_GATEWAY_PROOF_REPLAYED',
])

/** RFC 9470: the customer authenticates, and the client comes again. */
const OF_CUSTOMERS: ReadonlySet<ErrorCode> = new Set([
  'GH_GATEWAY_AUTHENTICATION_INSUFFICIENT',
  'GH_GATEWAY_PAYMENT_SCA_MISSING',
])

/** `''`: a challenge without an error; `undefined`: none. */
function errorOf(code: ErrorCode, status: number): string | undefined {
  if (code === 'GH_GATEWAY_TOKEN_MISSING') return ''
  if (code === 'GH_GATEWAY_TOKEN_IN_QUERY') return 'invalid_request'
  if (code === 'GH_GATEWAY_SCOPE_MISSING') return 'insufficient_scope'
  if (OF_CUSTOMERS.has(code)) return 'insufficient_user_authentication'
  if (code === 'GH_GATEWAY_PROOF_NONCE') return 'use_dpop_nonce'
  if (OF_PROOFS.has(code)) return 'invalid_dpop_proof'
  return status === 401 ? 'invalid_token' : undefined
}
