/**
 * A bounded table that forgets what has not been used lately: two generations, the older of which is dropped whole when the younger
 * is full. A hit in the younger one, the usual case, writes nothing.
 */
export class Recent<V> {
  readonly #half: number
  #young = new Map<string, V>()
  #old = new Map<string, V>()

  /** Holds at most `limit` entries (even, at least 2). */
  constructor(limit: number) {
    this.#half = limit / 2
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: V): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  /** Forgets what has not been used since it was called last. Called now and then, it keeps what has ended from staying until there is no room. */
  turn(): void {
    this.#old = this.#young
    this.#young = new Map()
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  get size(): number {
    let size = this.#young.size
    for (const key of this.#old.keys()) if (!this.#young.has(key)) size++
    return size
  }
}
