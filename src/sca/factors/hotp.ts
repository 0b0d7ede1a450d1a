/** Codes out of MACs (RFC 4226 §5.3), and their comparison. */
import { Buffer } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import type { JsonValue } from '../../lib/index.ts'

/** Dynamic truncation to `digits` (1 to 10) decimal digits. */
export function truncated(mac: Buffer, digits: number): string {
  const offset = (mac[mac.length - 1] ?? 0) & 0x0f
  const number = mac.readUInt32BE(offset) & 0x7f_ff_ff_ff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/** In the same time wherever they differ. */
export function sameCode(given: JsonValue | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(typeof given === 'string' ? given : ''), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
