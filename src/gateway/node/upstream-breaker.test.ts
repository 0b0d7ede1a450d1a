import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { type Breaker, createBreaker } from './upstream-breaker.ts'

interface Rig {
  readonly breaker: Breaker
  readonly clock: FakeClock
  readonly told: boolean[]
}

function rig(failures = 3, openMs = 5_000): Rig {
  const clock = new FakeClock()
  const told: boolean[] = []
  const breaker = createBreaker({ failures, openMs }, clock, (suspended) => told.push(suspended))
  return { breaker, clock, told }
}

test('a breaker opens at so many failures without a success between, and not before', () => {
  const { breaker, told } = rig()
  breaker.failed()
  breaker.heard(503)
  breaker.heard(500) // the API itself: it lives
  breaker.failed()
  breaker.heard(504)
  assert.ok(breaker.admits())
  breaker.heard(502)
  assert.ok(!breaker.admits())
  assert.deepEqual(told, [true])
})

test('no status of the API itself opens it, however often it comes', () => {
  const { breaker } = rig()
  for (const status of [200, 400, 404, 429, 500, 501])
    for (let time = 0; time < 50; time++) breaker.heard(status)
  assert.ok(breaker.admits())
})

test('an open breaker lets one request through after its time, and its end decides', () => {
  const { breaker, clock, told } = rig()
  for (let time = 0; time < 3; time++) breaker.failed()
  clock.advance(4_999)
  assert.ok(!breaker.admits())
  clock.advance(1)
  assert.ok(breaker.admits())
  for (let other = 0; other < 50; other++) assert.ok(!breaker.admits(), 'one at a time')
  breaker.failed()
  assert.ok(!breaker.admits(), 'one failure is enough now')
  clock.advance(5_000)
  assert.ok(breaker.admits())
  breaker.left()
  assert.ok(breaker.admits(), 'the next one tries in its place')
  breaker.heard(200)
  for (let other = 0; other < 50; other++) assert.ok(breaker.admits())
  assert.deepEqual(told, [true, false])
})

test('whatever happens, it is told in turns, and a success closes it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('failed', 'heard', 'bad', 'left', 'admits', 'later'), {
        maxLength: 60,
      }),
      (steps) => {
        const { breaker, clock, told } = rig(2, 1_000)
        for (const step of steps)
          if (step === 'heard') breaker.heard(200)
          else if (step === 'bad') breaker.heard(502)
          else if (step === 'later') clock.advance(1_000)
          else breaker[step]()
        for (const [at, suspended] of told.entries()) assert.equal(suspended, at % 2 === 0)
        breaker.heard(200)
        assert.ok(breaker.admits())
        assert.notEqual(told.at(-1), true)
      },
    ),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})
