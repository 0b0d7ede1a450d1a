import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { GatehouseError } from '../lib/index.ts'
import { keepEvidence } from './store-evidence.ts'

const AWAY = new GatehouseError('GH_STORE_UNAVAILABLE')
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('`keepEvidence` says it again within a minute of the store being back after an hour, and told of both once', async () => {
  const clock = new FakeClock()
  const told: unknown[] = []
  let away = true
  let asked = 0
  let said = 0
  const evidence = await keepEvidence({
    say: () => {
      asked++
      if (away) return Promise.reject(AWAY)
      said++
      return Promise.resolve()
    },
    scheduler: clock,
    behind: (failure) => told.push(failure),
  })
  for (let second = 0; second < 3600; second++) {
    clock.advance(1_000)
    await turn()
  }
  // Less and less often, but at least once a minute: 1, 2, 4, 8, 16, 32, 60, 60, …
  assert.ok(asked >= 60 && asked <= 70, `${asked}`)
  assert.deepEqual([said, told], [0, [AWAY]])
  away = false
  clock.advance(60_000)
  await turn()
  assert.deepEqual([said, told], [1, [AWAY, undefined]])
  clock.advance(3_600_000)
  await turn()
  assert.equal(said, 2)
  evidence.stop()
  clock.advance(36_000_000)
  await turn()
  assert.equal(said, 2)
})

test('`keepEvidence` refuses the start for what will not pass', async () => {
  const newer = new GatehouseError('GH_STORE_NEWER')
  await assert.rejects(
    keepEvidence({
      say: () => Promise.reject(newer),
      scheduler: new FakeClock(),
      behind: () => assert.fail(),
    }),
    newer,
  )
})

test('`keepEvidence` goes on after a failure of whatever kind once it has begun', async () => {
  const clock = new FakeClock()
  const told: unknown[] = []
  let count = 0
  await keepEvidence({
    say: () => (++count === 2 ? Promise.reject(new Error('odd')) : Promise.resolve()),
    scheduler: clock,
    behind: (failure) => told.push(failure),
  })
  clock.advance(3_600_000)
  await turn()
  assert.equal(told.length, 1)
  clock.advance(1_000)
  await turn()
  assert.deepEqual([count, told[1]], [3, undefined])
})
