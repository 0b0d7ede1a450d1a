/** The soak itself: how it counts growth, what it finds fault with, and a few seconds of it. Half an hour is `npm run soak`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faults, soak, type Soaked } from '../../tools/soak/soak.ts'
import { slopePerTenMinutes } from '../../tools/soak/slope.ts'

test('`slopePerTenMinutes` sees growth in the second half, and none where there is none', () => {
  const samples = (value: (at: number) => number) =>
    Array.from({ length: 60 }, (_, at) => ({ at: at * 10_000, value: value(at) }))
  assert.equal(slopePerTenMinutes(samples(() => 100)), 0)
  // What warms up first is not growth.
  assert.equal(slopePerTenMinutes(samples((at) => (at < 30 ? at : 100))), 0)
  const slope = slopePerTenMinutes(samples((at) => 100 + at / 60))
  assert.ok(slope > 0.9 && slope < 1.1, String(slope))
})

test('growth of memory or descriptors, and requests without an answer, are faults', () => {
  const good: Soaked = {
    minutes: 30,
    requests: 1,
    statuses: {},
    failures: 0,
    slopePercentPerTenMinutes: 1,
    rssMegabytes: { first: 1, last: 1 },
    descriptors: { first: 40, last: 48 },
    slowestMs: 1,
    changes: 1,
  }
  assert.deepEqual(faults(good), [])
  assert.equal(faults({ ...good, slopePercentPerTenMinutes: 1.1 }).length, 1)
  assert.equal(faults({ ...good, descriptors: { first: 40, last: 49 } }).length, 1)
  assert.equal(faults({ ...good, failures: 1 }).length, 1)
})

test('a few seconds: every kind of answer, changes on the way, none without an answer', async () => {
  const { statuses, failures, changes, descriptors } = await soak(0.1)
  assert.equal(failures, 0)
  for (const status of ['200', '401', '403', '404']) assert.ok((statuses[status] ?? 0) > 0, status)
  assert.ok(changes > 3)
  assert.ok(descriptors.last > 0)
})
