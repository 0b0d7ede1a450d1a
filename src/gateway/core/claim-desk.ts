/**
 * Takes the claims of one decision, all or none: windows in memory first, which cost nothing to give back; then what is counted in the
 * store; the idempotency key then, since whoever waits for a twin's answer must hold nothing that others need; and last the use of a consent. What only observes is
 * counted when everything else was taken, in windows and under keys of its own.
 */
import type {
  Claim,
  Claims,
  ClaimsFact,
  InitiateClaim,
  OnceClaim,
  QuotaClaim,
  RefusedClaim,
  RepeatClaim,
  UseClaim,
} from '../../decide/index.ts'
import type { Scheduler } from '../../lib/index.ts'
import { offeredPages } from './answer-pages.ts'
import { type DurableQuotas, type DurableTaking, MAX_QUOTA_WAIT_MS } from './durable-quotas.ts'
import { USE_CODES, type UseDesk } from './consent-uses.ts'
import { holdInitiated, type InitiatedPayments } from './initiated-payments.ts'
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

/** What a request holds until it is answered. */
export interface Hold extends Reservation {
  /** The bank's answer is needed although the client has left. */
  readonly awaited: boolean
}

export interface ClaimOutcome {
  /** For the kernel. */
  readonly fact: ClaimsFact
  /** Quotas as they stand now, for the client. */
  readonly states: readonly QuotaState[]
  /** Seconds after which another try may succeed; absent: nobody can tell. */
  readonly retrySeconds?: number
  /** To be settled before anything is answered. */
  readonly hold?: Hold
  /** The first request with the same idempotency key, and its answer where it has one; or the one that has the consent. */
  readonly first?: { readonly decision: string; readonly answer?: KeptAnswer }
}

export interface ClaimDesk {
  /** Answers once, at once or later. */
  take(claims: Claims, asked: Asked, done: (outcome: ClaimOutcome) => void): void
}

export interface ClaimDeskParts {
  readonly windows: Windows
  readonly reservations: Reservations | undefined
  readonly uses: UseDesk | undefined
  readonly quotas: DurableQuotas | undefined
  readonly initiated: InitiatedPayments | undefined
  readonly scheduler: Scheduler
}

const NO_STATES: readonly QuotaState[] = []
const NOTHING = (): void => undefined
const TAKEN: ClaimsFact = { kind: 'taken' }
/** A plan that asks for what nobody here can take. */
const UNKNOWN: ClaimOutcome = {
  fact: { kind: 'refused', code: 'GH_GATEWAY_RULE_FAILED', detail: 'nobody can take the claim' },
  states: NO_STATES,
}

type Key = Extract<Claim, { readonly kind: 'reserve' }>
type Stored = DurableTaking | { readonly kind: 'unavailable' }

export function createClaimDesk(parts: ClaimDeskParts): ClaimDesk {
  const { windows, reservations, uses, quotas, initiated, scheduler } = parts

  /** Resolves by `done` within `MAX_QUOTA_WAIT_MS`; what comes later is given back. */
  function store(
    claims: readonly QuotaClaim[],
    { decision, now }: Asked,
    apart: boolean,
    done: (taking: Stored) => void,
  ): void {
    if (quotas === undefined) return done({ kind: 'unavailable' })
    let late = false
    const cancel = scheduler.after(MAX_QUOTA_WAIT_MS, () => {
      late = true
      done({ kind: 'unavailable' })
    })
    quotas.take({ decision, at: now, claims, apart }).then(
      (taking) => {
        if (late) return void quotas.settle(decision, undefined).catch(NOTHING)
        cancel()
        done(taking)
      },
      () => {
        if (late) return
        cancel()
        done({ kind: 'unavailable' })
      },
    )
  }

  /** What the store counts for a decision, kept or given back once it is known how it ended: an error of ours or of the bank's is no access. */
  function stored(decision: string, claims: readonly QuotaClaim[]): Hold {
    return {
      awaited: false,
      settle(end, done) {
        // Where it cannot be kept it still counts, for as long as this process lives.
        const pages = typeof end === 'object' ? offeredPages(end, claims) : undefined
        quotas?.settle(decision, pages).then(done, done)
      },
    }
  }

  /** Whom rules that only observe would have refused. Nobody is refused, also where nothing can be counted. */
  function watch(
    watched: readonly QuotaClaim[],
    asked: Asked,
    done: (fact: ClaimsFact, held: boolean) => void,
  ): void {
    const observed: RefusedClaim[] = []
    for (const claims of byRule(watched.filter((one) => one.durable === undefined))) {
      const taking = windows.take(claims, asked.monotonic, true)
      if (taking.kind === 'full') observed.push(noRoom(claims))
      if (taking.kind === 'refused') observed.push(spent(taking.by.claim))
    }
    const durable = durableOf(watched)
    const finish = (held: boolean): void =>
      done(observed.length === 0 ? TAKEN : { kind: 'taken', observed }, held)
    if (durable.length === 0) return finish(false)
    store(durable, asked, true, (taking) => {
      const claim = taking.kind === 'spent' ? durable[taking.at] : undefined
      if (claim !== undefined) observed.push(spent(claim))
      if (taking.kind === 'unavailable') observed.push(uncounted(durable))
      finish(taking.kind === 'taken')
    })
  }

  return {
    take({ claims, watched = [] }, asked, done) {
      const inMemory = claims.filter((one) => isQuota(one) && one.durable === undefined)
      const inStore = claims.filter((one) => isQuota(one) && one.durable !== undefined)
      const keys = claims.filter(isKey)
      const [key] = keys
      const made = claims.filter(isInitiate)
      const onces = claims.filter(isOnce)
      const [once] = onces
      const used = claims.filter(isUse)
      const [use] = used
      const repeats = claims.filter(isRepeat)
      const [repeat] = repeats
      const single = [keys, onces, used]
      const known = [inMemory, inStore, made, repeats, ...single].reduce(
        (sum, { length }) => sum + length,
        0,
      )
      if (known !== claims.length || single.some(({ length }) => length > 1)) return done(UNKNOWN)
      if (use !== undefined && uses === undefined) return done(UNKNOWN)
      if ((key ?? once) !== undefined && reservations === undefined) return done(UNKNOWN)
      const memory = windows.take(inMemory.filter(isQuota), asked.monotonic)
      if (memory.kind === 'full')
        return done({
          fact: { kind: 'refused', ...noRoom(inMemory.filter(isQuota)) },
          states: NO_STATES,
        })
      if (memory.kind === 'refused') {
        const { by, states } = memory
        const fact = { kind: 'refused', ...spent(by.claim) } as const
        return done({ fact, states, retrySeconds: by.resetSeconds })
      }
      const allTaken = (states: readonly QuotaState[], holds: readonly Hold[]): void =>
        watch(watched, asked, (fact, held) => {
          // Settled first: what was made is known before its answer is kept under the key.
          const notes = made.map((claim) => holdInitiated(claim, asked, initiated))
          const hold = together([
            ...holds,
            ...(held ? [stored(asked.decision, durableOf(watched))] : []),
            ...notes,
          ])
          done(hold === undefined ? { fact, states } : { fact, states, hold })
        })
      const takeKey = (states: readonly QuotaState[], holds: readonly Hold[]): void => {
        if (once === undefined || reservations === undefined) return takeKept(states, holds)
        const { key: content, ttlSeconds, rule } = once
        // Each request is another one, so that a second finds the key taken by somebody else.
        const asks = {
          scope: ['once'],
          idempotencyKey: content,
          content: asked.decision,
          ttlSeconds,
        }
        reservations.take({ kind: 'reserve', ...asks }, asked.decision, asked.now, (taken) => {
          if (taken.kind === 'taken') {
            const { settle } = taken.reservation
            const spent: Hold = {
              awaited: false,
              settle: (end, then) => settle(end === 'unsent' ? 'unsent' : 'in-doubt', then),
            }
            return takeKept(states, [...holds, spent])
          }
          memory.undo()
          const code =
            taken.kind === 'unavailable'
              ? TAKING_CODES.unavailable
              : 'GH_GATEWAY_SIGNATURE_REPLAYED'
          const fact = { kind: 'refused', code, rule, detail: 'jti came before' } as const
          const hold = together(holds)
          if (hold === undefined) done({ fact, states: NO_STATES })
          else hold.settle('unsent', () => done({ fact, states: NO_STATES }))
        })
      }
      // After the key: a repetition gets its answer, whatever became of the consent.
      const takeUse = (states: readonly QuotaState[], holds: readonly Hold[]): void => {
        const refuse = (
          { code, rule, first }: Omit<RefusedClaim, 'detail'> & { readonly first?: string },
          taken: readonly Hold[],
        ): void => {
          memory.undo()
          const fact = { kind: 'refused', code, ...(rule !== undefined && { rule }) } as const
          const told = first !== undefined && { first: { decision: first } }
          const refused = (): void => done({ fact, states: NO_STATES, ...told })
          const hold = together(taken)
          if (hold === undefined) refused()
          else hold.settle('unsent', refused)
        }
        const again = repeat && { code: USE_CODES.used, rule: repeat.rule }
        if (use === undefined || uses === undefined)
          return again === undefined ? allTaken(states, holds) : refuse(again, holds)
        uses.take(use, asked, (using) => {
          if (using.kind === 'refused') return refuse({ ...using, rule: use.rule }, holds)
          if (using.hold === undefined) return allTaken(states, holds)
          const all = [...holds, using.hold]
          return again === undefined ? allTaken(states, all) : refuse(again, all)
        })
      }
      const takeKept = (states: readonly QuotaState[], holds: readonly Hold[]): void => {
        if (key === undefined || reservations === undefined) return takeUse(states, holds)
        reservations.take(key, asked.decision, asked.now, (taken) => {
          if (taken.kind === 'taken')
            return takeUse(states, [...holds, { awaited: true, settle: taken.reservation.settle }])
          const first = 'decision' in taken && { first: firstOf(taken) }
          const hold = together(holds)
          if (taken.kind === 'answered')
            return done({ fact: TAKEN, states, ...first, ...(hold !== undefined && { hold }) })
          memory.undo()
          const rule = 'payment.idempotency' as const
          const fact = { kind: 'refused', code: TAKING_CODES[taken.kind], rule } as const
          const refuse = (): void => done({ fact, states: NO_STATES, ...first })
          if (hold === undefined) refuse()
          else hold.settle('unsent', refuse)
        })
      }
      if (inStore.length === 0) return takeKey(memory.states, [])
      const durable = inStore.filter(isQuota)
      store(durable, asked, false, (taking) => {
        if (taking.kind === 'taken') {
          const states = [...memory.states, ...leastLeft(durable, taking.left, asked.now)]
          return takeKey(states, [stored(asked.decision, durable)])
        }
        memory.undo()
        if (taking.kind === 'unavailable')
          return done({ fact: { kind: 'refused', ...uncounted(durable) }, states: NO_STATES })
        const claim = durable[taking.at]
        if (claim === undefined) return done(UNKNOWN)
        const state = stateOf(claim, taking, asked.now)
        const fact = { kind: 'refused', ...spent(claim) } as const
        done({ fact, states: [...memory.states, state], retrySeconds: state.resetSeconds })
      })
    },
  }
}

/** Settled one after the other, the last taken first; `undefined`: nothing is held. */
function together(holds: readonly Hold[]): Hold | undefined {
  if (holds.length < 2) return holds[0]
  return {
    awaited: holds.some(({ awaited }) => awaited),
    settle(end, done) {
      const next = (at: number): void => {
        const hold = holds[at]
        if (hold === undefined) done()
        else hold.settle(end, () => next(at - 1))
      }
      next(holds.length - 1)
    },
  }
}

function durableOf(claims: readonly QuotaClaim[]): readonly QuotaClaim[] {
  return claims.filter((one) => one.durable !== undefined)
}

function firstOf(taken: {
  readonly decision: string
  readonly answer?: KeptAnswer
}): NonNullable<ClaimOutcome['first']> {
  return taken.answer === undefined
    ? { decision: taken.decision }
    : { decision: taken.decision, answer: taken.answer }
}

function isKey(claim: Claim): claim is Key {
  return claim.kind === 'reserve'
}

function isOnce(claim: Claim): claim is OnceClaim {
  return claim.kind === 'once'
}

function isUse(claim: Claim): claim is UseClaim {
  return claim.kind === 'use'
}

function isRepeat(claim: Claim): claim is RepeatClaim {
  return claim.kind === 'repeat'
}

function isInitiate(claim: Claim): claim is InitiateClaim {
  return claim.kind === 'initiate'
}

function isQuota(claim: Claim): claim is QuotaClaim {
  return claim.kind === 'quota'
}

/** Of what observes each rule stands for itself. */
function byRule(claims: readonly QuotaClaim[]): readonly (readonly QuotaClaim[])[] {
  return [...Map.groupBy(claims, ({ rule }) => rule).values()]
}

/** Of several accounts the client is told of the one that has least. */
function leastLeft(
  claims: readonly QuotaClaim[],
  left: Extract<DurableTaking, { readonly kind: 'taken' }>['left'],
  now: number,
): readonly QuotaState[] {
  const states = claims.flatMap((claim, at) => {
    const one = left[at]
    return one === undefined ? [] : [stateOf(claim, one, now)]
  })
  const [first, ...others] = states
  if (first === undefined) return NO_STATES
  return [others.reduce((least, one) => (one.remaining < least.remaining ? one : least), first)]
}

function stateOf(
  claim: QuotaClaim,
  { remaining, backAt }: { readonly remaining: number; readonly backAt: number | null },
  now: number,
): QuotaState {
  const back = backAt === null ? claim.windowSeconds * 1000 : backAt - now
  return { claim, remaining, resetSeconds: Math.max(1, Math.ceil(back / 1000)) }
}

function ruleOf(claims: readonly QuotaClaim[]): Pick<RefusedClaim, 'rule'> {
  const rule = claims[0]?.rule
  return rule === undefined ? {} : { rule }
}

function noRoom(claims: readonly QuotaClaim[]): RefusedClaim {
  const detail = 'there is no room to count another client, consent or customer'
  return { code: 'GH_GATEWAY_OVERLOADED', detail, ...ruleOf(claims) }
}

function uncounted(claims: readonly QuotaClaim[]): RefusedClaim {
  const detail = 'the store did not count the access in time'
  return { code: 'GH_GATEWAY_QUOTA_UNAVAILABLE', detail, ...ruleOf(claims) }
}

function spent(claim: QuotaClaim): RefusedClaim {
  const { policy = 'quota', limit, windowSeconds, durable } = claim
  const code = durable === undefined ? 'GH_GATEWAY_RATE_EXCEEDED' : 'GH_GATEWAY_UNATTENDED_EXCEEDED'
  return { code, detail: `${policy}: ${limit} in ${windowSeconds} s are spent`, ...ruleOf([claim]) }
}
