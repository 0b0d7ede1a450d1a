/** Sliding windows against a naive model that remembers every request. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { QuotaClaim } from '../../decide/index.ts'
import { createWindows, MAX_WINDOWS, SLICES, type Windows } from './windows.ts'

const RUNS = { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) }
const random = (count: number): Uint8Array => new Uint8Array(count).fill(7)

function quota(key: string, limit: number, windowSeconds = 10, cost?: number): QuotaClaim {
  return { kind: 'quota', key, limit, windowSeconds, ...(cost !== undefined && { cost }) }
}

/** How many of so many requests at once get through. */
function passed(windows: Windows, claim: QuotaClaim, now: number, count: number): number {
  let got = 0
  for (let at = 0; at < count; at++) if (windows.take([claim], now).kind === 'taken') got++
  return got
}

test('in no interval of the window are more units let through, and nobody is refused whom a window a tenth longer lets through', () => {
  const steps = fc.array(
    fc.record({ wait: fc.integer({ min: 0, max: 2_500 }), cost: fc.integer({ min: 1, max: 3 }) }),
    { minLength: 1, maxLength: 60 },
  )
  let refusals = 0
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: 3, max: 8 }),
      fc.integer({ min: 0, max: 10_000 }),
      (all, limit, start) => {
        const windows = createWindows(random)
        const taken: { readonly at: number; readonly cost: number }[] = []
        const units = (from: number, now: number): number =>
          taken.reduce((sum, { at, cost }) => (at > from && at <= now ? sum + cost : sum), 0)
        let now = start
        for (const { wait, cost } of all) {
          now += wait
          const taking = windows.take([quota('k', limit, 10, cost)], now)
          if (taking.kind === 'taken') {
            taken.push({ at: now, cost })
            assert.ok(units(now - 10_000, now) <= limit, 'more than the limit within the window')
            assert.ok((taking.states[0]?.remaining ?? 0) <= limit - units(now - 10_000, now))
          } else {
            refusals++
            assert.equal(taking.kind, 'refused')
            assert.ok(units(now - 11_000, now) + cost > limit, 'refused what there was room for')
          }
        }
      },
    ),
    RUNS,
  )
  assert.ok(refusals > 100, 'the cases refuse too')
})

test('what is told as the time to wait is enough, and not a slice too much', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 4, maxLength: 40 }),
      (waits) => {
        const windows = createWindows(random)
        const claim = quota('k', 3)
        let now = 500
        for (const wait of waits) {
          now += wait
          const taking = windows.take([claim], now)
          if (taking.kind !== 'refused') continue
          const { resetSeconds } = taking.by
          assert.ok(resetSeconds >= 1 && resetSeconds <= 11)
          const early = now + (resetSeconds - 2) * 1000
          if (early > now) assert.notEqual(windows.take([claim], early).kind, 'taken')
          now += resetSeconds * 1000
          assert.equal(windows.take([claim], now).kind, 'taken')
        }
      },
    ),
    { numRuns: Math.min(RUNS.numRuns, 3_000) },
  )
})

describe('the edge of a window', () => {
  test('a unit counts until the slice it fell into has left, to the millisecond', () => {
    const windows = createWindows(random)
    assert.equal(passed(windows, quota('k', 2), 0, 3), 2)
    assert.equal(passed(windows, quota('k', 2), 10_999, 1), 0)
    assert.equal(passed(windows, quota('k', 2), 11_000, 3), 2)
  })

  test('a window that nobody asked about for longer than itself is empty', () => {
    const windows = createWindows(random)
    assert.equal(passed(windows, quota('k', 2), 3_333, 3), 2)
    assert.equal(passed(windows, quota('k', 2), 3_333 + 1_000_000, 3), 2)
  })
})

describe('all or none', () => {
  test('one quota that is spent leaves the others as they were', () => {
    const windows = createWindows(random)
    const [one, both] = [quota('one', 1), [quota('one', 1), quota('two', 2)]]
    assert.equal(windows.take([one], 0).kind, 'taken')
    for (let at = 0; at < 5; at++) {
      const taking = windows.take(both, 0)
      assert.ok(taking.kind === 'refused')
      assert.equal(taking.by.claim.key, 'one')
      assert.deepEqual(
        taking.states.map(({ remaining }) => remaining),
        [0, 2],
      )
    }
    assert.equal(passed(windows, quota('two', 2), 0, 3), 2)
  })

  test('what is undone is there again, also when the window has moved on', () => {
    const windows = createWindows(random)
    const taking = windows.take([quota('k', 1)], 0)
    assert.ok(taking.kind === 'taken')
    assert.equal(passed(windows, quota('k', 1), 5_000, 1), 0)
    taking.undo()
    assert.equal(passed(windows, quota('k', 1), 5_000, 2), 1)
    const late = windows.take([quota('l', 1)], 0)
    assert.equal(passed(windows, quota('l', 1), 50_000, 2), 1)
    if (late.kind === 'taken') late.undo()
    assert.equal(
      passed(windows, quota('l', 1), 50_000, 1),
      0,
      'what has left is not given back twice',
    )
  })

  test('what is counted apart takes nothing from what is enforced', () => {
    const windows = createWindows(random)
    for (let at = 0; at < 3; at++) windows.take([quota('k', 2)], 0, true)
    assert.equal(windows.take([quota('k', 2)], 0, true).kind, 'refused')
    assert.equal(passed(windows, quota('k', 2), 0, 3), 2)
  })
})

describe('a full table', () => {
  test(`holds ${MAX_WINDOWS} windows, and then lets in nobody new until one has ended`, () => {
    const windows = createWindows(random)
    for (let at = 0; at < MAX_WINDOWS; at++) windows.take([quota(`k${at}`, 2)], 0)
    assert.equal(windows.size, MAX_WINDOWS)
    assert.deepEqual(windows.take([quota('new', 2)], 0), { kind: 'full' })
    assert.equal(windows.take([quota('k0', 2)], 5_000).kind, 'taken', 'who is counted goes on')
    assert.equal(windows.take([quota('k0', 2)], 5_000).kind, 'refused', 'and is not forgotten')
    assert.deepEqual(windows.take([quota('new', 2)], 10_999), { kind: 'full' })
    assert.equal(windows.take([quota('new', 2)], 11_000).kind, 'taken')
    assert.ok(windows.size < MAX_WINDOWS / SLICES, 'what has ended is let go of')
  })

  test('windows of another length that have ended make room too', () => {
    const windows = createWindows(random, 2)
    windows.take([quota('a', 1, 1)], 0)
    windows.take([quota('b', 1, 3_600)], 0)
    assert.deepEqual(windows.take([quota('c', 1, 3_600)], 1_099), { kind: 'full' })
    assert.equal(windows.take([quota('c', 1, 3_600)], 1_100).kind, 'taken')
  })
})
