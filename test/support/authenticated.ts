/** What the token of a payment says of strong customer authentication, as our own authorization server says it. */
import { type JsonValue, readAuthorizationDetails } from '../../src/lib/index.ts'
import { digestOfHeld } from '../../src/proof/index.ts'

/** `details`: the authenticated payments (RFC 9396). */
export function authenticated(details: unknown): {
  readonly outcome: 'authenticated'
  readonly decision: string
  readonly digest?: string
} {
  const digest = digestOfHeld(readAuthorizationDetails(details as JsonValue)) // sound: JSON of a test
  return { outcome: 'authenticated', decision: 'd-1', ...(digest !== undefined && { digest }) }
}
