/** How often somebody may try (RTS Art. 4(3)(b), 4(4)). The bank may be stricter; the law's number is the most. */

/** RTS Art. 4(3)(b): attempts that fail in a row, whichever the elements, before authentication is blocked. */
export const MAX_FAILURES = 5

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** How long the first block lasts, the second, … After the last comes one until the customer recovers (RTS Art. 4(4)). */
export const BLOCKS_MS: readonly number[] = [
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  4 * HOUR_MS,
  24 * HOUR_MS,
]

/** So long after its end a block makes the next one longer. */
export const BLOCK_MEMORY_MS = 24 * HOUR_MS

/** What monitoring says of where the attempts come from (RTS Art. 4(4): the length takes the risk into account). */
export type AttemptRisk = 'low' | 'elevated' | 'high'
export const BLOCK_FACTORS: Readonly<Record<AttemptRisk, number>> = { low: 1, elevated: 2, high: 4 }

/** Attempts that did not succeed, in a time, from one place. */
export interface Throttle {
  readonly most: number
  readonly withinMs: number
}
/** A customer who succeeds now and then may not be tried for ever in between. */
export const SUBJECT_THROTTLE: Throttle = { most: 20, withinMs: HOUR_MS }
/** One client has many customers, of whom few mistype at once. */
export const CLIENT_THROTTLE: Throttle = { most: 1_000, withinMs: 10 * MINUTE_MS }
/** Behind one address may be an office. */
export const NETWORK_THROTTLE: Throttle = { most: 50, withinMs: 10 * MINUTE_MS }
