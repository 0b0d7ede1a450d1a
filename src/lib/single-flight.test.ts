import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyedFlights, singleFlight } from './single-flight.ts'

function counted() {
  const ends: ((failure?: Error) => void)[] = []
  const flight = singleFlight(
    () =>
      new Promise<void>((resolve, reject) =>
        ends.push((failure) => (failure === undefined ? resolve() : reject(failure))),
      ),
  )
  return { flight, ends }
}

test('`start` joins what is under way, and begins anew when it is over', async () => {
  const { flight, ends } = counted()
  const both = Promise.all([flight.start(), flight.start()])
  assert.equal(ends.length, 1)
  ends[0]?.()
  await both
  const again = flight.start()
  assert.equal(ends.length, 2)
  ends[1]?.()
  await again
})

test('`next` sees what was there when it was called: it waits for one that had begun, however that ends', async () => {
  const { flight, ends } = counted()
  const first = flight.start()
  const next = flight.next()
  ends[0]?.(new Error('gone'))
  await assert.rejects(first, /gone/)
  await new Promise(setImmediate)
  assert.equal(ends.length, 2)
  ends[1]?.()
  await next
})

test('a failure is told, and does not stay', async () => {
  const { flight, ends } = counted()
  const first = flight.start()
  ends[0]?.(new Error('gone'))
  await assert.rejects(first, /gone/)
  const second = flight.start()
  ends[1]?.()
  await second
})

test('of keyed ones those of a key join, each key has its own, and one that failed is over', async () => {
  const flights = keyedFlights<number>()
  const ends = new Map<string, PromiseWithResolvers<number>[]>()
  const fly = (key: string): Promise<number> =>
    flights.start(key, () => {
      const end = Promise.withResolvers<number>()
      ends.set(key, [...(ends.get(key) ?? []), end])
      return end.promise
    })
  const [one, joined, other] = [fly('a'), fly('a'), fly('b')]
  assert.deepEqual([flights.size, flights.has('a'), flights.has('c')], [2, true, false])
  ends.get('a')?.[0]?.resolve(7)
  assert.deepEqual(await Promise.all([one, joined]), [7, 7])
  assert.equal(flights.has('a'), false)
  ends.get('b')?.[0]?.reject(new Error('it broke'))
  await assert.rejects(other, /it broke/)
  assert.equal(flights.size, 0)
  const again = fly('b')
  ends.get('b')?.[1]?.resolve(8)
  assert.equal(await again, 8)
})
