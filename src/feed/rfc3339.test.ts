import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseTime } from './rfc3339.ts'

test('`parseTime` gives milliseconds, whatever the offset and fraction', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01t00:00:00.1z', 100],
    ['1970-01-01T00:00:00.123456789Z', 123],
    ['1970-01-01T01:00:00+01:00', 0],
    ['1969-12-31T19:00:00-05:00', 0],
    ['2024-02-29T23:59:59+23:59', Date.UTC(2024, 1, 29, 0, 0, 59)],
    ['2000-02-29T00:00:00-00:00', Date.UTC(2000, 1, 29)],
    ['0099-01-01T00:00:00Z', new Date('0099-01-01T00:00:00Z').getTime()],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
  ]
  for (const [text, time] of cases) assert.equal(parseTime(text), time, text)
})

test('`parseTime` refuses what is no time with an offset', () => {
  for (const text of [
    '',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-13-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00,5Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+01:60',
    '2026-01-01T00:00:00+0100',
    '+02026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    '２026-01-01T00:00:00Z',
  ])
    assert.equal(parseTime(text), undefined, text)
})

test('`parseTime` reads back every time that `toISOString` writes', () => {
  const noInvalidDate = true
  const date = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate })
  fc.assert(
    fc.property(date, (time) => assert.equal(parseTime(time.toISOString()), time.getTime())),
  )
})
