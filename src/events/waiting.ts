/** Who waits for the disk, and since when. Time is counted in ticks of the appender, so that waiting costs the hot path no clock. */
export type Done = (failure: Error | undefined) => void

/** Callers that are answered together. */
export class Waiting {
  #dones: Done[] = []
  #since = Infinity

  get count(): number {
    return this.#dones.length
  }

  /** Tick at which the oldest came; `Infinity` when nobody waits. */
  get since(): number {
    return this.#since
  }

  add(done: Done, now: number): void {
    if (this.#dones.length === 0) this.#since = now
    this.#dones.push(done)
  }

  /** Takes over whoever waits there, oldest first. */
  join(other: Waiting): void {
    if (other.#dones.length === 0) return
    this.#since = Math.min(this.#since, other.#since)
    if (this.#dones.length === 0) this.#dones = other.#dones
    else for (const done of other.#dones) this.#dones.push(done)
    other.#dones = []
    other.#since = Infinity
  }

  /** Answers all, each once, whatever the one before does; the first error is not lost. */
  answer(failure: Error | undefined): void {
    const dones = this.#dones
    this.#dones = []
    this.#since = Infinity
    for (const done of dones)
      try {
        done(failure)
      } catch (error) {
        setImmediate(() => {
          throw error
        })
      }
  }
}

/** Records of one write. */
export interface Batch {
  readonly ids: string[]
  readonly lengths: number[]
  readonly buffered: Waiting
  readonly strict: Waiting
}

export function emptyBatch(): Batch {
  return { ids: [], lengths: [], buffered: new Waiting(), strict: new Waiting() }
}
