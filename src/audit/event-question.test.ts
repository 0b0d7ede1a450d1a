import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  cursorText,
  parseCursor,
  parseGrouping,
  parseOutcome,
  parseTime,
} from './event-question.ts'

const NOW = Date.UTC(2026, 10, 28, 12)
const code = (name: string) => (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === name

test('`parseTime` reads a duration before now, a day, and an instant with its zone', () => {
  assert.equal(parseTime('90m', NOW), NOW - 90 * 60_000)
  assert.equal(parseTime('0s', NOW), NOW)
  assert.equal(parseTime('2w', NOW), NOW - 14 * 86_400_000)
  assert.equal(parseTime('2026-10-31', NOW), Date.UTC(2026, 9, 31))
  assert.equal(parseTime('2026-10-31T09:00Z', NOW), Date.UTC(2026, 9, 31, 9))
  assert.equal(parseTime('2026-10-31T09:00:30.5+02:00', NOW), Date.UTC(2026, 9, 31, 7, 0, 30, 500))
})

test('`parseTime` refuses what is another instant elsewhere, a day that is none, and anything else', () => {
  const wrong =
    `2|h|2y|-2h|2h ago|1234567h|yesterday|2026-02-30|2026-13-01|2026-10-31T09:00|2026-10-31 09:00Z|31.10.2026
2026-10-31T25:00Z|1790000000000|2026-02-30T09:00Z| 2h|\u0662h`
      .split(/[|\n]/)
      .concat('', '2h\n')
  for (const text of wrong)
    assert.throws(() => parseTime(text, NOW), code('GH_AUDIT_TIME_INVALID'), text)
})

test('`parseTime` gives a time or refuses by its code, whatever is written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      try {
        assert.ok(Number.isSafeInteger(parseTime(text, NOW)))
      } catch (error) {
        assert.ok(code('GH_AUDIT_TIME_INVALID')(error), String(error))
      }
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})

test('a cursor comes back as it was; what no answer gave is refused', () => {
  fc.assert(
    fc.property(fc.record({ at: fc.nat(4_000_000_000_000), n: fc.maxSafeNat() }), ({ at, n }) => {
      assert.deepEqual(parseCursor(cursorText({ at, n })), { at, n })
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
  for (const text of ['', '-', 'a', 'a-', '-a', 'A-1', 'a-b-c', '1-zzzzzzzzzzz', "1-1' OR 1=1"])
    assert.throws(() => parseCursor(text), code('GH_AUDIT_QUERY_INVALID'), text)
})

test('outcomes and groupings are words of their lists', () => {
  assert.equal(parseOutcome('refused'), 'refused')
  assert.equal(parseGrouping('hour'), 'hour')
  for (const word of ['', 'Denied', 'subject', 'toString'])
    for (const parse of [parseOutcome, parseGrouping])
      assert.throws(() => parse(word), code('GH_AUDIT_QUERY_INVALID'))
})
