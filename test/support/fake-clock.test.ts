import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from './fake-clock.ts'

test('`advance` runs what fell due, in the order of time, at the time it was due', () => {
  const clock = new FakeClock(1_000)
  const seen: string[] = []
  const note = (name: string) => () => void seen.push(`${name}@${clock.now()}`)
  clock.every(100, note('every'))
  clock.after(250, note('after'))
  clock.advance(99)
  assert.deepEqual(seen, [])
  clock.advance(1)
  assert.deepEqual(seen, ['every@1100'])
  clock.advance(200)
  assert.deepEqual(seen, ['every@1100', 'every@1200', 'after@1250', 'every@1300'])
  assert.equal(clock.now(), 1_300)
  assert.equal(clock.monotonic(), clock.now())
})

test('what was stopped never runs again, also when it stops itself or another', () => {
  const clock = new FakeClock()
  let runs = 0
  const stop = clock.every(10, () => {
    if (++runs === 2) stop()
  })
  const other = clock.after(30, () => assert.fail('it was stopped'))
  clock.after(25, other)
  clock.advance(1_000)
  assert.equal(runs, 2)
})

test('`after` runs once, and work may ask for more work that is due in the same advance', () => {
  const clock = new FakeClock(0)
  const seen: number[] = []
  clock.after(10, () => {
    seen.push(clock.now())
    clock.after(5, () => seen.push(clock.now()))
  })
  clock.advance(15)
  clock.advance(1_000)
  assert.deepEqual(seen, [10, 15])
})
