/** Time as a port: nothing below `app` reads the machine's clock itself. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number
  /** Milliseconds that only go forward; the origin means nothing. */
  monotonic(): number
}

/** Repeated and delayed work as a port, so that tests drive it by hand. */
export interface Scheduler {
  /** Runs `work` every `ms`; the returned function stops it. Never keeps the process alive. */
  every(ms: number, work: () => void): () => void
  after(ms: number, work: () => void): () => void
}
