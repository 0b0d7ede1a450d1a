/** The file of rates in both forms in which it is published, each mistake at its place, and any text at all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  AHEAD_MS,
  MAX_CURRENCIES,
  MAX_DAYS,
  MAX_TOLD,
  MAX_VALUE_CHARS,
  readRates,
} from '../../../src/sca/rates/read-rates.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const NOW = Date.UTC(2026, 10, 29, 12)
const DAY_MS = 86_400_000
const read = (text: string, now = NOW) => readRates(text, 'rates.csv', now)
/** `line:column message` of each. */
function mistakes(text: string, now = NOW): readonly string[] {
  const found = read(text, now)
  return found.ok
    ? []
    : found.error.map(({ code, place, mend }) => {
        assert.equal(code, 'GH_SCA_RATES')
        assert.ok(mend !== undefined && mend !== '')
        return `${place.line}:${place.column}`
      })
}
function rate(text: string, currency: string, target = 'EUR', at = NOW) {
  const found = read(text)
  assert.ok(found.ok, JSON.stringify(found))
  return found.value.rate({ currency, target, at })
}
const HISTORY = `Date,USD,JPY,CYP,GBP,
2026-11-27,1.1601,181.25,N/A,0.87485,
2026-11-26,1.1590,181.30,N/A,0.87555,
2007-12-31,1.4721,164.93,0.585274,0.73335,
`
const DAILY = 'Date, USD, JPY, GBP, \n27 November 2026, 1.1601, 181.25, 0.87485, \n'

test('history and daily file, with and without the comma at the end, with any end of line', () => {
  const at = Date.UTC(2026, 10, 27)
  for (const text of [
    HISTORY,
    DAILY,
    HISTORY.replaceAll(',\n', '\n'),
    HISTORY.replaceAll('\n', '\r\n'),
    `\uFEFF${HISTORY}\n\n`,
    HISTORY.trimEnd(),
    HISTORY.split('\n').toSpliced(3, 0, '').join('\n'),
    // The oldest first.
    HISTORY.replace(/^(.*)\n(.*)\n(.*)\n(.*)\n$/, '$1\n$4\n$3\n$2\n'),
  ]) {
    assert.deepEqual(rate(text, 'USD'), { value: '1/1.1601', at })
    assert.deepEqual(rate(text, 'EUR', 'GBP'), { value: '0.87485', at })
    assert.deepEqual(rate(text, 'USD', 'GBP'), { value: '0.87485/1.1601', at })
    assert.equal(rate(text, 'PLN'), undefined)
    assert.equal(rate(text, 'EUR', 'PLN'), undefined)
    assert.equal(rate(text, 'EUR'), undefined)
  }
  assert.deepEqual(rate(HISTORY, 'USD', 'EUR', at - 1), { value: '1/1.1590', at: at - DAY_MS })
  assert.equal(rate(HISTORY, 'USD', 'EUR', Date.UTC(2007, 11, 31) - 1), undefined)
  // What is published no more is as old as it is: the ledger compares nothing by it.
  assert.deepEqual(rate(HISTORY, 'CYP'), { value: '1/0.585274', at: Date.UTC(2007, 11, 31) })
  assert.deepEqual(rate(DAILY.replace('27 November', '3 May'), 'USD')?.at, Date.UTC(2026, 4, 3))
})

test('each mistake is told at its place, all of them at once, and none of it counts', () => {
  const table: readonly (readonly string[])[] = [
    ['', '1:1'],
    ['Date', '1:1'],
    ['Date,USD', '1:1'],
    ['Day,USD\n2026-11-27,1.1', '1:1'],
    ['{"USD": 1.1}', '1:1'],
    ['Date,usd\n2026-11-27,1.1', '1:6'],
    ['Date,USD,,GBP\n2026-11-27,1.1,1,1', '1:10'],
    ['Date,USD,USD\n2026-11-27,1.1,1.1', '1:10'],
    ['Date,EUR\n2026-11-27,1', '1:6'],
    ['Date,USD\n2026-11-27', '2:1'],
    ['Date,USD\n2026-11-27,1.1,1.2', '2:1'],
    ['Date,USD,GBP\n2026-11-27,1.1', '2:1'],
    ['Date,USD\n2026-11-31,1.1', '2:1'],
    ['Date,USD\n2026-02-29,1.1', '2:1'],
    ['Date,USD\n27.11.2026,1.1', '2:1'],
    ['Date,USD\n27 Nov 2026,1.1', '2:1'],
    ['Date,USD\n32 January 2026,1.1', '2:1'],
    ['Date,USD\n2026-11-27,1.1\n2026-11-27,1.1', '3:1'],
    ['Date,USD\n2026-11-27,1.1\n27 November 2026,1.2', '3:1'],
    ['Date,USD\n2026-12-01,1.1', '2:1'],
    ...[
      '',
      '0',
      '0.00',
      '-1.1',
      '+1.1',
      '1e3',
      '1.',
      '.5',
      '01.1',
      '1 1',
      'n/a',
      'NaN',
      '1.1x',
    ].map((value) => [`Date,GBP,USD\n2026-11-27,0.8,${value},`, '2:16']),
    [`Date,USD\n2026-11-27,${'1'.repeat(MAX_VALUE_CHARS + 1)}`, '2:12'],
    ['Date,USD,GBP\n2026-11-27, x ,y\n2026-11-26,1.1\n\nx,1,1', '2:13', '2:16', '3:1', '5:1'],
  ]
  for (const [text = '', ...places] of table)
    assert.deepEqual(mistakes(text), places, JSON.stringify(text))
  const many = Array.from({ length: 50 }, () => 'x,1').join('\n')
  assert.equal(mistakes(`Date,USD\n${many}`).length, MAX_TOLD)
  assert.deepEqual(mistakes(`Date,USD\n2026-11-27,${'1'.repeat(MAX_VALUE_CHARS)}`), [])
})

test('a day that has begun nowhere yet is a mistake, and one that has begun somewhere counts from its beginning in UTC', () => {
  const text = 'Date,USD\n2026-11-30,1.1\n2026-11-27,1.2'
  const day = Date.UTC(2026, 10, 30)
  assert.deepEqual(mistakes(text, day - AHEAD_MS - 1), ['2:1'])
  const found = read(text, day - AHEAD_MS)
  assert.ok(found.ok)
  const valueAt = (at: number) => found.value.rate({ currency: 'USD', target: 'EUR', at })?.value
  assert.equal(valueAt(day - 1), '1/1.2')
  assert.equal(valueAt(day), '1/1.1')
})

test('there are no more currencies than there can be, and of many days the newest are kept', () => {
  const codes = Array.from({ length: MAX_CURRENCIES + 1 }, (_, at) =>
    String.fromCharCode(70 + Math.floor(at / 26), 65 + (at % 26), 88),
  )
  const of = (count: number) =>
    `Date,${codes.slice(0, count).join(',')}\n2026-11-27${',1.5'.repeat(count)}`
  assert.deepEqual(mistakes(of(MAX_CURRENCIES)), [])
  assert.deepEqual(mistakes(of(MAX_CURRENCIES + 1)), ['1:1'])
  const lines = Array.from({ length: MAX_DAYS + 1 }, (_, at) => {
    const day = new Date(Date.UTC(2026, 10, 27) - at * DAY_MS).toISOString().slice(0, 10)
    return `${day},1.${at + 1}`
  })
  const found = read(['Date,USD', ...lines].join('\n'))
  assert.ok(found.ok)
  assert.equal(found.value.days, MAX_DAYS)
  const oldest = Date.UTC(2026, 10, 27) - (MAX_DAYS - 1) * DAY_MS
  const asked = { currency: 'USD', target: 'EUR' }
  assert.equal(found.value.rate({ ...asked, at: oldest })?.value, `1/1.${MAX_DAYS}`)
  assert.equal(found.value.rate({ ...asked, at: oldest - 1 }), undefined)
})

test('what is not published on a day is taken from the one before, and a quotient of two from one day', () => {
  const text = 'Date,USD,GBP\n2026-11-27,N/A,0.88\n2026-11-26,1.15,0.87\n2026-11-25,1.14,N/A'
  const [friday, thursday] = [Date.UTC(2026, 10, 27), Date.UTC(2026, 10, 26)]
  assert.deepEqual(rate(text, 'USD'), { value: '1/1.15', at: thursday })
  assert.deepEqual(rate(text, 'GBP'), { value: '1/0.88', at: friday })
  assert.deepEqual(rate(text, 'USD', 'GBP'), { value: '0.87/1.15', at: thursday })
})

const CELLS = ['Date', 'USD', 'GBP', 'EUR', 'N/A', '1.1732', '0', '2026-11-27', '27 November 2026', '', ' ', 'é'] // prettier-ignore

test('of any text a mistake has a place that is in it, and what is read is what is written', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 120 }),
    fc
      .array(fc.array(fc.constantFrom(...CELLS), { maxLength: 5 }), { maxLength: 5 })
      .map((lines) => lines.map((cells) => cells.join(',')).join('\n')),
  )
  fc.assert(
    fc.property(text, (written) => {
      const found = read(written)
      if (found.ok) {
        assert.match(written, /^\uFEFF?\s*Date\s*,/)
        const usd = found.value.rate({ currency: 'USD', target: 'EUR', at: NOW })
        if (usd !== undefined) assert.ok(written.includes(usd.value.slice('1/'.length)))
        return
      }
      assert.ok(found.error.length > 0 && found.error.length <= MAX_TOLD)
      const lines = written.split('\n')
      for (const { place } of found.error) {
        const line = lines[place.line - 1]
        assert.ok(line !== undefined && place.column >= 1)
        assert.ok(place.column <= line.length + 1, `${place.line}:${place.column}`)
      }
    }),
    { numRuns: RUNS },
  )
})

test('every file as it is published is read to what it says, in both forms', () => {
  const value = fc
    .tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 0, max: 999_999 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`)
  const row = fc.record({
    days: fc.integer({ min: 0, max: MAX_DAYS - 1 }),
    usd: fc.option(value),
    gbp: fc.option(value),
  })
  const rows = fc.uniqueArray(row, { selector: ({ days }) => days, minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(rows, fc.boolean(), fc.boolean(), (all, daily, comma) => {
      const dayText = (at: number): string => {
        const [year, month, day] = [
          { year: 'numeric' } as const,
          { month: 'long' } as const,
          { day: '2-digit' } as const,
        ].map((part) => new Intl.DateTimeFormat('en-GB', { ...part, timeZone: 'UTC' }).format(at))
        return daily ? `${day} ${month} ${year}` : new Date(at).toISOString().slice(0, 10)
      }
      const between = daily ? ', ' : ','
      const end = comma ? between : ''
      const atOf = (days: number): number => Date.UTC(2026, 10, 29) - days * DAY_MS
      const lines = all.map(
        ({ days, usd, gbp }) =>
          [dayText(atOf(days)), usd ?? 'N/A', gbp ?? 'N/A'].join(between) + end,
      )
      const text = [`Date${between}USD${between}GBP${end}`, ...lines, ''].join('\n')
      const known = all.filter(({ usd, gbp }) => usd !== null && gbp !== null)
      const newest = known.toSorted((a, b) => a.days - b.days)[0]
      assert.deepEqual(
        rate(text, 'USD', 'GBP'),
        newest && { value: `${newest.gbp}/${newest.usd}`, at: atOf(newest.days) },
      )
    }),
    { numRuns: Math.ceil(RUNS / 10) },
  )
})
