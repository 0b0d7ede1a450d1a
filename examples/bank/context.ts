/**
 * How a bank knows that a call came through Gatehouse, and is the one that Gatehouse decided about: the signed context of
 * docs/how-to/verify-the-signed-context.md, verified with `jose`. Whoever calls past the gateway has none.
 */
import { createHash } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'

export interface ContextOptions {
  /** What `gatehouse context keys` says. */
  readonly keys: JSONWebKeySet
  /** This API's own origin, as `upstream` in gatehouse.yaml says it. */
  readonly audience: string
  readonly issuer?: string
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}
export interface ReceivedRequest {
  readonly method: string
  /** Path and query, as they came. */
  readonly target: string
  /** `gatehouse-context`. */
  readonly context: string | undefined
  readonly body: Uint8Array
}
export interface Vouched {
  readonly decision: string
  readonly subject: string | undefined
  readonly client: string | undefined
  readonly consent: string | undefined
  /** What became of strong customer authentication of the payment; `undefined`: nobody says. */
  readonly sca: ScaOutcome | undefined
}
/** It was authenticated, or exempt by a clause of the law; the decision stands under this id, with its evidence. */
export interface ScaOutcome {
  readonly outcome: 'authenticated' | 'exempt'
  readonly decision: string
}
/** Rejects whatever Gatehouse did not vouch for. */
export type VerifyContext = (request: ReceivedRequest) => Promise<Vouched>

const MAX_REMEMBERED = 100_000

export function contextVerifier({
  keys,
  audience,
  issuer = 'gatehouse',
  clock,
}: ContextOptions): VerifyContext {
  const keySet = createLocalJWKSet(keys)
  /** Ends of the contexts that were used, by their id. */
  const used = new Map<string, number>()
  return async ({ method, target, context, body }) => {
    if (context === undefined) throw new Error('no context')
    const { payload } = await jwtVerify(context, keySet, {
      algorithms: ['ES256', 'EdDSA'],
      typ: 'gatehouse-context+jwt',
      issuer,
      audience,
      requiredClaims: ['exp', 'iat', 'jti', 'method', 'target', 'content_digest'],
      maxTokenAge: '5 minutes',
      clockTolerance: 2,
      currentDate: new Date(clock()),
    })
    const { jti = '', exp = 0 } = payload
    const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
    if (payload['method'] !== method || payload['target'] !== target)
      throw new Error('it is of another request')
    if (payload['content_digest'] !== digest) throw new Error('it is of another body')
    const now = clock() / 1000
    for (const [id, end] of used) {
      if (end + 2 >= now) break
      used.delete(id)
    }
    if (used.has(jti) || used.size >= MAX_REMEMBERED) throw new Error('it was used before')
    used.set(jti, exp)
    return {
      decision: jti,
      subject: payload.sub,
      client: textOf(payload['client_id']),
      consent: textOf(payload['consent_id']),
      sca: outcomeOf(payload['sca']),
    }
  }
}

/** An outcome that names no decision, or an exemption without its name, is none. */
function outcomeOf(claim: unknown): ScaOutcome | undefined {
  if (typeof claim !== 'object' || claim === null) return undefined
  const { outcome, decision, exemption } = claim as Readonly<Record<string, unknown>> // sound: an object of unknowns
  if (typeof decision !== 'string' || decision === '') return undefined
  if (outcome === 'authenticated') return { outcome, decision }
  return outcome === 'exempt' && typeof exemption === 'string' ? { outcome, decision } : undefined
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' ? claim : undefined
}
