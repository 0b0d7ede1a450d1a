/** What a folder may do to the feed: half-written files, thousands of them, links, a clock that goes backwards. */
import assert from 'node:assert/strict'
import {
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createProjection, openFileFeed } from '../../src/feed/index.ts'
import { CLIENT, CONSENT, feedFolder, openFeed, REVOCATION } from './feed-folder.ts'

test('a file written a byte at a time is absent until it is whole, and never half believed', async (t) => {
  const folder = feedFolder(t)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  const whole = JSON.stringify(CONSENT)
  for (let length = 0; length < whole.length; length++) {
    folder.put('consents/c.json', whole.slice(0, length))
    await feed.refresh()
    assert.equal(projection.consent('consent-1'), undefined, `${length} bytes`)
    assert.equal(feed.diagnostics().length, 1)
  }
  folder.put('consents/c.json', whole)
  await feed.refresh()
  assert.notEqual(projection.consent('consent-1'), undefined)
  // And cut again, as a crash of the writer leaves it: withdrawn.
  truncateSync(join(folder.dir, 'consents/c.json'), 20)
  await feed.refresh()
  assert.equal(projection.consent('consent-1'), undefined)
})

test('a revocation that is cut at any byte stays in force', async (t) => {
  const folder = feedFolder(t)
  folder.put('revocations/r.json', REVOCATION)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  const whole = JSON.stringify(REVOCATION)
  for (let length = whole.length - 1; length >= 0; length -= 3) {
    folder.put('revocations/r.json', whole.slice(0, length))
    await feed.refresh()
    assert.equal(projection.revoked('consent:consent-1'), true, `${length} bytes`)
  }
  folder.remove('revocations/r.json')
  await feed.refresh()
  assert.equal(projection.revoked('consent:consent-1'), false)
})

test('a file replaced by a rename over it, and one renamed away, are seen at the next look', async (t) => {
  const folder = feedFolder(t)
  folder.put('clients/a.json', CLIENT)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  const path = (name: string): string => join(folder.dir, 'clients', name)
  folder.put('clients/a.json.new', { ...CLIENT, status: 'suspended' })
  await feed.refresh()
  assert.equal(projection.client('budget-buddy')?.status, 'active', 'not yet in place')
  renameSync(path('a.json.new'), path('a.json'))
  await feed.refresh()
  assert.equal(projection.client('budget-buddy')?.status, 'suspended')
  renameSync(path('a.json'), path('b.json'))
  await feed.refresh()
  assert.equal(
    projection.client('budget-buddy')?.status,
    'suspended',
    'the id decides, not the name',
  )
  renameSync(path('b.json'), path('.b.json'))
  await feed.refresh()
  assert.equal(projection.client('budget-buddy'), undefined)
})

test('a clock that goes backwards makes the feed no younger than it is and no record wrong', async (t) => {
  const folder = feedFolder(t)
  folder.put('clients/a.json', CLIENT)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  clock.advance(60_000)
  await feed.refresh()
  assert.equal(projection.ageMs(), 0)
  folder.put('clients/b.json', { ...CLIENT, id: 'second' })
  clock.setWallClock(-3_600_000)
  await feed.refresh()
  assert.notEqual(projection.client('second'), undefined, 'the look goes on')
  assert.equal(projection.ageMs(), 0)
  feed.close()
  clock.advance(5_000)
  assert.equal(projection.ageMs(), 5_000)
  // Set back while the feed is silent: it would be young for an hour, and no revocation would be missed.
  clock.setWallClock(-3_600_000)
  assert.equal(projection.ageMs(), 5_000)
  clock.setWallClock(86_400_000)
  assert.equal(projection.ageMs(), 5_000)
})

for (const count of [1999, 2000, 2001, 10_000])
  test(`in a folder of ${count} files an edit, a new file and a lost one are seen`, async (t) => {
    const folder = feedFolder(t)
    for (let i = 0; i < count; i++) folder.put(`revocations/${i}.json`, revocation(i))
    // Far off the machine's time, so that no file counts as just changed and is looked at for that.
    const { feed, clock } = openFeed(t, folder.dir, 0)
    const projection = await createProjection(feed, clock)
    assert.equal(projection.seq, count)
    await feed.refresh()
    await feed.refresh()
    await feed.refresh()
    folder.put('revocations/5.json', revocation(-5))
    folder.put('revocations/new.json', revocation(-1))
    folder.remove(`revocations/${count - 1}.json`)
    // Large folders go by hints of the file system, and by a sweep every fortieth look at the latest.
    for (let looks = 0; looks < 41; looks++) {
      await feed.refresh()
      if (projection.revoked('token:-5')) break
    }
    const now = [5, -5, -1, count - 1].map((n) => projection.revoked(`token:${n}`))
    assert.deepEqual(now, [false, true, true, false])
    assert.equal(projection.seq, count + 4)
  })

const revocation = (n: number) => ({ token: `${n}`, at: '2026-03-01T12:00:00Z', reason: 'a test' })

test('a folder that is a file, and a kind that is a link to another folder', async (t) => {
  const folder = feedFolder(t)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  assert.equal(projection.ageMs(), 0)
  folder.remove('consents')
  writeFileSync(join(folder.dir, 'consents'), 'no folder')
  clock.advance(1000)
  await feed.refresh()
  assert.equal(projection.ageMs(), 1000, 'no heartbeat')
  assert.equal(feed.diagnostics()[0]?.code, 'GH_FEED_UNREADABLE')
  folder.remove('consents')
  mkdirSync(join(folder.dir, 'elsewhere'))
  folder.put('elsewhere/c.json', CONSENT)
  symlinkSync(join(folder.dir, 'elsewhere'), join(folder.dir, 'consents'))
  await feed.refresh()
  assert.notEqual(projection.consent('consent-1'), undefined)
  assert.equal(projection.ageMs(), 0)
})

test('a link whose target changes is the new target, and a folder that takes a file’s place withdraws it', async (t) => {
  const folder = feedFolder(t)
  folder.put('one', CLIENT)
  folder.put('two', { ...CLIENT, status: 'suspended' })
  symlinkSync(join(folder.dir, 'one'), join(folder.dir, 'clients/a.json'))
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  assert.equal(projection.client('budget-buddy')?.status, 'active')
  folder.remove('clients/a.json')
  symlinkSync(join(folder.dir, 'two'), join(folder.dir, 'clients/a.json'))
  await feed.refresh()
  assert.equal(projection.client('budget-buddy')?.status, 'suspended')
  folder.remove('clients/a.json')
  mkdirSync(join(folder.dir, 'clients/a.json'))
  await feed.refresh()
  assert.equal(projection.client('budget-buddy'), undefined)
  assert.match(feed.diagnostics()[0]?.message ?? '', /no regular file/)
})

test('`close` ends the looks: nothing is published and no age is reset after it', async (t) => {
  const folder = feedFolder(t)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  feed.close()
  folder.put('clients/a.json', CLIENT)
  clock.advance(10_000)
  await feed.refresh()
  assert.equal(projection.client('budget-buddy'), undefined)
  assert.equal(projection.ageMs(), 10_000)
})

test('a look while another runs is done after it, and two of them are not done at once', async (t) => {
  const folder = feedFolder(t)
  for (let i = 0; i < 600; i++) folder.put(`consents/${i}.json`, { ...CONSENT, id: `c${i}` })
  const { feed } = openFeed(t, folder.dir)
  const first = feed.refresh()
  folder.put('consents/late.json', { ...CONSENT, id: 'late' })
  await Promise.all([first, feed.refresh(), feed.refresh()])
  const { changes, seq } = await feed.snapshot()
  assert.equal(changes.length, 601)
  assert.equal(seq, 601, 'nothing was published twice')
  assert.equal(readdirSync(join(folder.dir, 'consents')).length, 601)
})

test('the looks come four times a second by the scheduler alone', async (t) => {
  const folder = feedFolder(t)
  const { clock } = openFeed(t, folder.dir)
  const beats: number[] = []
  const other = openFileFeed({ dir: folder.dir, clock, scheduler: clock })
  t.after(() => other.close())
  await other.snapshot()
  other.subscribe(0, { change: () => undefined, heartbeat: (at) => beats.push(at) })
  const start = clock.now()
  clock.advance(249)
  await new Promise<void>((resolve) => setImmediate(resolve))
  assert.deepEqual(beats, [start])
  clock.advance(1)
  await other.snapshot()
  await new Promise<void>((resolve) => setImmediate(resolve))
  assert.deepEqual(beats, [start, start + 250])
})
