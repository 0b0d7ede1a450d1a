/** What is counted for longer than a process lives: where it is kept is the business of `app`. */
import type { QuotaClaim } from '../../decide/index.ts'

export interface DurableQuotas {
  /** All or none. `apart`: of rules that only observe, counted under keys of their own. Durable when it resolves. */
  take(asked: {
    readonly decision: string
    /** Milliseconds since the epoch. */
    readonly at: number
    readonly claims: readonly QuotaClaim[]
    readonly apart: boolean
  }): Promise<DurableTaking>
  /** The answer is about to leave, and leads to these pages (`answer-pages.ts`). `undefined`: everything that the decision took is given back. */
  settle(decision: string, pages: readonly string[] | undefined): Promise<void>
}

export type DurableTaking =
  | { readonly kind: 'taken'; readonly left: readonly Left[] }
  /** `at`: index of the claim that is spent. */
  | ({ readonly kind: 'spent'; readonly at: number } & Left)

export interface Left {
  readonly remaining: number
  /** When an access comes back, in milliseconds since the epoch; `null`: all are there. */
  readonly backAt: number | null
}

/** Longest wait for the store. Who cannot be counted by then is refused, and what was taken late is given back. */
export const MAX_QUOTA_WAIT_MS = 2_000
