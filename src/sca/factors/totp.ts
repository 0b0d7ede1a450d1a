/** Codes by the clock (RFC 6238). Bound to no transaction, so for access to accounts only (independence.ts); each step of time is used once. */
import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import type { Clock, JsonValue } from '../../lib/index.ts'
import { type Factor, WRONG } from './factor.ts'
import { sameCode, truncated } from './hotp.ts'

export const STEP_SECONDS = 30
export const TOTP_DIGITS = 6
/** Steps before and after the present one: a clock that is off, a code that was typed slowly (RFC 6238 §5.2). */
const STEPS_AROUND = 1
const SEED_BYTES = 20

export function totpFactor(clock: Clock, randomBytes: (count: number) => Uint8Array): Factor {
  return {
    kind: 'totp',
    elements: [{ category: 'possession', carrier: 'token' }],
    linked: false,
    single: false,
    judge(value, enrolled, { now }) {
      for (const { id, secret, counter } of enrolled) {
        const step = stepOf(secret['seed'], value, now)
        if (step !== undefined && step > counter)
          return Promise.resolve({ ok: true, use: { id, counter: step } })
      }
      return Promise.resolve(WRONG)
    },
    beginEnrolment() {
      const seed = Buffer.from(randomBytes(SEED_BYTES)).toString('base64url')
      const options = { seed, algorithm: 'SHA1', digits: TOTP_DIGITS, period: STEP_SECONDS }
      return Promise.resolve({ ok: true, options, pending: { seed } })
    },
    finishEnrolment({ seed }, value) {
      const step = stepOf(seed, value, clock.now())
      return Promise.resolve(
        step === undefined || seed === undefined
          ? { ok: false, fault: 'wrong-answer' }
          : { ok: true, secret: { seed }, counter: step },
      )
    },
  }
}

/** RFC 6238 §4.2, with HMAC-SHA-1: what every authenticator app has. */
export function totpCode(seed: Uint8Array, step: number, digits = TOTP_DIGITS): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(step))
  return truncated(createHmac('sha1', seed).update(bytes).digest(), digits)
}

/** The latest step whose code it is. All are looked at. */
function stepOf(seed: JsonValue | undefined, value: JsonValue, now: number): number | undefined {
  if (typeof seed !== 'string') return undefined
  const key = Buffer.from(seed, 'base64url')
  const present = Math.floor(now / 1000 / STEP_SECONDS)
  let found: number | undefined
  for (let step = present - STEPS_AROUND; step <= present + STEPS_AROUND; step++)
    if (sameCode(value, totpCode(key, step))) found = step
  return found
}
