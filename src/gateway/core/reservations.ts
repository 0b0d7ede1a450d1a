/**
 * Idempotency keys of requests under way. Of requests with one key at once the first is sent and the others wait for its answer; across
 * processes and restarts the store decides. Order of the first: *reserve (durable) → intent → send → answer kept (durable) → event →
 * answer*. A process that dies in between leaves the key pending, and pending without a living owner means in doubt: never a second send.
 */
import { hash } from 'node:crypto'
import type { Claim } from '../../decide/index.ts'
import type { ErrorCode } from '../../lib/index.ts'

/** An answer as it is given again: without the headers that each answer gets anew. */
export interface KeptAnswer {
  readonly status: number
  /** Name, value, name, value. */
  readonly headers: readonly string[]
  readonly body: string | Uint8Array | null
}

export type KeyOutcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'other-request' }
  | { readonly kind: 'pending' | 'in-doubt'; readonly decision: string }
  | { readonly kind: 'answered'; readonly decision: string; readonly answer: KeptAnswer }

/** Each is durable when it resolves. */
export interface IdempotencyKeys {
  reserve(asked: {
    readonly id: string
    readonly digest: string
    readonly decision: string
    /** Milliseconds since the epoch. */
    readonly at: number
    readonly expiresAt: number
  }): Promise<KeyOutcome>
  /** `null`: whether the bank did it is not known. */
  settle(id: string, decision: string, answer: KeptAnswer | null): Promise<void>
  /** Nothing was sent. */
  release(id: string, decision: string): Promise<void>
}

export type End = KeptAnswer | 'in-doubt' | 'unsent'
export interface Reservation {
  /** Exactly once. `done` is called once it is durable, or could not be made so: the key is in doubt then. */
  settle(end: End, done: () => void): void
}
export type Taking =
  | { readonly kind: 'taken'; readonly reservation: Reservation }
  | Exclude<KeyOutcome, { readonly kind: 'taken' }>
  | { readonly kind: 'unavailable' }

export interface Reservations {
  /** Answers once, at once or later. */
  take(
    claim: Extract<Claim, { readonly kind: 'reserve' }>,
    decision: string,
    now: number,
    done: (taking: Taking) => void,
  ): void
}

/** Requests with one key that wait for the answer of the first; more are told to come again. */
export const MAX_TWINS = 100
/** Keys of requests under way; a gateway with more of them is at its limit. */
export const MAX_KEYS_UNDER_WAY = 10_000

export const TAKING_CODES: Readonly<
  Record<Exclude<Taking['kind'], 'taken' | 'answered'>, ErrorCode>
> = {
  'other-request': 'GH_GATEWAY_IDEMPOTENCY_KEY_REUSED',
  pending: 'GH_GATEWAY_IDEMPOTENCY_IN_PROGRESS',
  'in-doubt': 'GH_GATEWAY_IDEMPOTENCY_IN_DOUBT',
  unavailable: 'GH_GATEWAY_IDEMPOTENCY_UNAVAILABLE',
}

interface UnderWay {
  readonly digest: string
  readonly decision: string
  readonly twins: ((taking: Taking) => void)[]
}

export function createReservations(keys: IdempotencyKeys): Reservations {
  const underWay = new Map<string, UnderWay>()

  function end(id: string, held: UnderWay, taking: Taking): void {
    underWay.delete(id)
    for (const twin of held.twins) twin(taking)
  }

  function reservation(id: string, held: UnderWay): Reservation {
    const { decision } = held
    return {
      settle(outcome, done) {
        const isAnswer = typeof outcome === 'object'
        const kept =
          outcome === 'unsent'
            ? keys.release(id, decision)
            : keys.settle(id, decision, isAnswer ? outcome : null)
        const settled = (): void => {
          end(
            id,
            held,
            isAnswer
              ? { kind: 'answered', decision, answer: outcome }
              : // Nothing was sent: whoever waited may be the next to try.
                { kind: outcome === 'unsent' ? 'pending' : 'in-doubt', decision },
          )
          done()
        }
        // Not kept: the store still says pending, which is in doubt once nobody holds it.
        kept.then(settled, settled)
      },
    }
  }

  return {
    take({ scope, idempotencyKey, content, ttlSeconds }, decision, now, done) {
      const id = hash('sha256', JSON.stringify([...scope, idempotencyKey]), 'base64url')
      // The key is no part of what is kept, so that nobody finds an account number by trying.
      const digest = hash('sha256', JSON.stringify([idempotencyKey, content]), 'base64url')
      const other = underWay.get(id)
      if (other !== undefined) {
        if (other.digest !== digest) return done({ kind: 'other-request' })
        if (other.twins.length < MAX_TWINS) other.twins.push(done)
        else done({ kind: 'pending', decision: other.decision })
        return
      }
      if (underWay.size >= MAX_KEYS_UNDER_WAY) return done({ kind: 'unavailable' })
      const held: UnderWay = { digest, decision, twins: [] }
      underWay.set(id, held)
      keys.reserve({ id, digest, decision, at: now, expiresAt: now + ttlSeconds * 1000 }).then(
        (outcome) => {
          if (outcome.kind === 'taken')
            return done({ kind: 'taken', reservation: reservation(id, held) })
          end(id, held, outcome)
          done(outcome)
        },
        () => {
          end(id, held, { kind: 'unavailable' })
          done({ kind: 'unavailable' })
        },
      )
    },
  }
}
