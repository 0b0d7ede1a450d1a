/** RTS Art. 18 to 20 as a table: a story of quarters, and what is left of the exemption. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bandsOf,
  bandState,
  ceilingOf,
  isAbove,
  type QuarterRate,
} from '../../../src/sca/fraud/ladder.ts'
import { EU_RTS } from '../../../src/sca/index.ts'

const TOTAL = 1_000_000_00n

/** `0`: nothing was paid. Others are parts per million. The first one was not measured from its beginning. */
function quarters(...ppm: readonly (number | 'none')[]): readonly QuarterRate[] {
  return ppm.map((rate, at) => ({
    quarter: `q${at}`,
    to: (at + 1) * 100,
    total: rate === 'none' ? 0n : TOTAL,
    unauthorised: rate === 'none' ? 0n : (TOTAL * BigInt(rate)) / 1_000_000n,
    whole: at > 0,
  }))
}

test('`bandState`: two quarters above stop it, one clean one lets it come back after a notice', () => {
  const table: readonly (readonly [readonly (number | 'none')[], readonly number[], string])[] = [
    [[], [], 'not-measured -'],
    [[0], [], 'not-measured -'], // only its end was seen
    [[0, 0], [], 'within q1'],
    [[0, 100], [], 'within q1'], // equal to the reference rate is not above it
    [[0, 101], [], 'stopped q1'], // nothing begins above it
    [[0, 0, 101], [], 'above-once q2'],
    [[0, 0, 101, 100], [], 'within q3'],
    [[0, 0, 101, 101], [], 'stopped q3'],
    [[0, 0, 101, 'none', 101], [], 'stopped q4'],
    [[0, 0, 101, 101, 'none'], [], 'stopped q3'],
    [[0, 0, 101, 101, 0], [], 'may-resume q4'],
    [[0, 0, 101, 101, 0], [499], 'may-resume q4'], // told before the clean quarter was over
    [[0, 0, 101, 101, 0], [500], 'within q4'],
    [[0, 0, 101, 101, 0, 101], [], 'stopped q5'],
    [[0, 0, 101, 101, 0, 101], [550], 'above-once q5'],
    [[0, 0, 101, 101, 0, 0], [650], 'within q4'],
  ]
  for (const [story, notices, expected] of table) {
    const { state, since } = bandState(quarters(...story), 100, notices)
    assert.equal(`${state} ${since ?? '-'}`, expected, JSON.stringify([story, notices]))
  }
})

test('a quarter of which no payment has a value is above once there was fraud in it', () => {
  const [first, second] = quarters(0, 0)
  assert.ok(first !== undefined && second !== undefined)
  const unvalued = { quarter: 'q2', to: 300, total: 0n, unauthorised: 1n, whole: true }
  const stateAfter = (...more: readonly QuarterRate[]) =>
    bandState([first, second, ...more], 100, []).state
  assert.equal(stateAfter(unvalued), 'above-once')
  assert.equal(stateAfter({ ...unvalued, unauthorised: 0n }), 'within')
  assert.equal(stateAfter(unvalued, { ...unvalued, quarter: 'q3', to: 400 }), 'stopped')
})

test('`ceilingOf`: only the band whose reference rate is exceeded is shut, and none above a shut one is open', () => {
  const ceiling = (...ppm: readonly number[]): number =>
    ceilingOf(bandsOf('card', quarters(...ppm), EU_RTS, []))
  assert.equal(ceiling(0, 0), 500_00)
  assert.equal(ceiling(0, 0, 101, 101), 250_00)
  assert.equal(ceiling(0, 0, 601, 601), 100_00)
  assert.equal(ceiling(0, 0, 1301, 1301), 0)
  assert.equal(ceiling(0, 0, 1301), 500_00)
  assert.equal(ceiling(0), 0)
})

test('rates are compared exactly, however large the sums are', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 30n }),
      fc.integer({ min: 1, max: 2_000 }),
      (unit, ppm) => {
        const total = unit * 1_000_000n
        assert.equal(isAbove(unit * BigInt(ppm), total, ppm), false)
        assert.equal(isAbove(unit * BigInt(ppm) + 1n, total, ppm), true)
      },
    ),
    { numRuns: 2_000 },
  )
})
