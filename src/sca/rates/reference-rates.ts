/**
 * Euro reference rates by day, and what one unit of a currency was worth in another. Exact: a rate is a quotient of what was published, as
 * text. The file has days and no times, so that a day counts from its beginning in UTC.
 */
import type { Rate } from '../ledger/amount.ts'

/** What one euro was worth on one day, by currency; a currency that is not there was not published. */
export interface RateDay {
  /** Its first millisecond, in UTC. */
  readonly at: number
  readonly worth: ReadonlyMap<string, string>
}

export interface ReferenceRates {
  readonly days: number
  /** Of the newest day. */
  readonly newest: number
  /** Of the newest day, up to that of `at`, on which both currencies were published; `undefined`: there is none. */
  rate(asked: {
    readonly currency: string
    readonly target: string
    readonly at: number
  }): Omit<Rate, 'source'> | undefined
}

export const BASE = 'EUR'

/** `days`: the newest last, one at the least. */
export function referenceRates(days: readonly RateDay[]): ReferenceRates {
  return {
    days: days.length,
    newest: days.at(-1)?.at ?? 0,
    rate({ currency, target, at }) {
      const day = days.findLast(
        (one) => one.at <= at && [currency, target].every((code) => worthOf(one, code)),
      )
      if (day === undefined || currency === target) return undefined
      const [own, other] = [worthOf(day, currency), worthOf(day, target)]
      // One euro is so much of each: one unit of the first is the second divided by the first.
      return { value: own === '1' ? `${other}` : `${other}/${own}`, at: day.at }
    },
  }
}

function worthOf({ worth }: RateDay, currency: string): string | undefined {
  return currency === BASE ? '1' : worth.get(currency)
}
