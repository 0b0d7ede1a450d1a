/**
 * What past fraud rates leave of the exemption by risk analysis (RTS Art. 18 to 20), for one instrument and one band: above the reference
 * rate for one quarter the authority is told and it goes on; for two in a row it stops, for that band only; after one clean quarter
 * it may go on, once the authority was told of it. Pure; values are minor units, compared exactly.
 */
import type { Instrument } from '../decision/context.ts'
import type { RiskBand, ScaRules } from '../decision/rules.ts'

/** Remote payments of one instrument in one quarter that has ended. */
export interface QuarterRate {
  readonly quarter: string
  /** The first millisecond after it. */
  readonly to: number
  readonly total: bigint
  /** Of payments that nobody authorised (EBA Q&A 2018_4045). */
  readonly unauthorised: bigint
  /** There were decisions before it began: a quarter of which only the end was seen opens nothing. */
  readonly whole: boolean
}

export type BandState =
  /** No whole quarter has shown a rate within the reference rate yet. */
  | 'not-measured'
  | 'within'
  /** One quarter above: the authority is told at once (Art. 20(1)). */
  | 'above-once'
  /** Two quarters above (Art. 20(2)), or the first one that was measured. */
  | 'stopped'
  /** One clean quarter after it was stopped: the authority is told before it is used again (Art. 20(4)). */
  | 'may-resume'

export interface BandView {
  /** Exemption threshold value, in minor units. */
  readonly max: number
  /** Parts per million of value. */
  readonly reference: number
  readonly state: BandState
  /** Quarter that made it so; `null`: none did. */
  readonly since: string | null
}

/** `notices`: when two persons approved risk analysis anew with the reference of the notice to the authority. */
export function bandState(
  quarters: readonly QuarterRate[],
  reference: number,
  notices: readonly number[],
): Pick<BandView, 'state' | 'since'> {
  let state: BandState = 'not-measured'
  let since: string | null = null
  for (const [at, quarter] of quarters.entries()) {
    // Nothing was paid that has a value: neither clean nor above, unless there was fraud in it.
    if (quarter.total <= 0n && quarter.unauthorised <= 0n) continue
    const next: BandState = afterQuarter(state, quarter, reference)
    if (next !== state) since = quarter.quarter
    state = next
    const end = quarters[at + 1]?.to ?? Number.POSITIVE_INFINITY
    if (state === 'may-resume' && notices.some((told) => told >= quarter.to && told < end))
      state = 'within'
  }
  return { state, since }
}

function afterQuarter(
  state: BandState,
  { total, unauthorised, whole }: QuarterRate,
  reference: number,
): BandState {
  const above = isAbove(unauthorised, total, reference)
  switch (state) {
    case 'not-measured':
      return above ? 'stopped' : whole ? 'within' : 'not-measured'
    case 'within':
      return above ? 'above-once' : 'within'
    case 'above-once':
      return above ? 'stopped' : 'within'
    case 'stopped':
    case 'may-resume':
      return above ? 'stopped' : 'may-resume'
    default:
      return state satisfies never
  }
}

/** A rate that is equal to the reference rate is not above it. */
export function isAbove(unauthorised: bigint, total: bigint, reference: number): boolean {
  return unauthorised * 1_000_000n > BigInt(reference) * total
}

export function bandsOf(
  instrument: Instrument,
  quarters: readonly QuarterRate[],
  rules: ScaRules,
  notices: readonly number[],
): readonly BandView[] {
  return rules.riskAnalysis.bands
    .toSorted((a: RiskBand, b: RiskBand) => a.max - b.max)
    .map(({ max, [instrument]: reference }) => ({
      max,
      reference,
      ...bandState(quarters, reference, notices),
    }))
}

/** Largest amount that may be exempt: the bands below it are open too. */
export function ceilingOf(bands: readonly BandView[]): number {
  const shut = bands.findIndex(({ state }) => state !== 'within' && state !== 'above-once')
  return (shut === -1 ? bands.at(-1) : bands[shut - 1])?.max ?? 0
}
