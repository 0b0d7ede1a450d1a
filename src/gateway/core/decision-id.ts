/** Decision ids: 26 letters of Crockford's base 32, 10 of time and 16 of chance. They sort by time and cannot be guessed (80 bits). */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'
const POOL_BYTES = 4096
const RANDOM_BYTES = 10

/** `randomBytes` must be a cryptographic source; it is asked for a few kilobytes at a time. */
export function createDecisionIds(
  randomBytes: (count: number) => Uint8Array,
): (now: number) => string {
  let pool: Uint8Array = new Uint8Array(0)
  let at = 0
  let stampedAt = -1
  let stamp = ''
  return (now) => {
    if (now !== stampedAt) {
      stampedAt = now
      stamp = timeLetters(now)
    }
    if (at + RANDOM_BYTES > pool.length) {
      pool = randomBytes(POOL_BYTES)
      at = 0
    }
    let id = stamp
    // Five bytes are eight letters.
    for (let half = 0; half < 2; half++, at += 5) {
      const a = byte(pool, at)
      const b = byte(pool, at + 1)
      const c = byte(pool, at + 2)
      const d = byte(pool, at + 3)
      const e = byte(pool, at + 4)
      id +=
        letter(a >> 3) + letter((a << 2) | (b >> 6)) + letter(b >> 1) + letter((b << 4) | (c >> 4))
      id += letter((c << 1) | (d >> 7)) + letter(d >> 2) + letter((d << 3) | (e >> 5)) + letter(e)
    }
    return id
  }
}

function timeLetters(now: number): string {
  let rest = Math.floor(now)
  let text = ''
  for (let i = 0; i < 10; i++) {
    text = letter(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

function letter(value: number): string {
  return LETTERS[value & 31] ?? ''
}

function byte(pool: Uint8Array, at: number): number {
  return pool[at] ?? 0
}
