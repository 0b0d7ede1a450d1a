/**
 * How many requests may go to a second address: a share of all, and so many at once. Without an end to it, a bank that is
 * half dead gets twice the load on the half that lives.
 */
import type { PlanUpstream } from '../../decide/index.ts'

export class RetryBudget {
  readonly #share: number
  readonly #burst: number
  #left: number

  constructor({ percent, burst }: NonNullable<PlanUpstream['retries']>) {
    this.#share = percent / 100
    this.#burst = burst
    this.#left = burst
  }

  /** For each request that goes out the first time. */
  earn(): void {
    this.#left = Math.min(this.#burst, this.#left + this.#share)
  }

  /** False: it is used up. */
  spend(): boolean {
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
