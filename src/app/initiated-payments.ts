/**
 * Payments that wait for their authorisation, in the store, for the gateway. What is paid is sealed (AES-256-GCM) under a key that is made
 * of API, client and the payment's own id, which the store has as a hash only: whoever releases the payment names it, and nobody else
 * can open it. So every gateway of one store can, and a copy of the store alone tells nothing.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { Initiated, InitiatedFact } from '../decide/index.ts'
import type { InitiatedPayments } from '../gateway/core/index.ts'
import {
  type CanonicalPayment,
  type Clock,
  MAX_PAYMENTS,
  type PaymentField,
  type Scheduler,
} from '../lib/index.ts'
import { findInitiated, forgetInitiated, keepInitiated, type Store } from '../store/index.ts'
import { forgetEnded } from './forget-ended.ts'

export interface InitiatedPaymentOptions {
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Told when what has ended cannot be taken away. */
  readonly say: (failure: unknown) => void
}

/** What is sealed: payments, field by field, or the ids of those that are in a basket. */
interface Kept {
  readonly resource: string
  readonly payments?: readonly (readonly (readonly [PaymentField, string])[])[]
  readonly paymentIds?: readonly string[]
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

export function initiatedPayments({ store, clock, scheduler, say }: InitiatedPaymentOptions): {
  readonly payments: InitiatedPayments
  readonly stop: () => void
} {
  /** What stands under each id: its text, or why there is none. */
  async function look(
    of: Initiated,
    scope: readonly string[],
    ids: readonly string[],
    now: number,
  ): Promise<readonly (Kept | 'unknown' | 'doubt')[]> {
    if (ids.length === 0) return []
    const asked = ids.map((id) => idOf([of, ...scope, id]))
    const found = await store.run(findInitiated, { ids: asked, now })
    return ids.map((id, at) => {
      const sealed = found[at] ?? 'unknown'
      return typeof sealed === 'string'
        ? sealed
        : (open(keyOf([of, ...scope, id]), sealed) ?? 'doubt')
    })
  }

  /** A basket holds what its payments are: one that cannot be released keeps all of them back. */
  async function factOf(
    kept: Kept | 'unknown' | 'doubt',
    scope: readonly string[],
    now: number,
  ): Promise<InitiatedFact> {
    if (typeof kept === 'string') return { kind: kept }
    const { resource } = kept
    if (kept.payments !== undefined)
      return { kind: 'known', resource, payments: kept.payments.map(canonicalOf) }
    const payments: CanonicalPayment[] = []
    for (const one of await look('payment', scope, kept.paymentIds ?? [], now)) {
      if (typeof one === 'string') return { kind: one }
      payments.push(...(one.payments ?? []).map(canonicalOf))
    }
    return payments.length > MAX_PAYMENTS
      ? { kind: 'doubt' }
      : { kind: 'known', resource, payments }
  }

  const payments: InitiatedPayments = {
    async keep({ claim, id, decision, at }) {
      const { of, scope, resource, content, ttlSeconds } = claim
      const kept: Kept =
        'payments' in content
          ? { resource, payments: content.payments.map(({ fields }) => [...fields]) }
          : { resource, paymentIds: content.paymentIds }
      const text = JSON.stringify(kept)
      const parts = [of, ...scope, id]
      await store.run(keepInitiated, {
        id: idOf(parts),
        // Under the id as well, so that nobody finds an account number by trying.
        digest: hashed(['content', ...parts, text]),
        decision,
        sealed: seal(keyOf(parts), text),
        at,
        expiresAt: at + ttlSeconds * 1000,
      })
    },
    async find({ of, scope, ids }, now) {
      const found = await look(of, scope, ids, now)
      return Promise.all(found.map((kept) => factOf(kept, scope, now)))
    },
  }
  const stop = forgetEnded({ scheduler, say }, (limit) =>
    store.run(forgetInitiated, { now: clock.now(), limit }),
  )
  return { payments, stop }
}

function hashed(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url')
}

function idOf(parts: readonly string[]): string {
  return hashed(['id', ...parts])
}

function keyOf(parts: readonly string[]): KeyObject {
  return createSecretKey(
    Buffer.from(hkdfSync('sha256', JSON.stringify(parts), '', 'gatehouse initiated payments', 32)),
  )
}

/** In the order in which they were canonical: that order is part of what they say. */
function canonicalOf(fields: readonly (readonly [PaymentField, string])[]): CanonicalPayment {
  return { fields: new Map(fields) }
}

function seal(key: KeyObject, text: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

function open(key: KeyObject, sealed: Uint8Array): Kept | undefined {
  try {
    const bytes = Buffer.from(sealed)
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES)).setAuthTag(
      bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES),
    )
    const opened = [cipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), cipher.final()]
    return JSON.parse(Buffer.concat(opened).toString('utf8')) as Kept // sound: it was sealed here
  } catch {
    return undefined
  }
}
