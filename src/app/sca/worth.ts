/** What a payment in another currency came to in that of the rules, and by whose rate of which day: as two columns. */
import { amountText } from '../../lib/index.ts'
import { type ScaRecord, scaRules } from '../../sca/index.ts'

type Line = readonly [name: string, text: string]

/** Empty: it was paid in the currency of the rules, is no payment, or had no measure. */
export function worthLines({ evidence }: Pick<ScaRecord, 'evidence'>): readonly Line[] {
  const { act, jurisdiction } = evidence.context
  const currency = scaRules(jurisdiction)?.currency
  if (!('amount' in act) || currency === undefined) return []
  const { agreed, value, rate } = act.amount
  if (agreed.endsWith(` ${currency}`)) return []
  const worth =
    value !== undefined
      ? `${amountText(String(value), currency)} ${currency}`
      : `unknown: no rate to ${currency}${rate === undefined ? '' : ' of these days'}`
  const day = rate === undefined ? '' : new Date(rate.at).toISOString().slice(0, 10)
  const by: readonly Line[] =
    rate === undefined ? [] : [['rate', `${rate.value}, ${rate.source}, ${day}`]]
  return [['worth', worth], ...by]
}
