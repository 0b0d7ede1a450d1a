/**
 * What was seen lately, so that it counts once: a bounded set whose members leave by themselves when nobody would take them any more.
 * It never forgets early: a full set refuses. Times are monotonic, so that a wall clock that is set makes it forget nothing.
 */

/** Ids of DPoP proofs that one gateway remembers: with the widest window more than 1,000 new proofs a second. */
export const REPLAY_LIMIT = 200_000

export type Seen = 'new' | 'seen' | 'full'

export class ReplaySet {
  readonly #limit: number
  readonly #seen = new Set<string>()
  /** Members by the second in which they leave. */
  readonly #ends = new Map<number, string[]>()
  #sweptAt = Number.NEGATIVE_INFINITY

  constructor(limit: number = REPLAY_LIMIT) {
    this.#limit = limit
  }

  /** Remembers `key` for `ttlSeconds` unless it is known already. */
  take(key: string, ttlSeconds: number, monotonicMs: number): Seen {
    const now = monotonicMs / 1000
    this.#sweep(Math.floor(now))
    if (this.#seen.has(key)) return 'seen'
    if (this.#seen.size >= this.#limit) return 'full'
    this.#seen.add(key)
    const end = Math.ceil(now + ttlSeconds)
    const others = this.#ends.get(end)
    if (others === undefined) this.#ends.set(end, [key])
    else others.push(key)
    return 'new'
  }

  get size(): number {
    return this.#seen.size
  }

  #sweep(second: number): void {
    if (second <= this.#sweptAt) return
    this.#sweptAt = second
    // As many ends as there are seconds in the window: some hundreds.
    for (const [end, keys] of this.#ends)
      if (end < second) {
        this.#ends.delete(end)
        for (const key of keys) this.#seen.delete(key)
      }
  }
}
