/**
 * What the gateway vouches for towards the bank (DESIGN §6): who asks, for whom, under which consent, for exactly these bytes. A compact JWS
 * (RFC 7515, claims of RFC 7519) that ends within seconds, so that the bank can refuse whoever comes past the gateway.
 */
import { hash } from 'node:crypto'
import type { Allow, Facts } from '../../decide/index.ts'
import type { UpstreamCall } from './upstream-call.ts'

/** The key in force and what stands around it; made in `app`. */
export interface ContextSigner {
  /** Lower case. */
  readonly header: string
  readonly issuer: string
  readonly ttlSeconds: number
  /** The compact JWS over these claims, `typ` `gatehouse-context+jwt`. */
  seal(claims: string): string
}

const EMPTY_DIGEST = digestOf('')

export interface Said {
  readonly decision: string
  readonly allow: Allow
  readonly facts: Facts
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The call with its signed context; `undefined`: the key failed, and nothing may be sent. */
export type Vouch = (call: UpstreamCall, said: Said) => UpstreamCall | undefined

/** `signer` is asked for each call; without one, calls go as they are. */
export function createVouch(signer: (() => ContextSigner | undefined) | undefined): Vouch {
  return (call, said) => {
    const current = signer?.()
    if (current === undefined) return call
    try {
      return vouched(call, current, said)
    } catch {
      return undefined
    }
  }
}

function vouched(
  call: UpstreamCall,
  { header, issuer, ttlSeconds, seal }: ContextSigner,
  said: Said,
): UpstreamCall {
  const { match } = said.allow
  const token = said.facts.token?.kind === 'verified' ? said.facts.token : undefined
  const issuedAt = Math.floor(said.now / 1000)
  // What is not known is left out: JSON has no member for `undefined`.
  const claims = {
    iss: issuer,
    aud: call.upstream.origin,
    iat: issuedAt,
    exp: issuedAt + ttlSeconds,
    jti: said.decision,
    sub: known(token?.subject),
    client_id: known(token?.clientId),
    consent_id: known(token?.consentId),
    acr: known(token?.acr),
    amr: token?.amr,
    auth_time: token?.authenticatedAt,
    sca: token?.sca,
    api: match.api,
    operation: match.operation,
    method: call.method,
    target: call.path,
    content_digest: call.body === undefined ? EMPTY_DIGEST : digestOf(call.body),
  }
  return { ...call, context: [...call.context, header, seal(JSON.stringify(claims))] }
}

/** RFC 9530 §2, of the bytes that go to the bank. */
function digestOf(body: string): string {
  return `sha-256=:${hash('sha256', body, 'base64')}:`
}

function known(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
