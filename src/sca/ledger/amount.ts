/** Amounts as exact whole numbers of minor units, and what they come to in the currency of the rules. Never a number that was rounded down. */
import { canonicalAmount, canonicalCurrency, minorUnitDigits } from '../../lib/index.ts'
import type { Amount } from '../decision/context.ts'
import type { AskedAmount } from './question.ts'

/** What one unit of a currency is worth in another, and who said so. */
export interface Rate {
  /** Exact: a decimal, `1.1732`, or a quotient of two, `1/1.1732`. */
  readonly value: string
  readonly source: string
  /** When it was fixed, in milliseconds since the epoch. */
  readonly at: number
}

/**
 * A rate of before a long weekend is one; an older one compares nothing. Between the day of the rates of Maundy Thursday and the afternoon of Easter
 * Tuesday, when there are others, lie less than six days.
 */
export const MAX_RATE_AGE_MS = 6 * 86_400_000
const MAX_RATE_CHARS = 40

/** `undefined`: it is no amount of money at all. A currency that nobody knows, or without a rate, has no value: above every limit. */
export function amountOf(
  { value, currency }: AskedAmount,
  target: { readonly currency: string; readonly minorUnits: number },
  rate: Rate | undefined,
  at: number,
): Amount | undefined {
  const code = canonicalCurrency(currency)
  if (!code.ok) {
    const agreed = `${value} ${currency.toUpperCase()}`
    const known = canonicalAmount(value, target.currency)
    const money = known.ok || known.reason === 'precision'
    return code.reason === 'currency-unknown' && money ? { value: undefined, agreed } : undefined
  }
  const minor = canonicalAmount(value, code.value)
  if (!minor.ok) return undefined
  const digits = minorUnitDigits(code.value) ?? 0
  const agreed = `${decimalOf(minor.value, digits)} ${code.value}`
  if (code.value === target.currency) return { value: exact(BigInt(minor.value)), agreed }
  const factor = rate === undefined ? undefined : fractionOf(rate.value)
  if (rate === undefined || factor === undefined) return { value: undefined, agreed }
  const told = { agreed, rate: { value: rate.value, source: rate.source, at: rate.at } }
  if (rate.at > at || at - rate.at > MAX_RATE_AGE_MS) return { value: undefined, ...told }
  const above = BigInt(minor.value) * factor.numerator * 10n ** BigInt(target.minorUnits)
  const below = factor.denominator * 10n ** BigInt(digits)
  return { value: exact((above + below - 1n) / below), ...told }
}

function exact(minor: bigint): number | undefined {
  return minor <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(minor) : undefined
}

/** Minor units as a decimal: `1250` is `12.50`. */
export function decimalOf(minor: string, digits: number): string {
  if (digits === 0) return minor
  const padded = minor.padStart(digits + 1, '0')
  return `${padded.slice(0, -digits)}.${padded.slice(-digits)}`
}

interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

function fractionOf(text: string): Fraction | undefined {
  if (text.length > MAX_RATE_CHARS) return undefined
  const [above, below, ...more] = text.split('/').map(decimalFraction)
  if (above === undefined || more.length > 0) return undefined
  if (!text.includes('/')) return above
  return below === undefined
    ? undefined
    : {
        numerator: above.numerator * below.denominator,
        denominator: above.denominator * below.numerator,
      }
}

/** `undefined`: it is no decimal above zero. */
function decimalFraction(text: string): Fraction | undefined {
  const [, whole = '', part = ''] = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/.exec(text) ?? []
  if (whole === '') return undefined
  const numerator = BigInt(whole + part)
  return numerator === 0n ? undefined : { numerator, denominator: 10n ** BigInt(part.length) }
}
