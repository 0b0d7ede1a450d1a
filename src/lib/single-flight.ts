/** One at a time of something that is done again and again. */
export interface SingleFlight {
  /** Joins the one under way, or begins one. */
  start(): Promise<void>
  /** One that begins after this was called. */
  next(): Promise<void>
}

/** By key: whoever asks while one is under way for the key has what that one gives. */
export interface KeyedFlights<T> {
  readonly size: number
  has(key: string): boolean
  /** Joins the one under way, or begins one. */
  start(key: string, act: () => Promise<T>): Promise<T>
}

export function keyedFlights<T>(): KeyedFlights<T> {
  const flying = new Map<string, Promise<T>>()
  return {
    get size() {
      return flying.size
    },
    has: (key) => flying.has(key),
    start(key, act) {
      const there = flying.get(key)
      if (there !== undefined) return there
      const begun = act().finally(() => flying.delete(key))
      flying.set(key, begun)
      return begun
    },
  }
}

export function singleFlight(act: () => Promise<void>): SingleFlight {
  let flying: Promise<void> | undefined
  function start(): Promise<void> {
    flying ??= act().finally(() => {
      flying = undefined
    })
    return flying
  }
  return {
    start,
    async next() {
      // How the one before ended is told to whoever began it.
      await flying?.catch(() => undefined)
      await start()
    },
  }
}
