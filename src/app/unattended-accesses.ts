/** Accesses that are counted over a day, in the store, for the gateway. Keys go in as keyed hashes, the same for every gateway of the store. */
import { createHmac, randomBytes } from 'node:crypto'
import { ANY_PAGE, type DurableQuotas } from '../gateway/core/index.ts'
import type { Clock, Scheduler } from '../lib/index.ts'
import { forgetQuotas, quotaSecret, settleQuotas, type Store, takeQuotas } from '../store/index.ts'
import { forgetEnded } from './forget-ended.ts'
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

  async function hashing(): Promise<(...parts: readonly string[]) => string> {
    const key = await known()
    return (...parts) => createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url')
  }

  const quotas: DurableQuotas = {
    async take({ decision, at, claims, apart }) {
      const hashed = await hashing()
      return store.run(takeQuotas, {
        decision,
        owner,
        at,
        abandonedBefore: alone ? Number.MAX_SAFE_INTEGER : at - ABANDONED_MS,
        uses: claims.map((claim) => ({
          id: hashed(apart ? 'observed' : 'enforced', claim.key),
          limit: claim.limit,
          windowMs: claim.windowSeconds * 1000,
          asked: (claim.durable?.asked ?? []).map((page) => hashed('page', page)),
          paged: claim.durable?.paged === true,
        })),
      })
    },
    async settle(decision, pages) {
      const hashed = await hashing()
      const offers = pages?.map((page) => (page === ANY_PAGE ? page : hashed('page', page)))
      await store.run(settleQuotas, { decision, offers: offers ?? null })
    },
  }

  const stop = forgetEnded({ scheduler, say }, (limit) =>
    store.run(forgetQuotas, { now: clock.now(), limit }),
  )
  return { quotas, stop }
}
