import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fork } from 'node:child_process'
import { openEventIndex, openIndexWriter, readEventIndex } from '../../src/audit/index.ts'
import { openThreadStore } from '../../src/store/index.ts'
import { notice } from '../events/spool-harness.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ALWAYS, caughtUp, nthEvent, NOON, record, spoolOf } from './index-harness.ts'

const code = (name: string) => (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === name

test('an index answers from the spool what it was asked of, in the order of time', async (t) => {
  const made = await spoolOf(t, [
    nthEvent(3),
    nthEvent(1, { client: 'tpp-b' }),
    nthEvent(2),
    notice('n-1'),
  ])
  const index = await openEventIndex(made)
  t.after(() => index.close())
  assert.equal(index.discarded, null)
  await assert.rejects(index.list({ ...ALWAYS, limit: 10 }), code('GH_AUDIT_INDEX_NOT_READY'))
  assert.deepEqual(await index.step(0), { indexedSeq: 4, spoolSeq: 4, ready: true })
  const all = await index.list({ ...ALWAYS, limit: 10 })
  assert.deepEqual(
    all.events.map((stored) => stored.event.id),
    ['n-1', 'd-1', 'd-2', 'd-3'],
  )
  const mine = await index.list({ ...ALWAYS, client: 'tpp-a', limit: 10 })
  assert.deepEqual(
    mine.events.map((stored) => [stored.seq, stored.hash.length]),
    [
      [3, 64],
      [1, 64],
    ],
  )
  assert.equal(mine.next, null)
  assert.equal((await index.find('d-2'))?.seq, 3)
  assert.equal(await index.find('d-9'), undefined)
})

test('what comes later is found at the next step, and a step that is asked twice is one', async (t) => {
  const made = await spoolOf(t, [nthEvent(1)])
  const index = await openEventIndex(made)
  t.after(() => index.close())
  await index.step(0)
  await record(made.spool, nthEvent(2))
  assert.equal(await index.count(ALWAYS), 1)
  const [one, two] = [index.step(0), index.step(0)]
  assert.equal(one, two)
  await one
  assert.equal(await index.count(ALWAYS), 2)
})

test('only what is synced is indexed', async (t) => {
  const made = await spoolOf(t, [nthEvent(1)])
  await new Promise<void>((resolve) => made.spool.append(nthEvent(2), 'buffered', () => resolve()))
  const writer = await caughtUp(t, made)
  assert.equal(made.spool.lastSeq, 2)
  assert.equal(writer.progress.indexedSeq, 1)
})

test('an index goes on where it was, through many segments', async (t) => {
  const events = Array.from({ length: 40 }, (_, i) => nthEvent(i))
  const made = await spoolOf(t, [], { maxSegmentBytes: 2000 })
  for (const event of events.slice(0, 20)) await record(made.spool, event)
  const first = await openIndexWriter(made)
  while ((await first.step()) > 0);
  first.close()
  for (const event of events.slice(20)) await record(made.spool, event)
  const second = await openIndexWriter(made)
  t.after(() => second.close())
  assert.equal(await second.step(), 20)
  assert.equal(second.discarded, null)
})

test('an index of another spool is thrown away and made from this one', async (t) => {
  const other = await spoolOf(t, [nthEvent(1), nthEvent(2), nthEvent(3)])
  const mine = await spoolOf(t, [nthEvent(7), nthEvent(8), nthEvent(9), nthEvent(10)])
  const filled = await openIndexWriter({ dir: mine.dir, spoolDir: other.spoolDir })
  while ((await filled.step()) > 0);
  filled.close()
  await assert.rejects(readEventIndex(mine), code('GH_AUDIT_INDEX_MISSING'))
  const index = await openEventIndex(mine)
  t.after(() => index.close())
  assert.match(index.discarded ?? '', /another spool/)
  await index.step(0)
  assert.equal(await index.find('d-1'), undefined)
  assert.equal((await index.find('d-10'))?.seq, 4)
})

test('an index that is no database, of another version, or damaged within, is made again', async (t) => {
  const made = await spoolOf(
    t,
    Array.from({ length: 300 }, (_, i) => nthEvent(i)),
  )
  const file = join(made.dir, 'gatehouse.db')
  const spoil = {
    foreign: () => writeFileSync(file, 'something else'.repeat(1000)),
    newer: async () => {
      const migrations = [
        { id: 'audit/999-later', up: ['CREATE TABLE later (n INTEGER PRIMARY KEY) STRICT'] },
      ]
      writeFileSync(file, '')
      const later = await openThreadStore({ dir: made.dir, migrations })
      later.close()
    },
    damaged: () => {
      const bytes = readFileSync(file)
      bytes.fill(0xa5, 8192, bytes.length - 4096)
      writeFileSync(file, bytes)
    },
  }
  for (const [name, how] of Object.entries(spoil)) {
    const before = await openIndexWriter(made)
    while ((await before.step()) > 0);
    before.close()
    await how()
    const index = await openEventIndex(made)
    for (let i = 0; i < 3; i++) await index.step(0)
    assert.equal(await index.count({ ...ALWAYS, client: 'tpp-a' }), 300, name)
    assert.equal((await index.list({ ...ALWAYS, limit: 1000 })).events.length, 300, name)
    await index.close()
  }
})

test('a row that names the place of another event makes the whole index distrusted', async (t) => {
  const made = await spoolOf(t, [nthEvent(1), nthEvent(2)])
  const writer = await caughtUp(t, made)
  writer.close()
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(join(made.dir, 'gatehouse.db'))
  db.exec("UPDATE event SET id = 'forged' WHERE id = 'd-1'")
  db.close()
  const index = await openEventIndex(made)
  t.after(() => index.close())
  await index.step(0)
  await assert.rejects(index.find('forged'), code('GH_AUDIT_INDEX_NOT_READY'))
  await index.step(0)
  assert.equal(await index.find('forged'), undefined)
  assert.equal((await index.find('d-1'))?.seq, 1)
})

test('without a running instance the files answer, and stay as they are', async (t) => {
  const made = await spoolOf(t, [nthEvent(1), nthEvent(2)])
  await assert.rejects(readEventIndex(made), code('GH_AUDIT_INDEX_MISSING'))
  const writer = await caughtUp(t, made)
  writer.close()
  await record(made.spool, nthEvent(3))
  const before = statSync(join(made.dir, 'gatehouse.db')).mtimeMs
  const reader = await readEventIndex(made)
  assert.deepEqual(reader.progress, { indexedSeq: 2, spoolSeq: 3, ready: true })
  assert.equal((await reader.list({ ...ALWAYS, limit: 5 })).events.length, 2)
  assert.equal(await reader.count({ ...ALWAYS, client: 'tpp-a' }), 2)
  assert.equal((await reader.group({ ...ALWAYS, by: 'client' }))[0]?.count, 2)
  assert.equal((await reader.find('d-2'))?.seq, 2)
  await reader.close()
  assert.equal(statSync(join(made.dir, 'gatehouse.db')).mtimeMs, before)
})

test('a half-filled index says so instead of answering', async (t) => {
  const made = await spoolOf(
    t,
    Array.from({ length: 5000 }, (_, i) => nthEvent(i)),
  )
  const writer = await openIndexWriter(made)
  assert.equal(await writer.step(), 4000)
  assert.equal(writer.progress.ready, false)
  writer.close()
  await assert.rejects(readEventIndex(made), code('GH_AUDIT_INDEX_NOT_READY'))
})

test('old rows are forgotten in small steps, by time', async (t) => {
  const made = await spoolOf(
    t,
    Array.from({ length: 10 }, (_, i) => nthEvent(i)),
  )
  const writer = await caughtUp(t, made)
  assert.equal(writer.forget(NOON + 4 * 60_000), 4)
  assert.equal(writer.forget(NOON + 4 * 60_000), 0)
  writer.close()
  const reader = await readEventIndex(made)
  assert.equal(await reader.count(ALWAYS), 6)
  await reader.close()
})

test('two writers of one index: the second is refused', async (t) => {
  const made = await spoolOf(t, [nthEvent(1)])
  await caughtUp(t, made)
  await assert.rejects(openEventIndex(made), code('GH_STORE_LOCKED'))
  await assert.rejects(
    openEventIndex({ dir: made.dir, spoolDir: temporaryFolder(t) }),
    code('GH_EVENTS_SPOOL_MISSING'),
  )
})

test('an index of an empty spool is ready and answers with nothing', async (t) => {
  const made = await spoolOf(t, [])
  const index = await openEventIndex(made)
  t.after(() => index.close())
  assert.deepEqual(await index.step(0), { indexedSeq: 0, spoolSeq: 0, ready: true })
  assert.deepEqual(await index.list({ ...ALWAYS, limit: 1 }), {
    events: [],
    next: null,
    unreadable: 0,
  })
})

test('killed at any instant, an index holds each event exactly once afterwards', async (t) => {
  const rounds = Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 3)
  const events = Array.from({ length: 13_000 }, (_, i) => nthEvent(i))
  const made = await spoolOf(t, events)
  let interrupted = 0
  for (let round = 0; round < rounds; round++) {
    const child = fork(join(import.meta.dirname, 'indexing-writer.ts'), [made.dir, made.spoolDir])
    const exited = once(child, 'exit')
    const batches = 1 + (round % 3)
    for (let seen = 0; seen < batches; seen++) {
      const first = await Promise.race([once(child, 'message'), exited])
      if (first[0] !== 'batch') break
    }
    child.kill('SIGKILL')
    const [, signal] = await exited
    if (signal === 'SIGKILL') interrupted++
    const writer = await openIndexWriter(made)
    assert.equal(writer.discarded, null)
    while ((await writer.step()) > 0);
    assert.deepEqual(writer.progress, { indexedSeq: 13_000, spoolSeq: 13_000, ready: true })
    writer.close()
    const reader = await readEventIndex(made)
    assert.equal(await reader.count({ ...ALWAYS, client: 'tpp-a' }), 13_000)
    await reader.close()
    const again = await openIndexWriter(made)
    again.distrust('the next round begins from nothing')
    await again.step()
    again.close()
  }
  assert.ok(interrupted > 0, 'no child was killed while it worked')
})

test('a name that no database takes stops nothing and is found', async (t) => {
  const odd = 'odd\uD800\0name'
  const made = await spoolOf(t, [nthEvent(1, { client: odd, operation: '\0' }), nthEvent(2)])
  const index = await openEventIndex(made)
  t.after(() => index.close())
  await index.step(0)
  assert.equal(await index.count(ALWAYS), 2)
  assert.equal(await index.count({ ...ALWAYS, client: odd }), 1)
  assert.equal((await index.find('d-1'))?.seq, 1)
})
