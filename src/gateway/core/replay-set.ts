/**
 * What was seen lately, so that it counts once: a bounded set whose members leave by themselves when nobody would take them any more.
 * It never forgets early: whoever finds no room is refused. Nobody can take the room of all others: an owner may hold as many members as
 * there are free places (dynamic thresholds, Choudhury and Hahne 1998), so one that fills it holds half, two a third each, and there is
 * always room for one more. Times are monotonic, so that a wall clock that is set makes it forget nothing.
 */

/** Ids of DPoP proofs that one gateway remembers: with the widest window more than 1,000 new proofs a second. */
export const REPLAY_LIMIT = 200_000

export type Seen = 'new' | 'seen' | 'full'

export class ReplaySet {
  readonly #limit: number
  /** Member → whose it is. */
  readonly #seen = new Map<string, string>()
  /** Members by the second in which they leave. */
  readonly #ends = new Map<number, string[]>()
  /** Members of each owner that has any. */
  readonly #held = new Map<string, number>()
  #sweptAt = Number.NEGATIVE_INFINITY

  constructor(limit: number = REPLAY_LIMIT) {
    this.#limit = limit
  }

  /** Remembers `key` for `ttlSeconds` unless it is known already, whoever brought it. */
  take(key: string, owner: string, ttlSeconds: number, monotonicMs: number): Seen {
    const now = monotonicMs / 1000
    this.#sweep(Math.floor(now))
    if (this.#seen.has(key)) return 'seen'
    const held = this.#held.get(owner) ?? 0
    if (held >= this.#limit - this.#seen.size) return 'full'
    this.#seen.set(key, owner)
    this.#held.set(owner, held + 1)
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
        for (const key of keys) this.#forget(key)
      }
  }

  #forget(key: string): void {
    const owner = this.#seen.get(key) ?? ''
    this.#seen.delete(key)
    const held = (this.#held.get(owner) ?? 0) - 1
    if (held > 0) this.#held.set(owner, held)
    else this.#held.delete(owner)
  }
}
