/** Amounts in other currencies by a file of rates, through the decision: `amounts.case`, and what holds of every rate. UPDATE_CASES=1 writes the right sides anew. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { amountText } from '../../../src/lib/index.ts'
import { EU_RTS } from '../../../src/sca/index.ts'
import { amountOf, MAX_RATE_AGE_MS } from '../../../src/sca/ledger/amount.ts'
import { MAX_VALUE_CHARS, readRates } from '../../../src/sca/rates/read-rates.ts'
import { referenceRates } from '../../../src/sca/rates/reference-rates.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const FILE = join(import.meta.dirname, 'amounts.case')
const NOW = Date.UTC(2026, 11, 3)
const RATES = `Date,USD,JPY,BHD,CHF,SEK,RUB,
2026-11-27,0.9,160,0.4,0.879,11.0,N/A,
2026-11-26,0.8,150,0.5,0.9,10.9,N/A,
2026-10-26,0.8,150,0.5,0.9,10.0,N/A,
2026-10-25,0.8,150,0.5,0.9,20.0,N/A,
2026-10-24,0.8,150,0.5,0.9,40.0,N/A,
2026-03-01,0.8,150,0.5,0.9,40.0,90.5,
`

function decided(line: string): string {
  const [when = '', amount = ''] = line.split(' | ')
  const [value = '', currency = ''] = amount.split(' ')
  const at = Date.parse(when)
  const read = readRates(RATES, 'rates.csv', NOW)
  assert.ok(read.ok)
  const found = read.value.rate({ currency, target: 'EUR', at })
  const rate = found && { ...found, source: 'tests' }
  const worth = amountOf({ value, currency }, EU_RTS, rate, at)
  assert.ok(worth !== undefined)
  const told =
    worth.rate === undefined
      ? 'no rate'
      : `${worth.rate.value} of ${new Date(worth.rate.at).toISOString().slice(0, 10)}`
  const low = worth.value !== undefined && worth.value <= EU_RTS.lowValue.max
  const money = worth.value === undefined ? 'no value' : amountText(String(worth.value), 'EUR')
  return `${money}, ${told}: ${low ? 'low' : 'above'}`
}

test('amounts.case: each boundary by a rate of the file', () => {
  const lines = readFileSync(FILE, 'utf8').split('\n')
  const now = lines.map((line) => {
    if (line === '' || line.startsWith('#')) return line
    const [left = ''] = line.split(' => ')
    return `${left} => ${decided(left)}`
  })
  assert.ok(now.length > 30, 'the check is blind')
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(FILE, now.join('\n'))
  assert.deepEqual(lines, now)
})

const DIGITS = 8
const decimal = fc
  .tuple(fc.bigInt(1n, 999_999_999_999n), fc.nat(DIGITS))
  .map(([digits, scale]) => amountOfDigits(digits, scale))
  .filter((text) => text.length <= MAX_VALUE_CHARS)
function amountOfDigits(digits: bigint, scale: number): string {
  const text = digits.toString().padStart(scale + 1, '0')
  return scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`
}
/** As a whole number of `1 / 10^20`. */
function scaled(text: string): bigint {
  const [whole = '', part = ''] = text.split('.')
  return BigInt(whole + part) * 10n ** BigInt(20 - part.length)
}
const CURRENCIES = ['USD', 'JPY', 'BHD', 'EUR'] as const
const DIGITS_OF = { USD: 2, JPY: 0, BHD: 3, EUR: 2 } as const

test('an amount is never smaller than it is, nor a minor unit greater, from and to every currency', () => {
  fc.assert(
    fc.property(
      fc.bigInt(1n, 1_000_000_000n),
      fc.constantFrom(...CURRENCIES),
      fc.constantFrom(...CURRENCIES),
      decimal,
      decimal,
      (minor, currency, target, one, other) => {
        if (currency === target) return
        const worth = new Map([
          [currency, one],
          [target, other],
        ])
        worth.delete('EUR')
        const day = { at: NOW, worth }
        const found = referenceRates([day]).rate({ currency, target, at: NOW })
        assert.ok(found !== undefined)
        const to = { currency: target, minorUnits: DIGITS_OF[target] }
        const amount = { value: amountText(minor.toString(), currency), currency }
        const asked = amountOf(amount, to, { ...found, source: 'tests' }, NOW)
        if (asked?.value === undefined) {
          assert.ok(asked?.rate !== undefined, 'a value that no number can hold')
          return
        }
        // value / 10^to == minor / 10^from * other / own, compared as whole numbers
        const own = scaled(currency === 'EUR' ? '1' : one)
        const its = scaled(target === 'EUR' ? '1' : other)
        const exact = minor * its * 10n ** BigInt(DIGITS_OF[target])
        const unit = own * 10n ** BigInt(DIGITS_OF[currency])
        const value = BigInt(asked.value)
        assert.ok(value * unit >= exact, 'smaller than it is')
        assert.ok((value - 1n) * unit < exact, 'greater by a minor unit or more')
      },
    ),
    { numRuns: RUNS },
  )
})

test('a rate is a decimal or a quotient of two, and what is neither compares nothing', () => {
  const valued = (value: string, at = NOW): number | undefined =>
    amountOf({ value: '1.00', currency: 'USD' }, EU_RTS, { value, source: 'tests', at: NOW }, at)
      ?.value
  assert.equal(valued('1'), 100)
  assert.equal(valued('0.9'), 90)
  assert.equal(valued('1/1.1732'), 86)
  assert.equal(valued('0.84/1.12'), 75)
  for (const bad of [
    '',
    '0',
    '1/0',
    '0/1',
    '1/',
    '/1',
    '1/2/4',
    '1e3',
    '-1',
    '01',
    '1,5',
    ' 1',
    'NaN',
    '1/N/A',
    `1/${'1'.repeat(40)}`,
  ])
    // prettier-ignore
    assert.equal(valued(bad), undefined, bad)
  assert.equal(valued('1', NOW + MAX_RATE_AGE_MS), 100)
  assert.equal(valued('1', NOW + MAX_RATE_AGE_MS + 1), undefined)
  assert.equal(valued('1', NOW - 1), undefined)
})
