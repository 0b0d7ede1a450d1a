/**
 * Takes an address that fails where its neighbours do not out of the turn, each time for longer, and never more of them than a share. What
 * counts is a row of failures: no connection, no answer in time, no HTTP, or a 5xx. Whoever finds a request that fails gains no
 * more than the share: the rest is asked as ever.
 */
import type { PlanUpstream } from '../../decide/index.ts'
import type { Scheduler } from '../../lib/index.ts'

export type EjectionPlan = NonNullable<PlanUpstream['ejection']>

interface Standing {
  /** Failures without a success between. */
  row: number
  out: boolean
  /** How often in succession it was taken out. */
  times: number
  cancel: (() => void) | undefined
}

export class Outliers {
  readonly #plan: EjectionPlan
  readonly #scheduler: Scheduler
  readonly #changed: (at: number, out: boolean) => void
  readonly #all: readonly Standing[]
  readonly #most: number
  #out = 0

  /** `changed` is told when an address is taken out, and when it is back. */
  constructor(
    addresses: number,
    plan: EjectionPlan,
    scheduler: Scheduler,
    changed: (at: number, out: boolean) => void,
  ) {
    this.#plan = plan
    this.#scheduler = scheduler
    this.#changed = changed
    this.#most = Math.floor((addresses * plan.maxPercent) / 100)
    this.#all = Array.from({ length: addresses }, () => ({
      row: 0,
      out: false,
      times: 0,
      cancel: undefined,
    }))
  }

  isOut(at: number): boolean {
    return this.#all[at]?.out === true
  }

  heard(at: number, status: number): void {
    if (status >= 500) return this.failed(at)
    const one = this.#all[at]
    if (one !== undefined) one.row = 0
  }

  failed(at: number): void {
    const one = this.#all[at]
    // Answers to requests of before it was taken out tell nothing new.
    if (one === undefined || one.out) return
    one.row++
    if (one.row >= this.#plan.failures && this.#out < this.#most) this.#eject(one, at)
  }

  close(): void {
    for (const { cancel } of this.#all) cancel?.()
  }

  #eject(one: Standing, at: number): void {
    const { baseMs, maxMs, failures } = this.#plan
    const ms = Math.min(maxMs, baseMs * 2 ** Math.min(one.times, MAX_DOUBLINGS))
    one.times++
    one.out = true
    this.#out++
    one.cancel?.()
    one.cancel = this.#scheduler.after(ms, () => {
      one.out = false
      this.#out--
      // The next failure is enough; for as long without one, and its past is forgotten.
      one.row = failures - 1
      one.cancel = this.#scheduler.after(ms, () => {
        one.times = 0
      })
      this.#changed(at, false)
    })
    this.#changed(at, true)
  }
}

const MAX_DOUBLINGS = 20
