import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReplaySet } from './replay-set.ts'

test('`ReplaySet` takes what it knows once, until its time is over', () => {
  const set = new ReplaySet()
  assert.equal(set.take('a', 'client', 10, 0), 'new')
  assert.equal(set.take('a', 'client', 10, 10_000), 'seen')
  assert.equal(set.take('b', 'client', 0, 10_000), 'new')
  assert.equal(set.take('a', 'client', 10, 11_000), 'new')
})

test('`ReplaySet` forgets nothing early when there is no room, and goes on when there is', () => {
  const set = new ReplaySet(4)
  assert.equal(set.take('a', 'client', 10, 0), 'new')
  assert.equal(set.take('b', 'client', 20, 0), 'new')
  assert.equal(set.take('c', 'client', 20, 0), 'full')
  assert.equal(set.take('a', 'client', 20, 0), 'seen')
  assert.equal(set.take('a', 'other', 20, 0), 'seen', 'whoever brings it')
  assert.equal(set.size, 2)
  assert.equal(set.take('c', 'client', 20, 11_000), 'new')
  assert.equal(set.take('b', 'client', 20, 11_000), 'seen')
  assert.equal(set.take('d', 'client', 20, 11_000), 'full')
})

test('`ReplaySet` gives nobody the room of others: one owner holds half, the next a third, and there is room for another', () => {
  const set = new ReplaySet(12)
  const fill = (owner: string): number => {
    let taken = 0
    while (set.take(`${owner}-${taken}`, owner, 60, 0) === 'new') taken++
    return taken
  }
  assert.deepEqual(['greedy', 'second', 'third'].map(fill), [6, 3, 2])
  assert.equal(set.take('x', 'fourth', 60, 0), 'new')
  assert.equal(set.take('y', 'greedy', 60, 0), 'full')
})

test('`ReplaySet` says as a table that forgets nothing says, and never holds more than its limit', () => {
  const LIMIT = 8
  const takes = fc.array(
    fc.record({
      key: fc.constantFrom(...'abcdefghijkl'),
      owner: fc.constantFrom('p', 'q', 'r'),
      ttl: fc.nat(20),
      wait: fc.nat(3_000),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(takes, (list) => {
      const set = new ReplaySet(LIMIT)
      const model = new Map<string, { readonly until: number; readonly owner: string }>()
      let now = 0
      for (const { key, owner, ttl, wait } of list) {
        now += wait
        const known = model.get(key)
        const said = set.take(key, owner, ttl, now)
        if (known !== undefined && known.until >= now) assert.equal(said, 'seen')
        // Kept to the end of its second, and so is what it takes of the room.
        if (said === 'new') model.set(key, { until: now + ttl * 1_000, owner })
        const live = [...model.values()].filter(({ until }) => until >= now - 2_000)
        if (said === 'full')
          assert.ok(live.filter((one) => one.owner === owner).length + live.length >= LIMIT)
        assert.ok(set.size <= LIMIT)
      }
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})
