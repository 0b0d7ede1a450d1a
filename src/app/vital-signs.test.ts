import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlanApi } from '../decide/index.ts'
import type { SpoolHealth } from '../events/index.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { createLog } from './log.ts'
import { watchVitalSigns } from './vital-signs.ts'

function rig() {
  const clock = new FakeClock()
  const lines: string[] = []
  const log = createLog(
    () => ({ level: 'debug', format: 'json' }),
    (line) => void lines.push(line),
    clock,
  )
  const world = {
    spool: {
      state: 'open',
      trouble: null,
      appended: 0,
      refused: 0,
      synced: 0,
      waiting: 0,
      bytes: 0,
    } as SpoolHealth,
    feedAgeMs: 0,
    held: 0,
    keyProblems: [] as string[],
    probes: 0,
  }
  const vital = watchVitalSigns({
    clock,
    scheduler: clock,
    log,
    spool: () => world.spool,
    probe: () => void world.probes++,
    feedAgeMs: () => world.feedAgeMs,
    apis: () => [{ state: 'active', name: 'a', feedAllowanceMs: 60_000 } as PlanApi], // sound: nothing else is looked at
    held: () => world.held,
    keyProblems: () => world.keyProblems,
  })
  const codes = (): unknown[] => lines.map((line) => (JSON.parse(line) as { code: string }).code) // sound: format json
  return { clock, world, vital, codes }
}

test('a spool that refuses is failing until it takes an event again; a quiet one is asked', () => {
  const { clock, world, vital, codes } = rig()
  assert.equal(vital.spoolFailing, false)
  world.spool = { ...world.spool, refused: 1 }
  assert.equal(vital.spoolFailing, true)
  clock.advance(3_000)
  assert.equal(vital.spoolFailing, true, 'silence is no recovery')
  assert.equal(world.probes, 3)
  world.spool = { ...world.spool, appended: 1 }
  assert.equal(vital.spoolFailing, false)
  clock.advance(1_000)
  assert.equal(world.probes, 3)
  assert.deepEqual(codes(), ['GH_AUDIT_UNAVAILABLE', 'GH_AUDIT_UNAVAILABLE-over'])
})

test('a spool that takes some and refuses others is failing', () => {
  const { world, vital } = rig()
  world.spool = { ...world.spool, appended: 5, refused: 1 }
  assert.equal(vital.spoolFailing, true)
})

test('a spool in another state than open is failing', () => {
  const { world, vital } = rig()
  world.spool = { ...world.spool, state: 'failed' }
  assert.equal(vital.spoolFailing, true)
})

test('what waits for the disk without a sync has an age', () => {
  const { clock, world, vital } = rig()
  world.spool = { ...world.spool, appended: 2, waiting: 2 }
  clock.advance(4_000)
  assert.equal(vital.unsyncedMs, 4_000)
  world.spool = { ...world.spool, synced: 1, waiting: 1 }
  assert.equal(vital.unsyncedMs, 0)
  clock.advance(2_000)
  assert.equal(vital.unsyncedMs, 2_000)
  world.spool = { ...world.spool, synced: 2, waiting: 0 }
  assert.equal(vital.unsyncedMs, 0)
})

test('each trouble is told when it begins and when it ends, and no more', () => {
  const { clock, world, codes } = rig()
  world.feedAgeMs = 60_001
  world.held = 3
  world.keyProblems = ['https://as.example: the source of the keys cannot be read']
  clock.advance(5_000)
  assert.deepEqual(codes(), ['GH_GATEWAY_FEED_STALE', 'degraded', 'issuer-keys'])
  world.feedAgeMs = 60_000
  world.held = 0
  world.keyProblems = []
  clock.advance(5_000)
  assert.deepEqual(codes().slice(3), [
    'GH_GATEWAY_FEED_STALE-over',
    'degraded-over',
    'issuer-keys-over',
  ])
})

test('`close` looks no more', () => {
  const { clock, world, vital, codes } = rig()
  vital.close()
  world.held = 1
  clock.advance(5_000)
  assert.deepEqual(codes(), [])
})
