import type { Clock, Scheduler } from '../../src/lib/index.ts'

/** A clock that a test moves by hand, and the scheduler that follows it. */
export class FakeClock implements Clock, Scheduler {
  #now: number
  #shift = 0
  #tasks: { at: number; every: number | undefined; work: () => void }[] = []

  constructor(now = Date.UTC(2026, 0, 5, 9)) {
    this.#now = now
  }

  now(): number {
    return this.#now + this.#shift
  }

  /** Somebody sets the wall clock; what only goes forward goes on. */
  setWallClock(byMs: number): void {
    this.#shift += byMs
  }

  monotonic(): number {
    return this.#now
  }

  every(ms: number, work: () => void): () => void {
    return this.#add(ms, ms, work)
  }

  after(ms: number, work: () => void): () => void {
    return this.#add(ms, undefined, work)
  }

  /** Moves time on and runs what fell due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const due = this.#tasks.filter((task) => task.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#now = Math.max(this.#now, due.at)
      if (due.every === undefined) this.#tasks.splice(this.#tasks.indexOf(due), 1)
      else due.at += due.every
      due.work()
    }
    this.#now = end
  }

  #add(ms: number, every: number | undefined, work: () => void): () => void {
    const task = { at: this.#now + ms, every, work }
    this.#tasks.push(task)
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task)
    }
  }
}
