/** The access token of a request: from one `Authorization: Bearer` header and from nowhere else (RFC 6750 §2.1, RFC 9700 §4.3.2). */
import type { ErrorCode } from '../../lib/index.ts'

export type Bearer =
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  | { readonly kind: 'token'; readonly token: string }

const ABSENT: Bearer = { kind: 'absent' }
/** RFC 9110 §11.4: a scheme, then one or more spaces. RFC 6750 §2.1: `b64token`. */
const CREDENTIALS = /^[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9\-._~+/]+=*)$/
const SCHEME = /^bearer(?: |$)/i

export function readBearer(authorization: readonly string[]): Bearer {
  const [value, second] = authorization
  if (value === undefined) return ABSENT
  if (second !== undefined) return { kind: 'refused', code: 'GH_GATEWAY_HEADER_REPEATED' }
  const token = CREDENTIALS.exec(value)?.[1]
  if (token !== undefined) return { kind: 'token', token }
  // Another scheme is no bearer token at all: the answer is a plain challenge (RFC 6750 §3.1).
  return SCHEME.test(value) ? { kind: 'refused', code: 'GH_GATEWAY_TOKEN_MALFORMED' } : ABSENT
}
