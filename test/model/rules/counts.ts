/** What is counted, from docs/design/limits.md and decision 023: units within sliding windows, and accesses without the customer. */

/** One count that a request asks for. */
export interface Wanted {
  readonly key: string
  readonly limit: number
  readonly cost: number
  readonly windowSeconds: number
}

const SLICES = 10

/** Units in slices of a tenth of the window: that of now and the ten before it count. */
export class Windows {
  readonly #units = new Map<string, { readonly slice: number; readonly cost: number }[]>()

  /** All or none. */
  take(wanted: readonly Wanted[], at: number): boolean {
    const full = wanted.some(({ key, limit, cost, windowSeconds }) => {
      const slice = sliceOf(at, windowSeconds)
      const counted = (this.#units.get(key) ?? []).filter((one) => one.slice >= slice - SLICES)
      this.#units.set(key, counted)
      return counted.reduce((sum, one) => sum + one.cost, 0) + cost > limit
    })
    if (full) return false
    for (const { key, cost, windowSeconds } of wanted)
      this.#units.get(key)?.push({ slice: sliceOf(at, windowSeconds), cost })
    return true
  }

  /** The last that was taken for these. */
  giveBack(wanted: readonly Wanted[]): void {
    for (const { key } of wanted) this.#units.get(key)?.pop()
  }
}

function sliceOf(at: number, windowSeconds: number): number {
  return Math.floor((at * SLICES) / (windowSeconds * 1000))
}

export interface Visit {
  /** Client, customer, operation and account: each is counted. */
  readonly keys: readonly string[]
  readonly limit: number
  /** The query, its pairs in order; `''`: none. */
  readonly query: string
  /** It says itself that it is the first page. */
  readonly isFirst: boolean
  /** It names a page. */
  readonly isPaged: boolean
}

interface Taken {
  readonly at: number
  readonly page: string | null
  /** Where its answer leads; `*`: nobody saw it. */
  readonly leads: readonly string[]
}

const PAGES_MS = 15 * 60_000

/** Four a day: nothing here lives as long as a day. */
export class Accesses {
  readonly #taken = new Map<string, Taken[]>()

  /** Whether each key has room, or has given this page. */
  fits(visit: Visit, at: number): boolean {
    return visit.keys.every((key) => {
      const accesses = this.#of(key).filter(({ page }) => page === null)
      return this.#isPage(key, visit, at) || accesses.length < visit.limit
    })
  }

  take(visit: Visit, at: number, leads: readonly string[]): void {
    for (const key of visit.keys) {
      const page = this.#isPage(key, visit, at) ? visit.query : null
      const one = { at, page, leads }
      this.#taken.set(key, [...this.#of(key), one])
    }
  }

  #of(key: string): readonly Taken[] {
    return this.#taken.get(key) ?? []
  }

  #isPage(key: string, { query, isFirst, isPaged }: Visit, at: number): boolean {
    if (query === '' || isFirst) return false
    const all = this.#of(key)
    const access = all.find((one) => one.page === null && one.at > at - PAGES_MS)
    if (access === undefined) return false
    const since = all.filter((one) => one.at >= access.at)
    if (since.some(({ page }) => page === query)) return false
    return since.some(({ leads }) => leads.includes(query) || (isPaged && leads.includes('*')))
  }
}
