import { canonicalAmount, GatehouseError } from '../../lib/index.ts'

/** `12.50` EUR is 1250. @throws GH_CLI_USAGE */
export function minorUnitsOf(text: string, currency: string): number {
  const amount = canonicalAmount(text, currency)
  const value = amount.ok ? Number(amount.value) : Number.NaN
  if (!Number.isSafeInteger(value))
    throw new GatehouseError('GH_CLI_USAGE', `--amount is a decimal of ${currency}, such as 12.50.`)
  return value
}
