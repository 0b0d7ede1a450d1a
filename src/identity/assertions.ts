/** What signed requests of clients must say, beside what the library checks (FAPI 2.0 Security Profile §5.3.2.1, Message Signing §5.3). */
import { type Client, type Context, errors, type Payload, type Provider } from 'oidc-provider'
import { FAPI1_ALGORITHMS } from './client-metadata.ts'

/** How far a client's clock may be ahead: 10 s must be taken, 60 s refused (§5.3.2.1-13). */
export const CLOCK_TOLERANCE_SECONDS = 15
/** The longest a client assertion may live: each is remembered for that long. */
export const MAX_ASSERTION_SECONDS = 3600
/** Message Signing §5.3.1: from `nbf` to `exp`, and from `nbf` to now. */
export const MAX_REQUEST_OBJECT_SECONDS = 3600

/**
 * Whom a FAPI 1 assertion may be for: the server, its token endpoint, or the endpoint that it comes to, each under either of its addresses. For
 * FAPI 2 it is the server alone (below).
 */
export function acceptAudiences(
  provider: Provider,
  origins: readonly string[],
  routes: Readonly<Record<string, string>>,
): void {
  Object.defineProperty(provider.OIDCContext.prototype, 'clientJwtAuthExpectedAudience', {
    value(this: Context['oidc']): ReadonlySet<string> {
      const paths = [routes['token'], routes[this.route]].filter((path) => path !== undefined)
      return new Set([
        this.issuer,
        ...origins.flatMap((origin) => paths.map((path) => `${origin}${path}`)),
      ])
    },
  })
}

interface Signed {
  readonly claims: Payload
  readonly header: Payload
}

export function checkAssertion(
  { oidc }: Context,
  { claims, header }: Signed,
  client: Client,
  now: number,
): void {
  // §5.3.2.1-8: the issuer as a string; not a list, not the address of an endpoint. FAPI 1 names endpoints (the library knows which).
  if (client.fapi_profile !== '1.0-advanced' && claims['aud'] !== oidc.issuer)
    throw new errors.InvalidClientAuth('aud must be the issuer, as a string')
  if (isForbidden(client, header)) throw new errors.InvalidClientAuth('alg must be PS256 or ES256')
  if (!isTyped(header, 'client-authentication+jwt'))
    throw new errors.InvalidClientAuth('typ is of something else')
  const { exp, iat } = claims
  if (typeof exp !== 'number' || exp > now + MAX_ASSERTION_SECONDS)
    throw new errors.InvalidClientAuth('exp is too far away')
  if (typeof iat === 'number' && iat > now + CLOCK_TOLERANCE_SECONDS)
    throw new errors.InvalidClientAuth('iat is in the future')
}

export function checkRequestObject(
  { oidc }: Context,
  { claims, header }: Signed,
  client: Client,
  now: number,
): void {
  const refuse = (description: string): never => {
    throw new errors.InvalidRequestObject(description)
  }
  const { exp, nbf } = claims
  if (typeof exp !== 'number' || typeof nbf !== 'number') return refuse('exp and nbf are needed')
  if (claims['aud'] === undefined) return refuse('aud is needed')
  if (isForbidden(client, header)) refuse('alg must be PS256 or ES256')
  if (!isTyped(header, 'oauth-authz-req+jwt')) refuse('typ is of something else')
  if (exp <= nbf || exp - nbf > MAX_REQUEST_OBJECT_SECONDS) refuse('exp is too far from nbf')
  if (now - nbf > MAX_REQUEST_OBJECT_SECONDS) refuse('nbf is too long ago')
  // CIBA Core §7.1.1.
  if (
    oidc.route === 'backchannel_authentication' &&
    (claims['iat'] === undefined || claims['jti'] === undefined || claims['iss'] === undefined)
  )
    refuse('iss, iat and jti are needed')
}

function isForbidden(client: Client, { alg }: Payload): boolean {
  return client.fapi_profile === '1.0-advanced' && !FAPI1_ALGORITHMS.includes(String(alg))
}

/** RFC 9101 §10.8: what says to be something else is not taken for this, though the same key signed it. */
function isTyped({ typ }: Payload, type: string): boolean {
  if (typ === undefined) return true
  const said = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : ''
  return said === 'jwt' || said === type
}

/**
 * §5.3.2.1-13 for DPoP proofs, of which the library takes those of five minutes ahead: who says no nonce is asked for one, for with a nonce the clock of
 * the client does not count (RFC 9449 §8). What cannot be read the library refuses.
 */
export function isAhead(proof: string, now: number): boolean {
  const [, payload = ''] = proof.split('.')
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const { iat, nonce } = Object(claims) as { readonly iat?: unknown; readonly nonce?: unknown } // sound: looked at below
    return nonce === undefined && typeof iat === 'number' && iat > now + CLOCK_TOLERANCE_SECONDS
  } catch {
    return false
  }
}
