/**
 * Nonces for DPoP proofs (RFC 9449 §8, §9): proof that a proof was made after this process began, and lately. They are computed, not kept:
 * each is a keyed hash of a stretch of time, and the last two count. The key is of this process alone.
 */
import { createHmac } from 'node:crypto'

/** A nonce is handed out for so long, and taken for as long again. */
export const NONCE_SECONDS = 120

export interface Nonces {
  /** The one to hand out. */
  current(now: number): string
  /** `aging`: good, and the client should learn the next one (RFC 9449 §8.2). */
  judge(nonce: string | undefined, now: number): 'absent' | 'good' | 'aging' | 'unknown'
  /** Takes none any more that was handed out before. */
  renew(): void
}

const BYTES = 18

export function createNonces(secret: Uint8Array): Nonces {
  let epoch = 0
  let stretch = Number.NaN
  let current = ''
  let previous = ''
  const nonceOf = (at: number): string =>
    createHmac('sha256', secret).update(`${epoch}.${at}`).digest().toString('base64url', 0, BYTES)
  function turn(now: number): void {
    const at = Math.floor(now / 1000 / NONCE_SECONDS)
    if (at === stretch) return
    stretch = at
    current = nonceOf(at)
    previous = nonceOf(at - 1)
  }
  return {
    current(now) {
      turn(now)
      return current
    },
    judge(nonce, now) {
      if (nonce === undefined) return 'absent'
      turn(now)
      return nonce === current ? 'good' : nonce === previous ? 'aging' : 'unknown'
    },
    renew() {
      epoch++
      stretch = Number.NaN
    },
  }
}
