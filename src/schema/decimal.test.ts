import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  compareDecimals,
  type Decimal,
  decimalKey,
  isMultipleOf,
  MAX_MULTIPLE_DIGITS,
  readDecimal,
} from './decimal.ts'

function decimal(text: string): Decimal {
  const value = readDecimal(text)
  assert.ok(value !== undefined, text)
  return value
}

test('`readDecimal` reads JSON numbers and nothing else', () => {
  for (const text of ['', '+1', '01', '1.', '.1', '1e', '0x1', ' 1', '1 ', 'NaN', '1_0', '١'])
    assert.equal(readDecimal(text), undefined, text)
})

test('`decimalKey` is one text per number', () => {
  for (const same of [
    ['1', '1.0', '10e-1', '0.1E1'],
    ['0', '-0', '0.00', '0e99'],
    ['-120', '-1.2e2', '-12E+1'],
  ])
    assert.equal(new Set(same.map((text) => decimalKey(decimal(text)))).size, 1, same.join())
  assert.notEqual(decimalKey(decimal('9007199254740992')), decimalKey(decimal('9007199254740993')))
})

/** A decimal as a fraction of a power of ten, exactly. */
const exact = fc.record({
  digits: fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }),
  places: fc.nat({ max: 12 }),
})
function textOf({ digits, places }: { digits: bigint; places: number }): string {
  return places % 2 === 0 ? `${digits}e-${places}` : withPoint(digits, places)
}
function withPoint(digits: bigint, places: number): string {
  const all = String(digits < 0n ? -digits : digits).padStart(places + 1, '0')
  return `${digits < 0n ? '-' : ''}${all.slice(0, all.length - places)}.${all.slice(all.length - places)}`
}

test('`compareDecimals` agrees with exact arithmetic', () => {
  fc.assert(
    fc.property(exact, exact, (a, b) => {
      const left = a.digits * 10n ** BigInt(b.places)
      const right = b.digits * 10n ** BigInt(a.places)
      const want = left < right ? -1 : left > right ? 1 : 0
      assert.equal(Math.sign(compareDecimals(decimal(textOf(a)), decimal(textOf(b)))), want)
    }),
    { seed: 3, numRuns: 2000 },
  )
})

test('`isMultipleOf` agrees with exact arithmetic', () => {
  const step = fc.record({ digits: fc.bigInt({ min: 1n, max: 2000n }), places: fc.nat({ max: 4 }) })
  let multiples = 0
  fc.assert(
    fc.property(exact, step, fc.boolean(), (a, b, make) => {
      const value = make ? { digits: a.digits * b.digits, places: b.places } : a
      const want =
        (value.digits * 10n ** BigInt(b.places)) % (b.digits * 10n ** BigInt(value.places)) === 0n
      if (want) multiples++
      assert.equal(isMultipleOf(decimal(textOf(value)), decimal(textOf(b))), want)
    }),
    { seed: 3, numRuns: 1000 },
  )
  assert.ok(multiples > 200)
})

test('`isMultipleOf` costs little for any exponent, and gives up beyond its digits', () => {
  assert.equal(isMultipleOf(decimal('1e999999999'), decimal('7')), false)
  assert.equal(isMultipleOf(decimal('7e999999999'), decimal('7')), true)
  assert.equal(isMultipleOf(decimal('1e99999999999999999999999'), decimal('1')), true)
  assert.equal(isMultipleOf(decimal(`1e${'9'.repeat(400)}`), decimal('1')), false)
  assert.equal(isMultipleOf(decimal('1e-99999999999999999999999'), decimal('1')), false)
  assert.equal(isMultipleOf(decimal('1'.repeat(MAX_MULTIPLE_DIGITS)), decimal('1')), true)
  assert.equal(isMultipleOf(decimal('1'.repeat(MAX_MULTIPLE_DIGITS + 1)), decimal('1')), false)
})

test('`compareDecimals` orders numbers with exponents that no double holds', () => {
  assert.ok(compareDecimals(decimal('1e999999999999'), decimal('1E400')) > 0)
  assert.ok(compareDecimals(decimal('-1e999999999999'), decimal('-1E400')) < 0)
  assert.ok(compareDecimals(decimal('1e-999999999999'), decimal('0')) > 0)
})
