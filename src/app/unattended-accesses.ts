/** Accesses that are counted over a day, in the store, for the gateway. Keys go in as keyed hashes, the same for every gateway of the store. */
import { createHmac, randomBytes } from 'node:crypto'
import type { DurableQuotas } from '../gateway/core/index.ts'
import type { Clock, Scheduler } from '../lib/index.ts'
import { forgetQuotas, quotaSecret, settleQuotas, type Store, takeQuotas } from '../store/index.ts'
import { ABANDONED_MS } from './idempotency-keys.ts'

export interface UnattendedAccessOptions {
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Names this run of this process: what an earlier one held was never answered. */
  readonly owner: string
  /** The store is this process's alone: whoever else holds something has died. */
  readonly alone: boolean
  /** Told when what has ended cannot be taken away. */
  readonly say: (failure: unknown) => void
}

const SECRET_BYTES = 32
const FORGET_EVERY_MS = 60_000
const FORGET_AT_ONCE = 1_000

export function unattendedAccesses(options: UnattendedAccessOptions): {
  readonly quotas: DurableQuotas
  readonly stop: () => void
} {
  const { store, clock, scheduler, owner, alone, say } = options
  let secret: Promise<Uint8Array> | undefined

  /** Asked for at the first use, and again while the store does not answer. */
  async function known(): Promise<Uint8Array> {
    secret ??= store.run(quotaSecret, { fresh: randomBytes(SECRET_BYTES) })
    try {
      return await secret
    } catch (failure) {
      secret = undefined
      throw failure
    }
  }

  const quotas: DurableQuotas = {
    async take({ decision, at, claims, apart }) {
      const key = await known()
      const hashed = (...parts: readonly string[]): string =>
        createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url')
      return store.run(takeQuotas, {
        decision,
        owner,
        at,
        abandonedBefore: alone ? Number.MAX_SAFE_INTEGER : at - ABANDONED_MS,
        uses: claims.map((claim) => ({
          id: hashed(apart ? 'observed' : 'enforced', claim.key),
          limit: claim.limit,
          windowMs: claim.windowSeconds * 1000,
          visit: hashed('visit', claim.durable?.visit ?? ''),
          page: claim.durable?.page === undefined ? '' : hashed('page', claim.durable.page),
        })),
      })
    },
    async settle(decision, keep) {
      await store.run(settleQuotas, { decision, keep })
    },
  }

  let forgetting = false
  async function forget(): Promise<void> {
    if (forgetting) return
    forgetting = true
    try {
      const ended = { now: clock.now(), limit: FORGET_AT_ONCE }
      while ((await store.run(forgetQuotas, ended)) === FORGET_AT_ONCE);
    } catch (failure) {
      say(failure)
    } finally {
      forgetting = false
    }
  }
  return { quotas, stop: scheduler.every(FORGET_EVERY_MS, () => void forget()) }
}
