import assert from 'node:assert/strict'
import { test } from 'node:test'
import { singleFlight } from './single-flight.ts'

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
