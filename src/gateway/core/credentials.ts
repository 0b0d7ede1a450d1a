/**
 * The access token of a request: from one `Authorization` header and from nowhere else (RFC 6750 §2.1, RFC 9700 §4.3.2), under the scheme
 * `Bearer` or, for a token that is bound to a key, `DPoP` (RFC 9449 §7.1).
 */
import type { ErrorCode } from '../../lib/index.ts'

export type Credentials =
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  /** `isToken` says whether its letters are those of a token; what is remembered as verified need not be asked again. */
  | { readonly kind: 'token'; readonly token: string }

const ABSENT: Credentials = { kind: 'absent' }
const MALFORMED: Credentials = { kind: 'refused', code: 'GH_GATEWAY_TOKEN_MALFORMED' }
const REPEATED: Credentials = { kind: 'refused', code: 'GH_GATEWAY_HEADER_REPEATED' }
const BEARER = 'bearer'
const DPOP = 'dpop'

/** RFC 9110 §11.4: a scheme in any case, one or more spaces, and credentials. */
export function readCredentials(authorization: readonly string[]): Credentials {
  const [value] = authorization
  if (value === undefined) return ABSENT
  if (authorization.length > 1) return REPEATED
  const length = schemeLength(value)
  // Another scheme is no token at all: the answer is a plain challenge (RFC 6750 §3.1).
  if (length === 0) return ABSENT
  if (value.length === length) return MALFORMED
  if (value.charCodeAt(length) !== SPACE) return ABSENT
  let at = length + 1
  while (value.charCodeAt(at) === SPACE) at++
  return at === value.length ? MALFORMED : { kind: 'token', token: value.slice(at) }
}
const SPACE = 0x20

function schemeLength(value: string): number {
  if (value.startsWith('Bearer')) return BEARER.length
  if (startsWithDpop(value)) return DPOP.length
  return value.slice(0, BEARER.length).toLowerCase() === BEARER ? BEARER.length : 0
}

function startsWithDpop(value: string): boolean {
  const first = value.charCodeAt(0)
  return (first === 0x44 || first === 0x64) && value.slice(0, DPOP.length).toLowerCase() === DPOP
}

/** The token of a header that `readCredentials` took, if its scheme is `DPoP`. */
export function dpopToken(authorization: string): string | undefined {
  if (!startsWithDpop(authorization)) return undefined
  let at = DPOP.length
  while (authorization.charCodeAt(at) === SPACE) at++
  return authorization.slice(at)
}

/** RFC 6750 §2.1: `b64token`; RFC 9449 §7.1: `token68`, which is the same. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(text)
}
