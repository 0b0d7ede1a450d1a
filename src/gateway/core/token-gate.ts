/**
 * From credentials to the token fact. A signature that was good stays good for as long as its key is trusted and the token lives, so
 * the second call of a token costs one hash. Revocation is looked up every time.
 */
import { hash } from 'node:crypto'
import type { TokenFact } from '../../decide/index.ts'
import type { Projection } from '../../feed/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import {
  digestOfHeld,
  MAX_TOKEN_CHARS,
  type TokenJudgement,
  type TokenVerifier,
} from '../../proof/index.ts'
import { isToken, readCredentials } from './credentials.ts'
import { Recent } from '../../lib/index.ts'

/** Verified tokens remembered per gateway worker. */
export const TOKEN_CACHE_LIMIT = 10_000
/** A token that was not used for twice as long is forgotten, though there is room: most have ended by then. */
export const TOKEN_TURN_MS = 300_000

export type VerifiedFact = Extract<TokenFact, { readonly kind: 'verified' }>
interface Remembered {
  readonly fact: VerifiedFact
  readonly key: { readonly usableUntil: number }
  /** Milliseconds since the epoch; a token without `exp` is not remembered. */
  readonly until: number
}

export interface TokenGate {
  /** The fact at once, or a promise while somebody is asked. `issuers`: whose tokens are taken; absent: it is not said. */
  judge(
    authorization: readonly string[],
    now: number,
    issuers?: readonly string[],
  ): TokenFact | Promise<TokenFact>
}

const ABSENT: TokenFact = { kind: 'absent' }

export function createTokenGate(verifier: () => TokenVerifier, projection: Projection): TokenGate {
  let recent = new Recent<Remembered>(TOKEN_CACHE_LIMIT)
  let provenBy: TokenVerifier | undefined
  let turnedAt = 0

  function settle(judgement: TokenJudgement, digest: string, by: TokenVerifier): TokenFact {
    if (!judgement.ok) return refused(judgement.code)
    const paymentsDigest = digestOfHeld(judgement.token.payments)
    const fact: VerifiedFact = {
      kind: 'verified',
      ...judgement.token,
      ...(paymentsDigest !== undefined && { paymentsDigest }),
      revoked: false,
    }
    if (fact.expiresAt !== undefined && by === provenBy)
      recent.set(digest, { fact, key: judgement.key, until: fact.expiresAt * 1000 })
    return current(fact, projection)
  }

  return {
    judge(authorization, now, issuers) {
      const given = readCredentials(authorization)
      if (given.kind === 'absent') return ABSENT
      if (given.kind === 'refused') return refused(given.code)
      if (given.token.length > MAX_TOKEN_CHARS) return refused('GH_GATEWAY_TOKEN_MALFORMED')
      const judge = verifier()
      if (judge !== provenBy) {
        // Other issuers or algorithms are trusted now: what was proven under the old ones counts for nothing.
        provenBy = judge
        recent = new Recent(TOKEN_CACHE_LIMIT)
      }
      // Of the distance alone: the wall clock may be set back.
      if (Math.abs(now - turnedAt) >= TOKEN_TURN_MS) {
        recent.turn()
        turnedAt = now
      }
      // The cache never holds the token itself: a heap dump of it is worth nothing.
      const digest = hash('sha256', given.token, 'base64url')
      const held = recent.get(digest)
      if (held !== undefined) {
        if (held.until > now && held.key.usableUntil > now) return current(held.fact, projection)
        recent.delete(digest)
      }
      if (!isToken(given.token)) return refused('GH_GATEWAY_TOKEN_MALFORMED')
      const judgement = judge.verify(given.token, now, issuers)
      return judgement instanceof Promise
        ? judgement.then((late) => settle(late, digest, judge))
        : settle(judgement, digest, judge)
    },
  }
}

function current(fact: VerifiedFact, projection: Projection): TokenFact {
  const { tokenId, grantId } = fact
  const revoked =
    (tokenId !== undefined && projection.revoked(`token:${tokenId}`)) ||
    (grantId !== undefined && projection.revoked(`grant:${grantId}`))
  return revoked ? { ...fact, revoked: true } : fact
}

function refused(code: ErrorCode): TokenFact {
  return { kind: 'invalid', code }
}
