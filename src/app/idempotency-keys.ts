/**
 * Idempotency keys in the store, for the gateway, and the uses of what pays once beside them. Answers hold account numbers, so they are sealed (AES-256-GCM) under a key that is made
 * of the installation's own; of another gateway's answers this one can only say that there is one.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash,
  hkdfSync,
  randomFillSync,
} from 'node:crypto'
import { sealedKey } from '../feed/index.ts'
import type { ConsentUses, IdempotencyKeys, KeptAnswer, KeyOutcome } from '../gateway/core/index.ts'
import type { Clock, Scheduler } from '../lib/index.ts'
import {
  forgetKeys,
  releaseKey,
  reserveKey,
  reserveUse,
  settleKey,
  settleUse,
  type Store,
} from '../store/index.ts'
import { forgetEnded } from './forget-ended.ts'
import type { InstallationKey } from './installation-key.ts'

export interface IdempotencyKeyOptions {
  readonly store: Store
  readonly key: Pick<InstallationKey, 'sign'>
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Names this run of this process: what an earlier one left pending is in doubt. */
  readonly owner: string
  /** The store is this process's alone: whoever else is pending has died. */
  readonly alone: boolean
  /** Told when ended keys cannot be taken away. */
  readonly say: (failure: unknown) => void
}

/** Larger answers are not kept: who asks again is told that the first request was sent. */
export const MAX_KEPT_BYTES = 262_144
/** Longer than any call may last: connect, headers and body together. */
export const ABANDONED_MS = 600_000
const NONCE_BYTES = 12
const TAG_BYTES = 16

export function idempotencyKeys({
  store,
  key,
  clock,
  scheduler,
  owner,
  alone,
  say,
}: IdempotencyKeyOptions): {
  readonly keys: IdempotencyKeys
  readonly uses: ConsentUses
  readonly stop: () => void
} {
  // A signature of this key is made by nobody else, and it is never given away.
  const seed = hash('sha256', key.sign('idempotency answers', 'seal'), 'buffer')
  // As a key object: bytes are made into one anew for each answer, which takes longer than to seal it.
  const secret = createSecretKey(
    Buffer.from(hkdfSync('sha256', seed, '', 'gatehouse idempotency answers', 32)),
  )

  /** The id is authenticated: an answer moved to another key does not open. */
  function seal(id: string, answer: KeptAnswer): Uint8Array | null {
    const { status, headers, body } = answer
    const text = typeof body === 'string' || body === null
    const head = JSON.stringify([status, headers, text ? 'text' : 'bytes', body === null])
    const content = Buffer.concat([Buffer.from(`${head}\n`), Buffer.from(body ?? '')])
    if (content.length > MAX_KEPT_BYTES) return null
    // Memory of its own: what goes to the store's thread takes with it the whole pool that it is a part of.
    const sealed = Buffer.allocUnsafeSlow(NONCE_BYTES + TAG_BYTES + content.length)
    const nonce = randomFillSync(sealed.subarray(0, NONCE_BYTES))
    const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(id))
    cipher.update(content).copy(sealed, NONCE_BYTES + TAG_BYTES)
    cipher.final() // GCM leaves nothing for it but the tag
    cipher.getAuthTag().copy(sealed, NONCE_BYTES)
    return sealed
  }

  function open(id: string, sealed: Uint8Array): KeptAnswer | undefined {
    try {
      const bytes = Buffer.from(sealed)
      const cipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(id))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      const sealedPart = bytes.subarray(NONCE_BYTES + TAG_BYTES)
      const content = Buffer.concat([cipher.update(sealedPart), cipher.final()])
      const end = content.indexOf(0x0a)
      // Sound: it was sealed here.
      const [status, headers, kind, empty] = JSON.parse(content.toString('utf8', 0, end)) as [
        number,
        readonly string[],
        'text' | 'bytes',
        boolean,
      ]
      const body = content.subarray(end + 1)
      return {
        status,
        headers,
        body: empty ? null : kind === 'text' ? body.toString('utf8') : body,
      }
    } catch {
      return undefined
    }
  }

  const owned = <T extends { readonly at: number }>(asked: T) => ({
    ...asked,
    owner,
    abandonedBefore: alone ? Number.MAX_SAFE_INTEGER : asked.at - ABANDONED_MS,
  })

  const keys: IdempotencyKeys = {
    async reserve(asked): Promise<KeyOutcome> {
      const state = await store.run(reserveKey, owned(asked))
      if (state.kind !== 'answered') return state
      const answer = open(asked.id, state.answer)
      return answer === undefined
        ? { kind: 'in-doubt', decision: state.decision }
        : { kind: 'answered', decision: state.decision, answer }
    },
    async settle(id, decision, answer) {
      const sealed = answer === null ? null : seal(id, answer)
      await store.run(settleKey, { id, decision, answer: sealed })
    },
    async release(id, decision) {
      await store.run(releaseKey, { id, decision })
    },
  }

  const uses: ConsentUses = {
    reserve: ({ consent, ...asked }) =>
      store.run(reserveUse, {
        ...owned(asked),
        consent: consent === undefined ? null : sealedKey(consent),
      }),
    async settle(id, decision, used) {
      await store.run(settleUse, { id, decision, used })
    },
    async release(id, decision) {
      await store.run(releaseKey, { id, decision })
    },
  }

  const stop = forgetEnded({ scheduler, say }, (limit) =>
    store.run(forgetKeys, { now: clock.now(), limit }),
  )
  return { keys, uses, stop }
}
