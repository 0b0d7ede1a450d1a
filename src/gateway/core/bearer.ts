/** The access token of a request: from one `Authorization: Bearer` header and from nowhere else (RFC 6750 §2.1, RFC 9700 §4.3.2). */
import type { ErrorCode } from '../../lib/index.ts'

export type Bearer =
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  /** `isBearerToken` says whether its letters are those of a token; what is remembered as verified need not be asked again. */
  | { readonly kind: 'token'; readonly token: string }

const ABSENT: Bearer = { kind: 'absent' }
const MALFORMED: Bearer = { kind: 'refused', code: 'GH_GATEWAY_TOKEN_MALFORMED' }
const REPEATED: Bearer = { kind: 'refused', code: 'GH_GATEWAY_HEADER_REPEATED' }
const SCHEME = 'bearer'

/** RFC 9110 §11.4: a scheme in any case, one or more spaces, and credentials. */
export function readBearer(authorization: readonly string[]): Bearer {
  const [value] = authorization
  if (value === undefined) return ABSENT
  if (authorization.length > 1) return REPEATED
  const scheme = value.slice(0, SCHEME.length)
  // Another scheme is no bearer token at all: the answer is a plain challenge (RFC 6750 §3.1).
  if (scheme !== 'Bearer' && scheme.toLowerCase() !== SCHEME) return ABSENT
  if (value.length === SCHEME.length) return MALFORMED
  if (value.charCodeAt(SCHEME.length) !== SPACE) return ABSENT
  let at = SCHEME.length + 1
  while (value.charCodeAt(at) === SPACE) at++
  return at === value.length ? MALFORMED : { kind: 'token', token: value.slice(at) }
}
const SPACE = 0x20

/** RFC 6750 §2.1: `b64token`. */
export function isBearerToken(text: string): boolean {
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(text)
}
