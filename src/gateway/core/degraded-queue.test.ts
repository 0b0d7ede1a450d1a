import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatehouseEvent } from '../../events/index.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { MemorySink } from '../../../test/support/memory-sink.ts'
import { createDegradedQueue, MAX_HELD_EVENTS } from './degraded-queue.ts'

const event = (id: string): GatehouseEvent => ({
  v: 1,
  kind: 'notice',
  id,
  at: 0,
  what: 'started',
  api: null,
  code: null,
  detail: '',
})
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('`createDegradedQueue` holds up to its limit, refuses beyond, and gives all back in order', async () => {
  const sink = new MemorySink()
  const clock = new FakeClock()
  const queue = createDegradedQueue(sink, clock, clock, () => 'gap')
  sink.failure = new Error('disk full')
  let failures = 0
  const count = (failure: Error | undefined): void => {
    if (failure !== undefined) failures++
  }
  for (let at = 0; at < MAX_HELD_EVENTS; at++) queue.record(event(`${at}`), 'buffered', true, count)
  await turn()
  // The first place is taken by the notice that says so.
  assert.deepEqual([queue.held, failures], [MAX_HELD_EVENTS, 1])
  queue.record(event('one too many'), 'buffered', true, count)
  await turn()
  assert.deepEqual([queue.held, failures], [MAX_HELD_EVENTS, 2])
  sink.failure = undefined
  clock.advance(5_000)
  while (queue.held > 0) await turn()
  await turn()
  const ids = sink.appended.map((one) => one.event.id)
  assert.equal(ids.length, MAX_HELD_EVENTS + 1)
  assert.deepEqual(
    [ids[0], ids[1], ids[MAX_HELD_EVENTS - 1], ids.at(-1)],
    ['gap', '0', `${MAX_HELD_EVENTS - 2}`, 'gap'],
  )
  const [last] = sink.appended.slice(-1)
  assert.ok(last?.event.kind === 'notice' && last.event.detail.includes('5000 ms'))
  assert.match(last.event.detail, new RegExp(`^${MAX_HELD_EVENTS - 1} events`))
})

test('`createDegradedQueue` fails at once where it may not hold', async () => {
  const sink = new MemorySink()
  sink.failure = new Error('disk full')
  const queue = createDegradedQueue(sink, new FakeClock(), new FakeClock(), () => 'gap')
  const failure = await new Promise((resolve) => queue.record(event('a'), 'strict', false, resolve))
  assert.equal(failure, sink.failure)
  assert.equal(queue.held, 0)
})

test('`close` of the queue gives the spool what waits, and ends when it still refuses', async () => {
  const sink = new MemorySink()
  const clock = new FakeClock()
  const queue = createDegradedQueue(sink, clock, clock, () => 'gap')
  await queue.close()
  sink.failure = new Error('disk full')
  await new Promise((resolve) => queue.record(event('a'), 'buffered', true, resolve))
  await queue.close()
  assert.equal(queue.held, 2)
  sink.failure = undefined
  await queue.close()
  assert.equal(queue.held, 0)
  assert.deepEqual(
    sink.appended.map((one) => one.event.id),
    ['gap', 'a', 'gap'],
  )
})
