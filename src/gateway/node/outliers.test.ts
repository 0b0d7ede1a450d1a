import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { type EjectionPlan, Outliers } from './outliers.ts'

interface Rig {
  readonly outliers: Outliers
  readonly clock: FakeClock
  readonly told: (readonly [at: number, out: boolean])[]
}

function rig(addresses: number, changes: Partial<EjectionPlan> = {}): Rig {
  const clock = new FakeClock()
  const told: (readonly [number, boolean])[] = []
  const plan = { failures: 3, baseMs: 1_000, maxMs: 5_000, maxPercent: 50, ...changes }
  const outliers = new Outliers(addresses, plan, clock, (at, out) => told.push([at, out]))
  return { outliers, clock, told }
}

function fail({ outliers }: Rig, at: number, times: number): void {
  for (let time = 0; time < times; time++) outliers.failed(at)
}

test('an address is out after so many failures in a row, and not before', () => {
  const made = rig(2)
  fail(made, 0, 2)
  made.outliers.heard(0, 200)
  fail(made, 0, 1)
  made.outliers.heard(0, 500)
  assert.equal(made.outliers.isOut(0), false)
  made.outliers.heard(0, 503)
  assert.equal(made.outliers.isOut(0), true)
  assert.equal(made.outliers.isOut(1), false)
  assert.deepEqual(made.told, [[0, true]])
})

test('what a client did wrong is no failure of the address', () => {
  const { outliers } = rig(2)
  for (const status of [200, 304, 400, 401, 404, 429])
    for (let time = 0; time < 20; time++) outliers.heard(0, status)
  assert.equal(outliers.isOut(0), false)
})

test('it is out for twice as long each time, up to a limit, and comes back on trial', () => {
  const made = rig(2)
  fail(made, 0, 3)
  for (const ms of [1_000, 2_000, 4_000, 5_000, 5_000]) {
    made.clock.advance(ms - 1)
    assert.equal(made.outliers.isOut(0), true, `${ms} ms are not over`)
    made.clock.advance(1)
    assert.equal(made.outliers.isOut(0), false, `${ms} ms are over`)
    fail(made, 0, 1)
    assert.equal(made.outliers.isOut(0), true, 'one failure is enough')
  }
})

test('an address that stays in order for as long as it was out begins anew', () => {
  const made = rig(2)
  fail(made, 0, 3)
  made.clock.advance(1_000)
  fail(made, 0, 1)
  made.clock.advance(2_000)
  made.outliers.heard(0, 200)
  made.clock.advance(2_000)
  fail(made, 0, 2)
  assert.equal(made.outliers.isOut(0), false, 'three are needed again')
  fail(made, 0, 1)
  made.clock.advance(1_000)
  assert.equal(made.outliers.isOut(0), false, 'for the first time again')
})

test('of five, forty percent are two: the third stays however it fails, until there is room', () => {
  const made = rig(5, { maxPercent: 59 })
  for (const at of [0, 1, 2]) fail(made, at, 10)
  assert.deepEqual(
    [0, 1, 2].map((at) => made.outliers.isOut(at)),
    [true, true, false],
  )
  made.clock.advance(1_000)
  fail(made, 2, 1)
  assert.equal(made.outliers.isOut(2), true)
})

test('whatever happens, no more than the share is out, and each change is told once', () => {
  const step = fc.record({
    at: fc.nat(4),
    what: fc.constantFrom('failed', 'good', 'bad', 'later'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.nat(100), (steps, maxPercent) => {
      const { outliers, clock, told } = rig(5, { failures: 2, maxPercent })
      for (const { at, what } of steps) {
        if (what === 'failed') outliers.failed(at)
        else if (what === 'later') clock.advance(700)
        else outliers.heard(at, what === 'good' ? 200 : 502)
        const out = [0, 1, 2, 3, 4].filter((one) => outliers.isOut(one))
        assert.ok(out.length <= Math.floor((5 * maxPercent) / 100))
        const last = new Map(told)
        for (let one = 0; one < 5; one++)
          assert.equal(last.get(one) ?? false, outliers.isOut(one), 'what was told is what is')
      }
      clock.advance(60_000)
      assert.ok([0, 1, 2, 3, 4].every((one) => !outliers.isOut(one)))
      for (let one = 0; one < 5; one++)
        assert.ok(
          told.filter(([at]) => at === one).every(([, out], turn) => out === (turn % 2 === 0)),
        )
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})

test('after its end no timer is left', () => {
  const made = rig(2)
  fail(made, 0, 3)
  made.outliers.close()
  made.clock.advance(60_000)
  assert.deepEqual(made.told, [[0, true]])
})
