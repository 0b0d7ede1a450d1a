/** Who may try, and what it means when it failed (RTS Art. 4(3)(b), 4(4)). */
import type { Clock, Result } from '../../lib/index.ts'
import type { Sealing, Store } from '../../store/index.ts'
import { type Refused, refused, type ScaRefusal } from '../transactions/refusal.ts'
import {
  type AttemptRisk,
  BLOCK_FACTORS,
  BLOCK_MEMORY_MS,
  BLOCKS_MS,
  CLIENT_THROTTLE,
  MAX_FAILURES,
  NETWORK_THROTTLE,
  SUBJECT_THROTTLE,
  type Throttle,
} from './limits.ts'
import {
  alerted,
  type AttemptOutcome,
  type AttemptTaken,
  isBlocked,
  succeedAttempt,
  takeAttempt,
  unblock,
  withdrawAttempt,
} from './units.ts'

export type { AttemptRisk } from './limits.ts'

export interface AttemptFrom {
  readonly subject: string
  readonly client: string
  readonly network: string
  readonly risk: AttemptRisk
  /** Who is told of a block, where the attempts are counted under another name; absent: `subject`. */
  readonly payer?: string
}

export interface PayerNotice {
  readonly subject: string
  /** `last-block`: five more failures, and it is for good. `locked`: it is. */
  readonly kind: 'last-block' | 'locked'
  /** Milliseconds since the epoch; of `last-block`. */
  readonly until?: number
}

/** One attempt under way. */
export interface AttemptInHand extends Pick<
  Extract<AttemptOutcome, { kind: 'taken' }>,
  'attempt' | 'left' | 'block'
> {
  readonly subject: string
  /** Who is told. */
  readonly payer: string
}

export interface AttemptGate {
  take(from: AttemptFrom): Promise<Result<AttemptInHand, ScaRefusal>>
  /** What the caller is told of an attempt that failed. */
  failed(taken: AttemptInHand): Promise<Refused>
  /** It was right, and nothing came of it. */
  gaveBack(attempt: AttemptTaken): Promise<void>
  /** It could not be judged. */
  withdrawn(attempt: AttemptTaken): Promise<void>
  /** Whether the customer may not try now; nothing is counted. */
  blocked(subject: string): Promise<boolean>
  /** By the bank's procedure (RTS Art. 4(4)): nothing is blocked any more. */
  recovered(subject: string): Promise<void>
}

export interface GateParts {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  /** Tells the customer by a way that is not the one on which he tries; resolves when it is on its way. Absent: nobody can, and then none is blocked for good. */
  readonly alertPayer?: ((notice: PayerNotice) => Promise<void>) | undefined
  /** Failures in a row before a block, where the bank is stricter than the law; absent: MAX_FAILURES. */
  readonly maxFailures?: number | undefined
}

/** @throws TypeError for more failures than the law has */
export function attemptGate(parts: GateParts): AttemptGate {
  const { store, sealing, clock, alertPayer, maxFailures = MAX_FAILURES } = parts
  if (!(Number.isInteger(maxFailures) && maxFailures >= 1 && maxFailures <= MAX_FAILURES))
    throw new TypeError('"maxFailures" must be 1 to MAX_FAILURES')

  const idOf = (kind: string, name: string): string => sealing.hashed(`attempts of ${kind}`, name)

  /** Whether it is on its way: who could not be told was not, and is refused all the same. */
  async function told(notice: PayerNotice): Promise<boolean> {
    if (alertPayer === undefined) return false
    return alertPayer(notice).then(
      () => true,
      () => false,
    )
  }

  return {
    async take({ subject, client, network, risk, payer = subject }) {
      const of = (kind: string, name: string, { most, withinMs }: Throttle) => ({
        id: idOf(kind, name),
        most,
        withinMs,
      })
      const outcome = await store.run(takeAttempt, {
        subject: idOf('customer', subject),
        now: clock.now(),
        maxFailures,
        blocksMs: BLOCKS_MS.map((ms) => ms * BLOCK_FACTORS[risk]),
        memoryMs: BLOCK_MEMORY_MS,
        throttles: [
          of('customer', subject, SUBJECT_THROTTLE),
          of('client', client, CLIENT_THROTTLE),
          of('network', network, NETWORK_THROTTLE),
        ],
      })
      switch (outcome.kind) {
        case 'taken':
          return { ok: true, value: { ...outcome, subject, payer } }
        case 'blocked':
          return refused('GH_SCA_BLOCKED', { retryAt: outcome.until })
        case 'locked':
          return refused('GH_SCA_LOCKED')
        case 'throttled':
          return refused('GH_SCA_THROTTLED', { retryAt: outcome.until })
        default:
          return outcome satisfies never
      }
    },

    async failed({ subject, payer, left, block }) {
      if (block === null) return refused('GH_SCA_FAILED', { attemptsLeft: left })
      if (block.until === null) {
        await told({ subject: payer, kind: 'locked' })
        return refused('GH_SCA_LOCKED')
      }
      // Until this is written, the next block is one more for a time (RTS Art. 4(4)).
      const last = { subject: payer, kind: 'last-block', until: block.until } as const
      if (block.last && (await told(last)))
        await store.run(alerted, { subject: idOf('customer', subject) })
      return refused('GH_SCA_BLOCKED', { retryAt: block.until })
    },

    async gaveBack(attempt) {
      await store.run(succeedAttempt, { attempt, now: clock.now() })
    },

    async withdrawn(attempt) {
      await store.run(withdrawAttempt, { attempt, now: clock.now() })
    },

    blocked: (subject) =>
      store.run(isBlocked, { subject: idOf('customer', subject), now: clock.now() }),

    async recovered(subject) {
      await store.run(unblock, { subject: idOf('customer', subject) })
    },
  }
}
