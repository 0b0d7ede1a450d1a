/** One at a time of something that is done again and again. */
export interface SingleFlight {
  /** Joins the one under way, or begins one. */
  start(): Promise<void>
  /** One that begins after this was called. */
  next(): Promise<void>
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
