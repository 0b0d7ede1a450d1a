import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Change, createProjection, openFileFeed } from '../../src/feed/index.ts'
import { formatDiagnostic } from '../../src/lib/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { CLIENT, CONSENT, feedFolder, openFeed, REVOCATION } from './feed-folder.ts'

test('`createProjection` knows clients, consents and revocations of the folder when it resolves', async (t) => {
  const folder = feedFolder(t)
  folder.put('clients/any name.json', CLIENT)
  folder.put('consents/x.json', CONSENT)
  folder.put('revocations/r.json', REVOCATION)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  assert.equal(projection.client('budget-buddy')?.name, 'Budget Buddy Ltd')
  const consent = projection.consent('consent-1')
  assert.deepEqual(consent?.accounts, new Set(['22289', '22426']))
  assert.deepEqual(consent?.permissions, new Set(['ReadAccountsBasic', 'ReadBalances']))
  assert.equal(consent?.validFrom, Date.UTC(2026, 0, 1))
  assert.equal(consent?.expiresAt, Date.UTC(2026, 5, 30, 23))
  assert.equal('transactionsFrom' in (consent ?? {}), false)
  assert.equal(projection.revoked('consent:consent-1'), true)
  assert.equal(projection.revoked('client:budget-buddy'), false)
  assert.equal(projection.ageMs(), 0)
  assert.equal(projection.seq, 3)
  assert.deepEqual(feed.diagnostics(), [])
  for (const key of ['__proto__', 'constructor', 'toString', '']) {
    assert.equal(projection.client(key), undefined)
    assert.equal(projection.consent(key), undefined)
    assert.equal(projection.revoked(key), false)
  }
})

test('a change of a file is published, an unchanged one is not, and a deleted one withdraws its record', async (t) => {
  const folder = feedFolder(t)
  folder.put('clients/a.json', CLIENT)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  const changes: Change[] = []
  feed.subscribe(1, { change: (change) => changes.push(change), heartbeat: () => undefined })
  await feed.refresh()
  assert.deepEqual(changes, [])

  folder.put('clients/a.json', { ...CLIENT, status: 'suspended', reason: 'left the register' })
  await feed.refresh()
  assert.equal(projection.client('budget-buddy')?.status, 'suspended')
  folder.put(
    'clients/a.json',
    `${JSON.stringify({ ...CLIENT, status: 'suspended', reason: 'left the register' })}\n`,
  )
  await feed.refresh()
  assert.equal(changes.length, 1, 'the same record, written otherwise')

  folder.remove('clients/a.json')
  await feed.refresh()
  assert.equal(projection.client('budget-buddy'), undefined)
  assert.deepEqual(
    changes.map(({ seq, kind, key, value }) => [seq, kind, key, value === null]),
    [
      [2, 'client', 'budget-buddy', false],
      [3, 'client', 'budget-buddy', true],
    ],
  )
})

test('an edit in place of the same size is seen, also when the time of the file is put back', async (t) => {
  const folder = feedFolder(t)
  folder.put('clients/a.json', { ...CLIENT, name: 'Name A' })
  const { feed, clock } = openFeed(t, folder.dir, 0) // far off: no file counts as just changed
  const projection = await createProjection(feed, clock)
  const file = join(folder.dir, 'clients/a.json')
  for (const name of ['Name B', 'Name C', 'Name D', 'Name E']) {
    const { atime, mtime, ctimeMs } = statSync(file)
    do {
      folder.put('clients/a.json', { ...CLIENT, name })
      utimesSync(file, atime, mtime)
    } while (statSync(file).ctimeMs === ctimeMs) // until the file system's clock has ticked
    await feed.refresh()
    assert.equal(projection.client('budget-buddy')?.name, name)
  }
})

test('a second edit within one tick of the file system is seen', async (t) => {
  const folder = feedFolder(t)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  for (let i = 100; i < 160; i++) {
    folder.put('clients/a.json', { ...CLIENT, name: `Name ${i}` })
    await feed.refresh()
    folder.put('clients/a.json', { ...CLIENT, name: `Last ${i}` })
    await feed.refresh()
    await feed.refresh()
    assert.equal(projection.client('budget-buddy')?.name, `Last ${i}`)
  }
})

test('a revocation takes effect within a second of the real clock', async (t) => {
  const folder = feedFolder(t)
  folder.put('consents/x.json', CONSENT)
  const clock = { now: () => Date.now(), monotonic: () => performance.now() }
  const feed = openFileFeed({ dir: folder.dir, clock, scheduler: realScheduler })
  t.after(() => feed.close())
  const projection = await createProjection(feed, clock)
  const seen = Promise.withResolvers<void>()
  feed.subscribe(projection.seq, { change: () => seen.resolve(), heartbeat: () => undefined })
  const began = performance.now()
  folder.put('revocations/r.json', REVOCATION)
  const keepAlive = setInterval(() => undefined, 50)
  await seen.promise
  clearInterval(keepAlive)
  assert.ok(performance.now() - began < 1000)
  assert.equal(projection.revoked('consent:consent-1'), true)
})

test('a record with a mistake is absent and named, and counts again once mended', async (t) => {
  const folder = feedFolder(t)
  folder.put('consents/x.json', CONSENT)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  const whole = JSON.stringify(CONSENT)
  const spoilt: readonly (string | Uint8Array)[] = [
    '',
    whole.slice(0, 90),
    '[]',
    'null',
    '"text"',
    Uint8Array.of(0xff, 0xfe, 0x7b),
    ' '.repeat(65_536) + whole,
    whole.replace('"status"', '"Status"'),
    whole.replace('{', '{"__proto__":{"status":"AUTH"},'),
    whole.replace('{', '{"status":"AUTH",'),
    whole.replace('2026-07-01', '2026-02-30'),
    whole.replace('"22289"', '22289'),
  ]
  for (const content of spoilt) {
    folder.put('consents/x.json', content)
    await feed.refresh()
    assert.equal(projection.consent('consent-1'), undefined, String(content).slice(0, 60))
    const [found, ...more] = feed.diagnostics()
    assert.equal(found?.place.file, join(folder.dir, 'consents/x.json'))
    assert.ok(found !== undefined && more.length <= 1)
    assert.match(formatDiagnostic(found), /:\d+:\d+: GH_FEED_RECORD_INVALID /)
    folder.put('consents/x.json', whole)
    await feed.refresh()
    assert.notEqual(projection.consent('consent-1'), undefined)
    assert.deepEqual(feed.diagnostics(), [])
  }
})

test('an id in two files is nobody’s until one of them is gone', async (t) => {
  const folder = feedFolder(t)
  folder.put('consents/a.json', CONSENT)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  folder.put('consents/b.json', { ...CONSENT, accounts: ['99999'] })
  await feed.refresh()
  assert.equal(projection.consent('consent-1'), undefined)
  assert.deepEqual(
    feed.diagnostics().map(({ code, place }) => [code, place.file.slice(-6)]),
    [
      ['GH_FEED_RECORD_TWICE', 'a.json'],
      ['GH_FEED_RECORD_TWICE', 'b.json'],
    ],
  )
  folder.remove('consents/a.json')
  await feed.refresh()
  assert.deepEqual(projection.consent('consent-1')?.accounts, new Set(['99999']))
  assert.deepEqual(feed.diagnostics(), [])
})

test('a revocation stays in force when its file is spoilt, and ends when the file is removed', async (t) => {
  const folder = feedFolder(t)
  folder.put('revocations/r.json', REVOCATION)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  folder.put('revocations/r.json', '{ "consent": ')
  await feed.refresh()
  assert.equal(projection.revoked('consent:consent-1'), true)
  assert.equal(feed.diagnostics().length, 1)
  folder.put('revocations/r.json', { client: 'budget-buddy', at: 'yesterday' })
  await feed.refresh()
  assert.equal(projection.revoked('client:budget-buddy'), true, 'what it names plainly counts')
  assert.equal(projection.revoked('consent:consent-1'), false)
  folder.put('revocations/s.json', {
    client: 'budget-buddy',
    at: '2026-01-01T00:00:00Z',
    reason: 'again',
  })
  folder.remove('revocations/r.json')
  await feed.refresh()
  assert.equal(projection.revoked('client:budget-buddy'), true)
  assert.deepEqual(feed.diagnostics(), [])
  folder.remove('revocations/s.json')
  await feed.refresh()
  assert.equal(projection.revoked('client:budget-buddy'), false)
})

test('the age grows while a folder is gone or unreadable, and records stay as they were', async (t) => {
  const folder = feedFolder(t)
  folder.put('clients/a.json', CLIENT)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  for (const gone of ['clients', 'consents', 'revocations', '.']) {
    renameSync(join(folder.dir, gone === '.' ? '' : gone), `${folder.dir}-away`)
    clock.advance(5000)
    await feed.refresh()
    assert.ok(projection.ageMs() >= 5000, gone)
    assert.equal(feed.diagnostics()[0]?.code, 'GH_FEED_UNREADABLE')
    assert.notEqual(projection.client('budget-buddy'), undefined)
    renameSync(`${folder.dir}-away`, join(folder.dir, gone === '.' ? '' : gone))
    await feed.refresh()
    assert.equal(projection.ageMs(), 0, gone)
  }
})

test('a feed without its folder never beats, and one without a kind’s folder does', async (t) => {
  const dir = join(temporaryFolder(t), 'feed')
  const { feed, clock } = openFeed(t, dir)
  const projection = await createProjection(feed, clock)
  assert.equal(projection.ageMs(), Infinity)
  mkdirSync(join(dir, 'clients'), { recursive: true })
  writeFileSync(join(dir, 'clients/a.json'), JSON.stringify(CLIENT))
  await feed.refresh()
  assert.equal(projection.ageMs(), 0)
  assert.notEqual(projection.client('budget-buddy'), undefined)
})

test('pipes, folders and unreadable files are mistakes; other names and half-written files are nothing', async (t) => {
  const folder = feedFolder(t)
  execFileSync('mkfifo', [join(folder.dir, 'clients/pipe.json')])
  mkdirSync(join(folder.dir, 'clients/folder.json'))
  folder.put('clients/.hidden.json', CLIENT)
  folder.put('clients/README.md', 'read me')
  folder.put('clients/a.json.new', CLIENT)
  folder.put('target', CLIENT)
  symlinkSync(join(folder.dir, 'target'), join(folder.dir, 'clients/link.json'))
  symlinkSync(join(folder.dir, 'nowhere'), join(folder.dir, 'clients/broken.json'))
  symlinkSync('loop.json', join(folder.dir, 'clients/loop.json'))
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  assert.notEqual(projection.client('budget-buddy'), undefined, 'through the link, once')
  assert.deepEqual(
    feed.diagnostics().map(({ place }) => place.file.split('/').at(-1)),
    ['folder.json', 'loop.json', 'pipe.json'],
  )
  assert.ok(Number.isFinite(projection.ageMs()), 'one bad file is no bad folder')
  if (process.getuid?.() !== 0) {
    chmodSync(join(folder.dir, 'target'), 0)
    await feed.refresh()
    assert.equal(projection.client('budget-buddy'), undefined)
  }
})

test('`subscribe` replays what came after the snapshot, and refuses what it does not keep', async (t) => {
  const folder = feedFolder(t)
  folder.put('clients/a.json', CLIENT)
  const { feed } = openFeed(t, folder.dir)
  const snapshot = await feed.snapshot()
  folder.put('clients/b.json', { ...CLIENT, id: 'b' })
  await feed.refresh()
  const seen: string[] = []
  const beats: number[] = []
  const stop = feed.subscribe(snapshot.seq, {
    change: ({ key }) => seen.push(key),
    heartbeat: (at) => beats.push(at),
  })
  assert.deepEqual(seen, ['b'])
  assert.equal(beats.length, 1)
  stop()
  folder.put('clients/c.json', { ...CLIENT, id: 'c' })
  await feed.refresh()
  assert.deepEqual(seen, ['b'])
  const nobody = { change: () => undefined, heartbeat: () => undefined }
  assert.throws(() => feed.subscribe(99, nobody), RangeError)
  assert.throws(() => feed.subscribe(-1, nobody), RangeError)
})

test('three thousand files are read, and an edit, a new and a lost one among them are seen', async (t) => {
  const folder = feedFolder(t)
  for (let i = 0; i < 3000; i++) folder.put(`consents/${i}.json`, { ...CONSENT, id: `c${i}` })
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  assert.equal(projection.seq, 3000)
  appendFileSync(join(folder.dir, 'consents/1500.json'), 'x')
  folder.put('consents/new.json', { ...CONSENT, id: 'new' })
  folder.remove('consents/7.json')
  await feed.refresh()
  assert.equal(projection.consent('c1500'), undefined)
  assert.equal(projection.consent('c7'), undefined)
  assert.notEqual(projection.consent('new'), undefined)
})
