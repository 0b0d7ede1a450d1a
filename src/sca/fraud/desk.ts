/** Fraud as it is reported, the rates of quarters, and what they leave of risk analysis. */
import { type Clock, canonicalJson } from '../../lib/index.ts'
import type { Store } from '../../store/index.ts'
import type { Instrument, RiskCeilings } from '../decision/context.ts'
import { scaRules } from '../decision/rules.ts'
import { readPeriod } from '../report/read-period.ts'
import { remoteRate } from '../report/tally.ts'
import { type BandView, bandsOf, ceilingOf, type QuarterRate } from './ladder.ts'
import { endedQuarters, type Period } from './quarter.ts'
import {
  countFraudReports,
  type FraudKind,
  type FraudRecorded,
  putCeilings,
  putQuarter,
  type QuarterRow,
  type RateBook,
  readRateBook,
  reportFraud,
} from './units.ts'

export interface FraudDesk {
  /** A report, or its correction: `none` takes it back. `value` in minor units; `null`: all that was paid. */
  report(asked: {
    readonly decision: string
    readonly kind: FraudKind
    readonly value: number | null
    readonly who: string
    readonly reason: string
  }): Promise<FraudRecorded>
  /** Adds up ended quarters that were not yet, or not since a report, and sets the ceilings that follow. */
  renew(): Promise<void>
  /** Of the quarters, and of the last 90 days up to now (RTS Art. 19(1)), which decides nothing. */
  rates(): Promise<RatesView>
}

export interface RatesView {
  readonly entity: string
  readonly instruments: readonly {
    readonly instrument: Instrument
    readonly quarters: readonly {
      readonly quarter: string
      readonly total: string
      readonly unauthorised: string
      readonly ppm: number | null
      readonly whole: boolean
    }[]
    readonly rolling: {
      readonly days: number
      readonly total: string
      readonly unauthorised: string
      readonly ppm: number | null
    }
    readonly bands: readonly BandView[]
    readonly ceiling: number
    /** What the bank must do now, by clause. */
    readonly duties: readonly { readonly article: string; readonly what: string }[]
  }[]
}

const INSTRUMENTS: readonly Instrument[] = ['card', 'credit-transfer']
export const ROLLING_DAYS = 90
/** Six years: whatever is kept of a decision (five) can be added up again. Quarters that were added up stay for good, for what stopped a band is not forgotten. */
export const MAX_QUARTERS = 24
/** What was decided on the last day may be settled later: until then a quarter is added up anew each time. */
export const SETTLING_MS = 7 * 86_400_000
const DAY_MS = 86_400_000

export function fraudDesk(parts: {
  readonly store: Store
  readonly clock: Clock
  readonly entity: string
  readonly jurisdiction: string
  readonly timeZone: string
}): FraudDesk {
  const { store, clock, entity, jurisdiction, timeZone } = parts
  const rules = scaRules(jurisdiction)

  async function renewQuarter(quarter: Period, book: RateBook): Promise<void> {
    const { name, from, to } = quarter
    const reports = await store.run(countFraudReports, { from, to })
    const tally = await readPeriod(store, { entity, from, to })
    for (const instrument of INSTRUMENTS) {
      const { total, unauthorised } = remoteRate(tally, instrument)
      const row: QuarterRow = {
        entity,
        instrument,
        quarter: name,
        from_at: from,
        to_at: to,
        total: total.toString(),
        unauthorised: unauthorised.toString(),
        whole: book.first !== null && book.first < from ? 1 : 0,
        computed_at: clock.now(),
      }
      // Reported meanwhile: the next renewal adds it up.
      if (!(await store.run(putQuarter, { row, reports }))) return
    }
  }

  async function renew(): Promise<void> {
    const book = await store.run(readRateBook, { entity })
    if (rules === undefined || book.first === null) return
    const ended = endedQuarters(book.first, clock.now(), timeZone, MAX_QUARTERS)
    for (const quarter of ended) if (!isSettled(quarter, book)) await renewQuarter(quarter, book)
    const after = await store.run(readRateBook, { entity })
    const ceilings: RiskCeilings = {
      card: ceilingOf(bandsOf('card', ratesOf(after, 'card'), rules, after.notices)),
      'credit-transfer': ceilingOf(
        bandsOf('credit-transfer', ratesOf(after, 'credit-transfer'), rules, after.notices),
      ),
    }
    if (canonicalJson({ ...ceilings }) !== canonicalJson({ ...after.ceilings }))
      await store.run(putCeilings, { entity, ceilings })
  }

  return {
    report: (asked) => store.run(reportFraud, { ...asked, entity, at: clock.now() }),
    renew,
    async rates() {
      const book = await store.run(readRateBook, { entity })
      const now = clock.now()
      const window = { entity, from: now - ROLLING_DAYS * DAY_MS, to: now + 1 }
      const rolling = await readPeriod(store, window)
      return {
        entity,
        instruments: INSTRUMENTS.map((instrument) => {
          const rates = ratesOf(book, instrument)
          const bands = rules === undefined ? [] : bandsOf(instrument, rates, rules, book.notices)
          const last = remoteRate(rolling, instrument)
          return {
            instrument,
            quarters: rates.map(({ quarter, total, unauthorised, whole }) => ({
              quarter,
              ...shown(total, unauthorised),
              whole,
            })),
            rolling: { days: ROLLING_DAYS, ...shown(last.total, last.unauthorised) },
            bands,
            ceiling: book.ceilings[instrument],
            duties: dutiesOf(bands),
          }
        }),
      }
    },
  }
}

function isSettled({ name, to }: Period, { quarters }: RateBook): boolean {
  const known = quarters.filter(({ quarter }) => quarter === name)
  return (
    known.length === INSTRUMENTS.length &&
    known.every(({ computed_at }) => computed_at >= to + SETTLING_MS)
  )
}

function ratesOf({ quarters }: RateBook, instrument: Instrument): readonly QuarterRate[] {
  return quarters
    .filter((row) => row.instrument === instrument)
    .map((row) => ({
      quarter: row.quarter,
      to: row.to_at,
      total: BigInt(row.total),
      unauthorised: BigInt(row.unauthorised),
      whole: row.whole === 1,
    }))
}

function shown(total: bigint, unauthorised: bigint) {
  return {
    total: total.toString(),
    unauthorised: unauthorised.toString(),
    ppm: ppmOf(unauthorised, total),
  }
}

/** Parts per million, rounded up: what is above a limit never looks as if it were not. */
export function ppmOf(part: bigint, total: bigint): number | null {
  return total === 0n ? null : Number((part * 1_000_000n + total - 1n) / total)
}

function dutiesOf(bands: readonly BandView[]) {
  return bands.flatMap(({ max, state, since }) => {
    if (state === 'above-once' || (state === 'stopped' && since !== null))
      return [
        {
          article: 'RTS Art. 20(1)',
          what: `report to the authority: above the reference rate up to ${max} minor units since ${since ?? ''}`,
        },
      ]
    if (state === 'may-resume')
      return [
        {
          article: 'RTS Art. 20(4)',
          what: `before it is used again up to ${max} minor units: tell the authority, then let two persons approve risk-analysis with the reference of the notice`,
        },
      ]
    return []
  })
}
