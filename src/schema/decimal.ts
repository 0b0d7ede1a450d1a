/**
 * Numbers as the decimal texts they arrived in. A double would turn 9007199254740993 into its neighbour and 10.10 into 10.1, so no
 * number from the wire is ever made one. Work is linear in the text.
 */

/** ± 0.d₁d₂d₃… × 10^scale, without leading or trailing zeros; zero has no digits. */
export interface Decimal {
  readonly negative: boolean
  readonly digits: string
  /** Saturates at ±Infinity for exponents no document means. */
  readonly scale: number
}

const GRAMMAR = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Reads a JSON number (RFC 8259 §6), or `undefined` if the text is not one. */
export function readDecimal(text: string): Decimal | undefined {
  const match = GRAMMAR.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const all = whole + fraction
  let from = 0
  while (from < all.length && all.charCodeAt(from) === 48) from++
  let to = all.length
  while (to > from && all.charCodeAt(to - 1) === 48) to--
  if (from === to) return { negative: false, digits: '', scale: 0 }
  return {
    negative: sign === '-',
    digits: all.slice(from, to),
    scale: Number(exponent) + whole.length - from,
  }
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.negative !== b.negative) return a.negative ? -1 : 1
  const size = compareSizes(a, b)
  return a.negative ? -size : size
}

function compareSizes(a: Decimal, b: Decimal): number {
  if (a.digits === '' || b.digits === '') return a.digits.length - b.digits.length
  if (a.scale !== b.scale) return a.scale < b.scale ? -1 : 1
  // Without trailing zeros, digit strings of equal scale order as texts do.
  return a.digits === b.digits ? 0 : a.digits < b.digits ? -1 : 1
}

/** One text per number: `1`, `1.0` and `10e-1` give the same. */
export function decimalKey(decimal: Decimal): string {
  return `${decimal.negative ? '-' : ''}${decimal.digits}e${decimal.scale}`
}

/** More digits than this are never found to be a multiple of anything: no schema means them, and division is not free. */
export const MAX_MULTIPLE_DIGITS = 400

/** Whether `value` is a whole multiple of `step` (which is positive). Exact. */
export function isMultipleOf(value: Decimal, step: Decimal): boolean {
  if (value.digits === '') return true
  if (value.digits.length > MAX_MULTIPLE_DIGITS || step.digits === '') return false
  // value = v·10^e, step = s·10^f with v and s not divisible by ten: below f a factor of ten is missing.
  const shift = value.scale - value.digits.length - (step.scale - step.digits.length)
  if (!(shift >= 0) || shift === Infinity) return false
  const modulus = BigInt(step.digits)
  return (BigInt(value.digits) * powerMod(10n, shift, modulus)) % modulus === 0n
}

/** base^exponent mod modulus by squaring: an exponent of nine digits costs thirty steps. */
function powerMod(base: bigint, exponent: number, modulus: bigint): bigint {
  let result = 1n % modulus
  let square = base % modulus
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}
