/**
 * The shape of the half-yearly fraud report (PSD2 Art. 96(6), EBA/GL/2018/05): payments and fraudulent payments, remote or not, with strong
 * authentication or by which exemption, by type of fraud. The guideline's own tables were not compared with it; what it wants and nobody
 * records here is named, never guessed.
 */
import type { PaymentFigures, ScaReport } from './report.ts'

export interface EbaRow {
  readonly instrument: PaymentFigures['type']
  readonly channel: 'remote' | 'non-remote'
  readonly authentication: 'sca' | 'non-sca'
  /** Of `non-sca`: the clause; `null`: it was authenticated. */
  readonly reason: string | null
  readonly volume: number
  readonly value: string
  /** Payments of `volume` that are not in `value`, for there was no rate. */
  readonly unvalued: number
  readonly fraud: {
    /** "Issuance or modification of a payment order by the fraudster". */
    readonly unauthorised: { readonly volume: number; readonly value: string }
    /** "Manipulation of the payer". */
    readonly manipulationOfPayer: { readonly volume: number; readonly value: string }
  }
}

export interface EbaReport {
  readonly v: 1
  readonly source: 'EBA/GL/2018/05'
  readonly checked: 'unchecked'
  readonly entity: string
  readonly period: ScaReport['period']
  readonly currency: string
  readonly minorUnits: number
  readonly rows: readonly EbaRow[]
  readonly notRecorded: readonly string[]
}

export const NOT_RECORDED = [
  'geographical breakdown (domestic, within the EEA, outside it)',
  'losses due to fraud by who bears them',
  'payments that were not initiated electronically',
  'fraud types within unauthorised payments (lost or stolen card, counterfeit, modification)',
] as const

export function ebaReport({
  entity,
  period,
  currency,
  minorUnits,
  payments,
}: ScaReport): EbaReport {
  return {
    v: 1,
    source: 'EBA/GL/2018/05',
    checked: 'unchecked',
    entity,
    period,
    currency,
    minorUnits,
    rows: payments.filter(({ how }) => how !== 'all').map(rowOf),
    notRecorded: NOT_RECORDED,
  }
}

function rowOf(one: PaymentFigures): EbaRow {
  const strong = one.how === 'sca'
  return {
    instrument: one.type,
    channel: one.remote ? 'remote' : 'non-remote',
    authentication: strong ? 'sca' : 'non-sca',
    reason: strong ? null : one.article,
    volume: one.payments,
    value: one.value,
    unvalued: one.unvalued,
    fraud: {
      unauthorised: { volume: one.unauthorised.payments, value: one.unauthorised.value },
      manipulationOfPayer: { volume: one.manipulated.payments, value: one.manipulated.value },
    },
  }
}
