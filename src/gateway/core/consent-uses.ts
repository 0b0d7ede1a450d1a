/**
 * What customers authenticated and that pays once, of requests under way. Order: *taken (durable) → intent → send → used, given back or in
 * doubt (durable) → event → answer*. A process that dies in between leaves it pending, and pending without a living owner is in doubt: no
 * other payment is sent under it.
 */
import { hash } from 'node:crypto'
import type { UseClaim } from '../../decide/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import type { Asked, Hold } from './claim-desk.ts'

type UseOutcome =
  | { readonly kind: 'taken' }
  /** Used for the very same before: it may go on, and there is nothing to settle. */
  | { readonly kind: 'same' }
  /** `decision`: of the request that has it. */
  | { readonly kind: 'in-use' | 'used' | 'in-doubt'; readonly decision: string }

/** Each is durable when it resolves. */
export interface ConsentUses {
  reserve(asked: {
    readonly id: string
    /** What it is used for. */
    readonly digest: string
    /** Id of the consent that it is of, for whoever keeps that; absent: of none. */
    readonly consent?: string
    /** How many payments are paid with it. */
    readonly payments: number
    readonly decision: string
    /** Milliseconds since the epoch. */
    readonly at: number
    readonly expiresAt: number
  }): Promise<UseOutcome>
  /** `used: false`: whether the bank did it is not known. */
  settle(id: string, decision: string, used: boolean): Promise<void>
  /** Nothing was sent, or the bank refused it. */
  release(id: string, decision: string): Promise<void>
}

export type Using =
  | { readonly kind: 'go-on'; readonly hold?: Hold }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly first?: string }

export interface UseDesk {
  /** Answers once, at once or later. */
  take(claim: UseClaim, asked: Asked, done: (using: Using) => void): void
}

/** Uses of requests under way; a gateway with more of them is at its limit. */
export const MAX_USES_UNDER_WAY = 10_000

export const USE_CODES: Readonly<
  Record<'in-use' | 'used' | 'in-doubt' | 'unavailable', ErrorCode>
> = {
  used: 'GH_GATEWAY_PAYMENT_CONSENT_USED',
  'in-use': 'GH_GATEWAY_PAYMENT_CONSENT_IN_USE',
  'in-doubt': 'GH_GATEWAY_PAYMENT_CONSENT_IN_DOUBT',
  unavailable: 'GH_GATEWAY_PAYMENT_CONSENT_UNAVAILABLE',
}

export function createUseDesk(uses: ConsentUses): UseDesk {
  /** Id → decision. Who is here is alive, whatever the store says. */
  const underWay = new Map<string, string>()
  const unavailable: Using = { kind: 'refused', code: USE_CODES.unavailable }

  function hold(id: string, decision: string): Hold {
    return {
      awaited: true,
      settle(end, done) {
        const status = typeof end === 'object' ? end.status : undefined
        const refused = end === 'unsent' || (status !== undefined && status >= 400 && status < 500)
        const kept = refused
          ? uses.release(id, decision)
          : uses.settle(id, decision, status !== undefined)
        const settled = (): void => {
          underWay.delete(id)
          done()
        }
        // Not kept: the store still says pending, which is in doubt once nobody holds it.
        kept.then(settled, settled)
      },
    }
  }

  return {
    take(claim, { decision, now }, done) {
      const id = digestOf(['use', ...claim.of])
      const holder = underWay.get(id)
      if (holder !== undefined)
        return done({ kind: 'refused', code: USE_CODES['in-use'], first: holder })
      if (underWay.size >= MAX_USES_UNDER_WAY) return done(unavailable)
      underWay.set(id, decision)
      const asked = {
        id,
        digest: digestOf(['for', ...(claim.for ?? ['request', decision])]),
        payments: claim.payments,
        ...(claim.consent !== undefined && { consent: claim.consent }),
        decision,
        at: now,
        expiresAt: now + claim.ttlSeconds * 1000,
      }
      uses.reserve(asked).then(
        (outcome) => {
          if (outcome.kind === 'taken') return done({ kind: 'go-on', hold: hold(id, decision) })
          underWay.delete(id)
          if (outcome.kind === 'same') return done({ kind: 'go-on' })
          const { kind, decision: first } = outcome
          done({ kind: 'refused', code: USE_CODES[kind], ...(first !== '' && { first }) })
        },
        () => {
          underWay.delete(id)
          done(unavailable)
        },
      )
    },
  }
}

function digestOf(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url')
}
