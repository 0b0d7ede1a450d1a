/**
 * Amounts as exact decimals. They are texts from the wire to the comparison: a number of JavaScript would make 0.1 + 0.2 out of them.
 * What another reader might read as another number is refused: exponents, signs, separators, leading zeros, digits beyond the currency's.
 */
import { type Canonical, canonical, noCanonical } from './canonical.ts'
import { minorUnitDigits } from './currencies.ts'

/** Digits before the point: pain.001 has 18 in all, OBIE 13. */
export const MAX_AMOUNT_DIGITS = 18
/** Digits after the point as written, zeros included. */
export const MAX_FRACTION_DIGITS = 5

const GRAMMAR = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/

/** ISO 4217 alphabetic code in upper case. Case does not count; no letter but ASCII does. */
export function canonicalCurrency(text: string): Canonical {
  if (!/^[A-Za-z]{3}$/.test(text)) return noCanonical('malformed')
  const code = text.toUpperCase()
  return minorUnitDigits(code) === undefined ? noCanonical('currency-unknown') : canonical(code)
}

/** The amount in minor units of the currency, a whole number above zero: `10.5` EUR is `1050`, `10.5` JPY is refused. */
export function canonicalAmount(text: string, currency: string): Canonical {
  if (text.length > MAX_AMOUNT_DIGITS + 1 + MAX_FRACTION_DIGITS) return noCanonical('too-long')
  const match = GRAMMAR.exec(text)
  if (match === null) return noCanonical('malformed')
  const [, whole = '', fraction = ''] = match
  if (whole.length > MAX_AMOUNT_DIGITS || fraction.length > MAX_FRACTION_DIGITS)
    return noCanonical('too-long')
  const code = canonicalCurrency(currency)
  if (!code.ok) return code
  const digits = minorUnitDigits(code.value) ?? 0
  // Zeros beyond the minor unit change no value; any other digit there is money that does not exist.
  if (/[1-9]/.test(fraction.slice(digits))) return noCanonical('precision')
  const minor = `${whole}${fraction.slice(0, digits).padEnd(digits, '0')}`.replace(/^0+/, '')
  return minor === '' ? noCanonical('zero') : canonical(minor)
}

/** Minor units as a person writes them: `1050` EUR is `10.50`, `10` JPY is `10`. `currency` in upper case. */
export function amountText(minorUnits: string, currency: string): string {
  const digits = minorUnitDigits(currency) ?? 0
  const all = minorUnits.padStart(digits + 1, '0')
  return digits === 0 ? all : `${all.slice(0, -digits)}.${all.slice(-digits)}`
}

/** A sum over payments of any currency (`ControlSum`): an exact decimal above zero, of which zeros at its end do not count. */
export function canonicalSum(text: string): Canonical {
  const match = GRAMMAR.exec(text)
  if (text.length > MAX_AMOUNT_DIGITS + 1 + MAX_FRACTION_DIGITS) return noCanonical('too-long')
  if (match === null) return noCanonical('malformed')
  const [, whole = '', fraction = ''] = match
  if (whole.length > MAX_AMOUNT_DIGITS || fraction.length > MAX_FRACTION_DIGITS)
    return noCanonical('too-long')
  const part = fraction.replace(/0+$/, '')
  if (whole === '0' && part === '') return noCanonical('zero')
  return canonical(part === '' ? whole : `${whole}.${part}`)
}

/** A count of payments: a whole number above zero. */
export function canonicalCount(text: string): Canonical {
  return /^[1-9][0-9]{0,14}$/.test(text) ? canonical(text) : noCanonical('malformed')
}

/** The sum of amounts in minor units. */
export function sumOfMinorUnits(amounts: readonly string[]): string {
  return amounts.reduce((sum, amount) => sum + BigInt(amount), 0n).toString()
}
