import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FairPlaces, type Place } from './fair-places.ts'

function fill(places: FairPlaces, client: string, of: number): number {
  let taken = 0
  while (places.take(client, of) === 'taken') taken++
  return taken
}

test('`FairPlaces` leaves the last quarter to clients that hold less than a share', () => {
  const places = new FairPlaces()
  assert.equal(fill(places, 'greedy', 100), 75)
  assert.equal(places.take('greedy', 100), 'share')
  assert.equal(fill(places, 'second', 100), 25)
  assert.equal(places.take('third', 100), 'full')
  places.leave('greedy')
  assert.equal(places.take('greedy', 100), 'share', 'what it gave back is for others')
  assert.equal(places.take('third', 100), 'taken')
  assert.equal(places.taken, 100)
})

test('`FairPlaces` with few places keeps none back', () => {
  for (const few of [1, 2, 3]) assert.equal(fill(new FairPlaces(), 'a', few), few)
  assert.equal(new FairPlaces().take('a', 0), 'full')
})

test('`FairPlaces` never gives more than there are, refuses nobody who holds none while there is one, and forgets whoever left', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean()), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 24 }), (list, of) => {
      const places = new FairPlaces()
      const model = new Map<string, number>()
      const total = (): number => [...model.values()].reduce((sum, one) => sum + one, 0)
      for (const [client, comes] of list) {
        const held = model.get(client) ?? 0
        if (comes) {
          const before = total()
          const place: Place = places.take(client, of)
          if (before >= of) assert.equal(place, 'full')
          else if (held === 0) assert.equal(place, 'taken')
          else if (before < of - Math.floor(of / 4)) assert.equal(place, 'taken')
          if (place === 'taken') model.set(client, held + 1)
        } else if (held > 0) {
          places.leave(client)
          model.set(client, held - 1)
        }
        assert.equal(places.taken, total())
        assert.ok(places.taken <= of)
      }
      for (const [client, held] of model) for (let at = 0; at < held; at++) places.leave(client)
      assert.equal(places.taken, 0)
      assert.equal(places.take('a', of), 'taken')
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})
