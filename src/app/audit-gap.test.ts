import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NoticeEvent, SpoolHealth } from '../events/index.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { auditGap } from './audit-gap.ts'

function spool() {
  const clock = new FakeClock()
  const taken: NoticeEvent[] = []
  const health = { state: 'open' as SpoolHealth['state'], refused: 0, takes: true }
  const look = auditGap({
    spool: {
      health: () => ({
        state: health.state,
        trouble: '/data/spool: EIO',
        appended: 0,
        refused: health.refused,
        synced: 0,
        waiting: 0,
        bytes: 0,
      }),
      append(event, _durability, done) {
        assert.equal(event.kind, 'notice')
        if (health.takes) taken.push(event)
        else health.refused++
        done(health.takes ? undefined : new Error('EIO'))
      },
    },
    clock,
    uuid: () => 'id-1',
  })
  return { clock, taken, health, look }
}

test('refusals end in one notice with their count, once the spool takes events again', () => {
  const { clock, taken, health, look } = spool()
  look()
  assert.equal(taken.length, 0)
  Object.assign(health, { state: 'failed', refused: 7 })
  look()
  clock.advance(60_000)
  look()
  assert.equal(taken.length, 0)
  Object.assign(health, { state: 'open', refused: 9 })
  look()
  const gap = taken[0]
  assert.equal(gap?.what, 'audit-gap')
  assert.equal(gap.code, 'GH_AUDIT_UNAVAILABLE')
  assert.match(gap.detail, /^9 records were refused since 2026-01-05T09:00:00.000Z/)
  assert.doesNotMatch(gap.detail, /EIO|\/data/)
  look()
  assert.equal(taken.length, 1)
})

test('the tries of the notice itself are not counted', () => {
  const { taken, health, look } = spool()
  Object.assign(health, { refused: 3, takes: false })
  for (let count = 0; count < 5; count++) look()
  assert.equal(health.refused, 8)
  health.takes = true
  look()
  assert.match(taken[0]?.detail ?? '', /^3 records/)
  health.refused = 9
  look()
  assert.match(taken[1]?.detail ?? '', /^1 records/)
})
