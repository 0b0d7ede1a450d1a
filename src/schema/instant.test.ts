import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isDateTime, isFullDate, isFullTime, readInstant } from './instant.ts'

test('`readInstant` agrees with Date for every instant Date can write', () => {
  const dates = fc.date({
    min: new Date('0001-01-01'),
    max: new Date('9999-12-31'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(dates, (date) => {
      const text = date.toISOString()
      assert.equal(readInstant(text), date.getTime())
      assert.equal(readInstant(text.slice(0, 10)), Date.parse(text.slice(0, 10)))
    }),
    { seed: 3, numRuns: 2000 },
  )
})

test('`readInstant` takes the offset into account', () => {
  const noon = Date.parse('2024-03-31T12:00:00Z')
  for (const text of [
    '2024-03-31T13:00:00+01:00',
    '2024-03-31T06:30:00-05:30',
    '2024-03-31t12:00:00.000z',
    '2024-03-30T23:00:00-13:00',
  ])
    assert.equal(readInstant(text), noon, text)
})

test('`readInstant` refuses what RFC 3339 does not write', () => {
  for (const text of [
    '',
    '2024',
    '2024-1-1',
    '2024-02-30',
    '2023-02-29',
    '1900-02-29',
    '2024-00-01',
    '2024-13-01',
    '2024-01-32',
    '2024-01-00',
    '20240101',
    '2024-01-01 ',
    ' 2024-01-01',
    '2024-01-01T',
    '2024-01-01T00:00',
    '2024-01-01T00:00Z',
    '2024-01-01T00:00:00',
    '2024-01-01 00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:61Z',
    '2024-01-01T00:00:00.Z',
    '2024-01-01T00:00:00,5Z',
    '2024-01-01T00:00:00+0100',
    '2024-01-01T00:00:00+24:00',
    '2024-01-01T00:00:00+01:60',
    '2024-01-01T00:00:00ZZ',
    '2024-01-01T00:00:00+01:00Z',
    '+2024-01-01',
    '-001-01-01',
    '２０24-01-01',
    'now',
    '1704067200000',
  ])
    assert.equal(readInstant(text), undefined, text)
})

test('`isFullDate`, `isDateTime` and `isFullTime` tell the three forms apart', () => {
  assert.ok(isFullDate('2000-02-29') && !isDateTime('2000-02-29') && !isFullTime('2000-02-29'))
  assert.ok(!isFullDate('2000-02-29T00:00:00Z') && isDateTime('2000-02-29T00:00:00Z'))
  assert.ok(isFullTime('23:59:60Z') && isFullTime('00:00:00.1+01:00') && !isFullTime('00:00:00'))
})
