/** A report as CSV (RFC 4180): one line for each type and way. Money is decimal, in the currency of the rules. */
import { decimalOf } from '../ledger/amount.ts'
import type { EbaReport } from './eba.ts'
import type { ScaReport } from './report.ts'

const HEADER =
  'entity,period,type,remote,how,article,payments,value,average,share_ppm,unauthorised_payments,unauthorised_value,manipulated_payments,manipulated_value,fraud_rate_ppm,unvalued,currency'

export function reportCsv(report: ScaReport): readonly string[] {
  const { entity, period, currency, minorUnits } = report
  const money = (minor: string | null): string =>
    minor === null ? '' : decimalOf(minor, minorUnits)
  return [
    HEADER,
    ...report.payments.map((one) =>
      [
        entity,
        period.name,
        one.type,
        String(one.remote),
        one.how,
        one.article,
        String(one.payments),
        money(one.value),
        money(one.average),
        String(one.sharePpm ?? ''),
        String(one.unauthorised.payments),
        money(one.unauthorised.value),
        String(one.manipulated.payments),
        money(one.manipulated.value),
        String(one.fraudRatePpm ?? ''),
        String(one.unvalued),
        currency,
      ]
        .map(quoted)
        .join(','),
    ),
  ]
}

const EBA_HEADER =
  'entity,period,instrument,channel,authentication,reason,volume,value,unauthorised_volume,unauthorised_value,manipulation_of_payer_volume,manipulation_of_payer_value,unvalued,currency'

/** What nobody records here has no column: `EbaReport.notRecorded` names it. */
export function ebaCsv(report: EbaReport): readonly string[] {
  const { entity, period, currency, minorUnits } = report
  return [
    EBA_HEADER,
    ...report.rows.map(({ instrument, channel, authentication, reason, fraud, ...paid }) =>
      [
        entity,
        period.name,
        instrument,
        channel,
        authentication,
        reason ?? '',
        String(paid.volume),
        decimalOf(paid.value, minorUnits),
        String(fraud.unauthorised.volume),
        decimalOf(fraud.unauthorised.value, minorUnits),
        String(fraud.manipulationOfPayer.volume),
        decimalOf(fraud.manipulationOfPayer.value, minorUnits),
        String(paid.unvalued),
        currency,
      ]
        .map(quoted)
        .join(','),
    ),
  ]
}

/** What a spreadsheet would take for a formula is made text; signs of full width are signs to some. */
function quoted(text: string): string {
  const safe = /^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
