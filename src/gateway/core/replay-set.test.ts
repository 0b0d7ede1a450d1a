import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReplaySet } from './replay-set.ts'

test('`ReplaySet` takes what it knows once, until its time is over', () => {
  const set = new ReplaySet()
  assert.equal(set.take('a', 10, 0), 'new')
  assert.equal(set.take('a', 10, 10_000), 'seen')
  assert.equal(set.take('b', 0, 10_000), 'new')
  assert.equal(set.take('a', 10, 11_000), 'new')
})

test('`ReplaySet` forgets nothing early when it is full, and goes on when there is room', () => {
  const set = new ReplaySet(2)
  assert.equal(set.take('a', 10, 0), 'new')
  assert.equal(set.take('b', 20, 0), 'new')
  assert.equal(set.take('c', 20, 0), 'full')
  assert.equal(set.take('a', 20, 0), 'seen')
  assert.equal(set.size, 2)
  assert.equal(set.take('c', 20, 11_000), 'new')
  assert.equal(set.take('b', 20, 11_000), 'seen')
  assert.equal(set.take('d', 20, 11_000), 'full')
})

test('`ReplaySet` says as a table that forgets nothing says, and never holds more than its limit', () => {
  const LIMIT = 8
  const takes = fc.array(
    fc.record({
      key: fc.constantFrom(...'abcdefghijkl'),
      ttl: fc.nat(20),
      wait: fc.nat(3_000),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(takes, (list) => {
      const set = new ReplaySet(LIMIT)
      const model = new Map<string, number>()
      let now = 0
      for (const { key, ttl, wait } of list) {
        now += wait
        const until = model.get(key)
        const said = set.take(key, ttl, now)
        if (until !== undefined && until >= now) assert.equal(said, 'seen')
        if (said === 'new') model.set(key, now + ttl * 1_000)
        assert.ok(set.size <= LIMIT)
      }
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})
