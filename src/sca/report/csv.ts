/** The payments of a report as CSV (RFC 4180): one line for each type and way. Money is decimal, in the currency of the rules. */
import { decimalOf } from '../ledger/amount.ts'
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

/** What a spreadsheet would take for a formula is made text. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
