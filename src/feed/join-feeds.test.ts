import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { changeLog } from './change-log.ts'
import { createProjection } from './create-projection.ts'
import { joinFeeds } from './join-feeds.ts'

function source() {
  const log = changeLog()
  return {
    log,
    feed: { snapshot: () => Promise.resolve(log.snapshot()), subscribe: log.subscribe },
  }
}
const active = (id: string) => ({ id, name: id, status: 'active' })

test('what one feed says counts, and what two of them say of one name does not', async () => {
  const [files, stored] = [source(), source()]
  files.log.publish(1, 'client', 'a', active('a'))
  stored.log.publish(1, 'client', 'b', active('b'))
  const clock = new FakeClock(1_000)
  const projection = await createProjection(joinFeeds(files.feed, stored.feed), clock)
  assert.equal(projection.client('a')?.status, 'active')
  assert.equal(projection.client('b')?.status, 'active')
  files.log.publish(2, 'client', 'b', { ...active('b'), status: 'suspended' })
  assert.equal(projection.client('b'), undefined)
  stored.log.publish(3, 'client', 'b', { ...active('b'), name: 'again' })
  assert.equal(projection.client('b'), undefined, 'still two')
  files.log.publish(4, 'client', 'b', null)
  assert.equal(projection.client('b')?.name, 'again')
  stored.log.publish(5, 'client', 'b', null)
  assert.equal(projection.client('b'), undefined)
})

test('it is as old as the feed that was heard longest ago, and unheard of while one is', async () => {
  const [files, stored] = [source(), source()]
  const clock = new FakeClock(100_000)
  const projection = await createProjection(joinFeeds(files.feed, stored.feed), clock)
  files.log.heartbeat(100_000)
  assert.equal(projection.ageMs(), Infinity)
  stored.log.heartbeat(99_000)
  assert.equal(projection.ageMs(), 1_000)
  clock.advance(5_000)
  files.log.heartbeat(105_000)
  assert.equal(projection.ageMs(), 6_000)
  stored.log.heartbeat(104_500)
  assert.equal(projection.ageMs(), 500)
})
