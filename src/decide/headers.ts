import type { HeaderView } from './facts.ts'

/**
 * Headers that mean one thing or nothing: two of them are two readings of one request. Framing itself is the adapter's
 * business; a repeated framing header is refused here as well, because nothing good sends one.
 */
const SINGLE: readonly string[] = [
  'host',
  'authorization',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'dpop',
  'x-fapi-interaction-id',
  'x-fapi-auth-date',
  'x-fapi-customer-ip-address',
  'x-idempotency-key',
  'x-jws-signature',
]

/** The first header that came more than once though it must not. */
export function repeatedHeader(headers: HeaderView): string | undefined {
  for (const name of SINGLE) if (headers.all(name).length > 1) return name
  return undefined
}
