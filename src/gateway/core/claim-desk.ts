/**
 * Takes the claims of one decision, all or none: windows in memory first, which cost nothing to give back; then what is counted in the
 * store; the idempotency key last, since whoever waits for a twin's answer must hold nothing that others need.
 */
import type { Claim, Claims, ClaimsFact, QuotaClaim, RefusedClaim } from '../../decide/index.ts'
import {
  type KeptAnswer,
  type Reservation,
  type Reservations,
  TAKING_CODES,
} from './reservations.ts'
import type { QuotaState, Windows } from './windows.ts'

export interface Asked {
  /** Decision id. */
  readonly decision: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Milliseconds that only go forward. */
  readonly monotonic: number
}

export interface ClaimOutcome {
  /** For the kernel. */
  readonly fact: ClaimsFact
  /** Quotas as they stand now, for the client. */
  readonly states: readonly QuotaState[]
  /** Seconds after which another try may succeed; absent: nobody can tell. */
  readonly retrySeconds?: number
  /** To be settled before anything is answered. */
  readonly reservation?: Reservation
  /** The first request with the same idempotency key, and its answer where it has one. */
  readonly first?: { readonly decision: string; readonly answer?: KeptAnswer }
}

export interface ClaimDesk {
  /** Answers once, at once or later. */
  take(claims: Claims, asked: Asked, done: (outcome: ClaimOutcome) => void): void
}

const NO_STATES: readonly QuotaState[] = []
/** A plan that asks for what nobody here can take. */
const UNKNOWN: ClaimOutcome = {
  fact: { kind: 'refused', code: 'GH_GATEWAY_RULE_FAILED', detail: 'nobody can take the claim' },
  states: NO_STATES,
}

export function createClaimDesk(
  windows: Windows,
  reservations: Reservations | undefined,
): ClaimDesk {
  /** What only observes is counted after everything else was taken, as it would be if it enforced. */
  function watch(watched: readonly QuotaClaim[] | undefined, { monotonic }: Asked): ClaimsFact {
    if (watched === undefined) return TAKEN
    const observed: RefusedClaim[] = []
    for (const claims of byRule(watched)) {
      const taking = windows.take(claims, monotonic, true)
      if (taking.kind !== 'taken') observed.push(refusalOf(taking, claims))
    }
    return observed.length === 0 ? TAKEN : { kind: 'taken', observed }
  }

  return {
    take({ claims, watched }, asked, done) {
      const quotas = claims.filter(isQuota)
      const keys = claims.filter(isKey)
      const [key] = keys
      if (quotas.length + keys.length !== claims.length || keys.length > 1) return done(UNKNOWN)
      if (key !== undefined && reservations === undefined) return done(UNKNOWN)
      const taking = windows.take(quotas, asked.monotonic)
      if (taking.kind !== 'taken') {
        const refused = refusalOf(taking, quotas)
        return done({
          fact: { kind: 'refused', ...refused },
          states: taking.kind === 'refused' ? taking.states : NO_STATES,
          ...(taking.kind === 'refused' && { retrySeconds: taking.by.resetSeconds }),
        })
      }
      const { states } = taking
      if (key === undefined || reservations === undefined)
        return done({ fact: watch(watched, asked), states })
      reservations.take(key, asked.decision, asked.now, (taken) => {
        if (taken.kind === 'taken')
          return done({ fact: watch(watched, asked), states, reservation: taken.reservation })
        const first = 'decision' in taken && { first: firstOf(taken) }
        if (taken.kind === 'answered') return done({ fact: TAKEN, states, ...first })
        taking.undo()
        done({
          fact: { kind: 'refused', code: TAKING_CODES[taken.kind] },
          states: NO_STATES,
          ...first,
        })
      })
    },
  }
}

const TAKEN: ClaimsFact = { kind: 'taken' }

function firstOf(taken: {
  readonly decision: string
  readonly answer?: KeptAnswer
}): NonNullable<ClaimOutcome['first']> {
  return taken.answer === undefined
    ? { decision: taken.decision }
    : { decision: taken.decision, answer: taken.answer }
}

type Key = Extract<Claim, { readonly kind: 'reserve' }>

function isKey(claim: Claim): claim is Key {
  return claim.kind === 'reserve'
}

function isQuota(claim: Claim): claim is QuotaClaim {
  return claim.kind === 'quota'
}

/** Of what observes each rule stands for itself. */
function byRule(claims: readonly QuotaClaim[]): readonly (readonly QuotaClaim[])[] {
  const groups = new Map<string, QuotaClaim[]>()
  for (const claim of claims) {
    const group = groups.get(claim.rule ?? '')
    if (group === undefined) groups.set(claim.rule ?? '', [claim])
    else group.push(claim)
  }
  return [...groups.values()]
}

function refusalOf(
  taking: { readonly kind: 'full' } | { readonly kind: 'refused'; readonly by: QuotaState },
  claims: readonly QuotaClaim[],
): RefusedClaim {
  if (taking.kind === 'full') {
    const rule = claims[0]?.rule
    const detail = 'there is no room to count another client, consent or customer'
    return { code: 'GH_GATEWAY_OVERLOADED', detail, ...(rule !== undefined && { rule }) }
  }
  const { policy = 'quota', limit, windowSeconds, rule } = taking.by.claim
  const detail = `${policy}: ${limit} in ${windowSeconds} s are spent`
  return { code: 'GH_GATEWAY_RATE_EXCEEDED', detail, ...(rule !== undefined && { rule }) }
}
