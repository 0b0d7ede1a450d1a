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

test('keys that one feed tells complete the record of another, in either order, unless it has its own', async () => {
  const [files, stored] = [source(), source()]
  const jwks = { keys: [{ kty: 'RSA', kid: 'told' }] }
  const own = { keys: [{ kty: 'RSA', kid: 'own' }] }
  const told = { jwks_uri: 'https://keys.example/a', jwks }
  stored.log.publish(1, 'key', 'a', told)
  stored.log.publish(1, 'key', 'nobody', told)
  files.log.publish(1, 'client', 'a', active('a'))
  files.log.publish(1, 'client', 'b', active('b'))
  const projection = await createProjection(
    joinFeeds(files.feed, stored.feed),
    new FakeClock(1_000),
  )
  const seen = (id: string) => projection.client(id)?.jwks
  assert.deepEqual([seen('a'), seen('b')], [jwks, undefined])
  assert.equal(projection.client('nobody'), undefined, 'keys make nobody a client')
  assert.equal(projection.counts().clients, 2)
  stored.log.publish(2, 'key', 'b', told)
  assert.deepEqual([seen('b'), projection.client('b')?.status], [jwks, 'active'])
  const before = projection.client('b')
  files.log.publish(3, 'client', 'b', { ...active('b'), status: 'suspended', jwks: own })
  assert.deepEqual([seen('b'), projection.client('b')?.status], [own, 'suspended'])
  assert.equal(before?.status, 'active', 'records are swapped whole')
  stored.log.publish(4, 'key', 'b', { ...told, jwks: own })
  files.log.publish(5, 'client', 'b', active('b'))
  assert.deepEqual(seen('b'), own, 'what was told last')
  stored.log.publish(6, 'key', 'b', { jwks_uri: told.jwks_uri })
  assert.equal(seen('b'), undefined, 'none is known there any more')
  stored.log.publish(7, 'key', 'a', null)
  assert.deepEqual([seen('a'), projection.client('a')?.status], [undefined, 'active'])
  files.log.publish(8, 'client', 'a', null)
  stored.log.publish(9, 'key', 'a', told)
  assert.equal(projection.client('a'), undefined)
})
