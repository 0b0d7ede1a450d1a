/**
 * Places for requests under way to one bank API, shared fairly among clients. Three quarters go to whoever comes first; the last quarter
 * is for clients that hold less than an equal share of all, so one that floods a slow bank leaves room for those who come after it.
 */
export type Place = 'taken' | 'full' | 'share'

export class FairPlaces {
  readonly #held = new Map<string, number>()
  #taken = 0

  get taken(): number {
    return this.#taken
  }

  /** `full`: there is no place. `share`: there are places, and they are for clients that hold less. */
  take(client: string, places: number): Place {
    if (this.#taken >= places) return 'full'
    const held = this.#held.get(client) ?? 0
    const clients = this.#held.size + (held === 0 ? 1 : 0)
    const contended = this.#taken >= places - Math.floor(places / 4)
    // Whoever comes is one of those who share; a client without a request under way is always below its share.
    if (contended && held > 0 && held >= places / (clients + 1)) return 'share'
    this.#taken++
    this.#held.set(client, held + 1)
    return 'taken'
  }

  /** Exactly once for each `taken`. */
  leave(client: string): void {
    this.#taken--
    const held = (this.#held.get(client) ?? 0) - 1
    if (held > 0) this.#held.set(client, held)
    else this.#held.delete(client)
  }
}
