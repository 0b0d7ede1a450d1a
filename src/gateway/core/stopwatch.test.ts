import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { Stopwatch } from './stopwatch.ts'

test('what waits for nothing and decides nothing has no record', () => {
  const watch = new Stopwatch(new FakeClock())
  assert.equal(watch.record, undefined)
})

test('parts do not overlap, the same part adds up, and what is in none of them was spent on deciding', () => {
  const clock = new FakeClock()
  const watch = new Stopwatch(clock)
  clock.advance(1)
  watch.begin('token')
  clock.advance(20)
  watch.end()
  clock.advance(2)
  watch.begin('body')
  clock.advance(30)
  watch.begin('claims')
  clock.advance(5)
  watch.end()
  watch.end()
  watch.begin('claims')
  clock.advance(6)
  watch.end()
  watch.decided(clock.monotonic())
  clock.advance(100)
  watch.judged(clock.monotonic() - 4, clock.monotonic())
  assert.deepEqual(watch.record, {
    decide: 3_000,
    token: 20_000,
    body: 30_000,
    claims: 11_000,
    answer: 4_000,
  })
  assert.equal(watch.micros, 164_000)
})

test('a part that never came to its end is counted up to the record', () => {
  const clock = new FakeClock()
  const watch = new Stopwatch(clock)
  watch.begin('body')
  clock.advance(9)
  assert.deepEqual(watch.record, { body: 9_000 })
})
