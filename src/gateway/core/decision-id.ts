/** Decision ids: 26 letters of Crockford's base 32, 10 of time and 16 of chance. They sort by time and cannot be guessed (80 bits). */
import { Buffer } from 'node:buffer'

const LETTERS = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz')
const TIME_LETTERS = 10
const LENGTH = 26
/** Two letters take ten bits; sixteen letters, one byte of chance each, of which five bits are used. */
const RANDOM_BYTES = LENGTH - TIME_LETTERS
const POOL_BYTES = RANDOM_BYTES * 256

/** `randomBytes` must be a cryptographic source; it is asked for a few kilobytes at a time. */
export function createDecisionIds(
  randomBytes: (count: number) => Uint8Array,
): (now: number) => string {
  let pool: Uint8Array = new Uint8Array(0)
  let at = 0
  let stampedAt = -1
  const text = Buffer.alloc(LENGTH)
  return (now) => {
    if (now !== stampedAt) {
      stampedAt = now
      let rest = Math.floor(now)
      for (let place = TIME_LETTERS - 1; place >= 0; place--) {
        text[place] = letter(rest % 32)
        rest = Math.floor(rest / 32)
      }
    }
    if (at === pool.length) {
      pool = randomBytes(POOL_BYTES)
      at = 0
    }
    for (let place = TIME_LETTERS; place < LENGTH; place++) text[place] = letter(pool[at++] ?? 0)
    return text.toString('latin1')
  }
}

function letter(value: number): number {
  return LETTERS[value & 31] ?? 0
}
