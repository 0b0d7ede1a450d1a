import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { seededChance } from '../../../test/support/seeded-chance.ts'
import { checkHealth } from './health-checks.ts'

const PLAN = {
  path: '/health',
  intervalMs: 10_000,
  timeoutMs: 2_000,
  healthyAfter: 2,
  unhealthyAfter: 3,
}

interface Rig {
  readonly clock: FakeClock
  /** When it was asked. */
  readonly asked: number[]
  readonly told: boolean[]
  /** How many questions were given up. */
  readonly givenUp: () => number
  /** Answers the question under way. */
  answer(healthy: boolean): void
  stop(): void
}

function rig(chance: () => number = () => 0.5): Rig {
  const clock = new FakeClock()
  const began = clock.monotonic()
  const asked: number[] = []
  const told: boolean[] = []
  let givenUp = 0
  let done: ((healthy: boolean) => void) | undefined
  const stop = checkHealth(PLAN, {
    scheduler: clock,
    chance,
    probe(tell) {
      asked.push(clock.monotonic() - began)
      done = tell
      return () => givenUp++
    },
    changed: (healthy) => told.push(healthy),
  })
  return {
    clock,
    asked,
    told,
    givenUp: () => givenUp,
    answer: (healthy) => done?.(healthy),
    stop,
  }
}

/** Until the next question. */
function wait(made: Rig): void {
  const before = made.asked.length
  for (let ms = 0; made.asked.length === before && ms < 20_000; ms += 100) made.clock.advance(100)
  assert.equal(made.asked.length, before + 1)
}

/** One question, with its answer. */
function ask(made: Rig, healthy: boolean): void {
  wait(made)
  made.answer(healthy)
}

test('so many bad answers in a row take it out, so many good ones bring it back', () => {
  const made = rig()
  for (const healthy of [true, false, false, true, false, false]) ask(made, healthy)
  assert.deepEqual(made.told, [])
  ask(made, false)
  assert.deepEqual(made.told, [false])
  for (const healthy of [true, false, true]) ask(made, healthy)
  assert.deepEqual(made.told, [false])
  ask(made, true)
  assert.deepEqual(made.told, [false, true])
})

test('no answer in time is a bad one, and is given up; one that comes late counts for nothing', () => {
  const made = rig()
  for (let time = 0; time < 3; time++) {
    wait(made)
    made.clock.advance(2_000)
    made.answer(true)
  }
  assert.equal(made.givenUp(), 3)
  assert.deepEqual(made.told, [false])
})

test('pauses are drawn within a tenth of the interval, and the first one within a second', () => {
  const made = rig(seededChance(5))
  for (let time = 0; time < 200; time++) ask(made, true)
  assert.ok(made.asked[0] !== undefined && made.asked[0] <= 1_000)
  for (const [at, when] of made.asked.slice(1).entries()) {
    const pause = when - (made.asked[at] ?? 0)
    assert.ok(pause >= 9_000 && pause <= 11_100, `${pause}`)
  }
  const early = rig(() => 0)
  const late = rig(() => 0.999_999)
  for (const one of [early, late]) {
    one.clock.advance(1_000)
    one.answer(true)
    one.clock.advance(8_999)
    assert.equal(one.asked.length, 1)
    one.clock.advance(2_001)
    assert.equal(one.asked.length, 2)
  }
})

test('after its end nobody is asked, what was under way is given up, and its answer counts for nothing', () => {
  const made = rig()
  for (let time = 0; time < 2; time++) ask(made, false)
  wait(made)
  made.stop()
  assert.equal(made.givenUp(), 1)
  made.answer(false)
  made.clock.advance(100_000)
  assert.equal(made.asked.length, 3)
  assert.deepEqual(made.told, [])
})

test('a probe that knows at once is asked again after the pause', () => {
  const clock = new FakeClock()
  let asked = 0
  const stop = checkHealth(PLAN, {
    scheduler: clock,
    chance: () => 0,
    probe(done) {
      asked++
      done(false)
      return () => undefined
    },
    changed: () => undefined,
  })
  clock.advance(9_000 * 10)
  assert.equal(asked, 11)
  stop()
  clock.advance(100_000)
  assert.equal(asked, 11)
})
