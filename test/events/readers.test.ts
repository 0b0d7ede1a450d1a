import assert from 'node:assert/strict'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { nodeDisk, type StoredEvent } from '../../src/events/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { append, filled, open } from './spool-harness.ts'

const ids = (events: readonly StoredEvent[]): string[] => events.map((stored) => stored.event.id)

test('`read` gives events in order, again until they are committed, and none past the end', async (t) => {
  const { spool } = await open(t, { limits: { maxSegmentBytes: 600 } })
  const consumer = await spool.consumer('posture')
  assert.deepEqual(await consumer.read(10), [])
  for (let i = 1; i <= 9; i++) await append(spool, `e${i}`, 'buffered')
  assert.deepEqual(ids(await consumer.read(2)), ['e1', 'e2'])
  const again = await consumer.read(4)
  assert.deepEqual(ids(again), ['e1', 'e2', 'e3', 'e4'])
  const third = again[2]
  assert.ok(third !== undefined)
  await consumer.commit(third)
  assert.deepEqual(ids(await consumer.read(99)), ['e4', 'e5', 'e6', 'e7', 'e8', 'e9'])
  assert.deepEqual(await consumer.read(0), [])
  assert.deepEqual([third.partition, third.seq], [0, 3])
  assert.match(third.hash, /^[0-9a-f]{64}$/)
})

test('a consumer that dies between handling and committing sees the events again', async (t) => {
  const { spool, dir } = await open(t)
  for (let i = 1; i <= 6; i++) await append(spool, `e${i}`)
  const before = await spool.consumer('risk')
  const handled = await before.read(2)
  const last = handled.at(-1)
  if (last !== undefined) await before.commit(last)
  await before.read(3) // handled, never committed
  await spool.close()
  const { spool: again } = await open(t, { dir })
  const after = await again.consumer('risk')
  assert.deepEqual(ids(await after.read(9)), ['e3', 'e4', 'e5', 'e6'])
  const other = await again.consumer('audit')
  assert.deepEqual(ids(await other.read(1)), ['e1'])
})

test('`commit` keeps the offset at the end of a spool that then grows', async (t) => {
  const dir = await filled(t, 3)
  const first = await open(t, { dir })
  const consumer = await first.spool.consumer('a')
  const last = (await consumer.read(9)).at(-1)
  assert.ok(last !== undefined)
  await consumer.commit(last)
  await consumer.commit(last)
  await first.spool.close()
  const second = await open(t, { dir, limits: { maxSegmentBytes: 100 } })
  const again = await second.spool.consumer('a')
  assert.deepEqual(await again.read(9), [])
  await append(second.spool, 'e4')
  await append(second.spool, 'e5')
  assert.deepEqual(ids(await again.read(9)), ['e4', 'e5'])
})

test('`commit` syncs the events first, so that no offset outlives what it points at', async (t) => {
  const order: string[] = []
  const dir = join(temporaryFolder(t), 'spool')
  const { spool } = await open(t, {
    dir,
    disk: {
      ...nodeDisk,
      fdatasync(fd, done) {
        order.push(existsSync(join(dir, 'consumers', 'a.json')) ? 'offset first' : 'events first')
        nodeDisk.fdatasync(fd, done)
      },
    },
  })
  order.length = 0
  await append(spool, 'e1', 'buffered')
  const consumer = await spool.consumer('a')
  const [event] = await consumer.read(1)
  assert.ok(event !== undefined)
  await consumer.commit(event)
  assert.deepEqual(order, ['events first'])
  assert.ok(existsSync(join(dir, 'consumers', 'a.json')))
})

test('`commit` refuses an event that the consumer did not read', async (t) => {
  const { spool } = await open(t)
  await append(spool, 'e1')
  const [mine, other] = [await spool.consumer('a'), await spool.consumer('b')]
  const [event] = await other.read(1)
  assert.ok(event !== undefined)
  await assert.rejects(mine.commit(event), TypeError)
})

/** An offset file whose sum is right, so that what it says is judged. */
const summed = (text: string): string => `${text},"crc":${crc32(text)}}\n`

test('`consumer` starts over when its offset file is damaged or belongs to another spool', async (t) => {
  const dir = await filled(t, 4)
  const strangers = [
    '',
    'not an offset',
    '{"v":1,"seq":2}',
    summed(`{"v":1,"seq":2,"hash":"${'0'.repeat(64)}","segment":1,"offset":64`),
    summed(`{"v":1,"seq":2,"hash":"${'0'.repeat(64)}","segment":9,"offset":64`),
    summed(`{"v":1,"seq":99,"hash":"${'0'.repeat(64)}","segment":1,"offset":99999`),
  ]
  const { spool } = await open(t, { dir })
  for (const [index, text] of strangers.entries()) {
    writeFileSync(join(dir, 'consumers', `c${index}.json`), text)
    const consumer = await spool.consumer(`c${index}`)
    assert.deepEqual(ids(await consumer.read(1)), ['e1'], text)
  }
})

test('`consumer` refuses names that are no plain words', async (t) => {
  const { spool, dir } = await open(t)
  for (const name of ['', '../escape', 'A', 'a/b', 'a'.repeat(65), '.hidden', '__proto__'])
    await assert.rejects(spool.consumer(name), TypeError, name)
  await spool.consumer('a'.repeat(64))
  assert.deepEqual(readdirSync(join(dir, 'consumers')), [])
})

test('`tail` gives what is there and then what comes, across segments, until aborted', async (t) => {
  const { spool } = await open(t, { limits: { maxSegmentBytes: 600 } })
  for (let i = 1; i <= 7; i++) await append(spool, `e${i}`)
  const stop = new AbortController()
  const seen: string[] = []
  const caughtUp = Promise.withResolvers<void>()
  const following = (async () => {
    for await (const stored of spool.tail({ from: 3, signal: stop.signal })) {
      seen.push(stored.event.id)
      if (stored.event.id === 'e7') caughtUp.resolve()
      if (stored.event.id === 'e9') stop.abort()
    }
  })()
  await caughtUp.promise
  await append(spool, 'e8', 'buffered')
  await append(spool, 'e9', 'buffered')
  await following
  assert.deepEqual(seen, ['e3', 'e4', 'e5', 'e6', 'e7', 'e8', 'e9'])
})

test('`tail` from the end gives only what comes later, and ends while waiting', async (t) => {
  const { spool } = await open(t)
  await append(spool, 'e1')
  const stop = new AbortController()
  const tail = spool.tail({ from: 'end', signal: stop.signal })
  const next = tail.next()
  await new Promise<void>((resolve) => setImmediate(resolve))
  await append(spool, 'e2')
  const { value } = await next
  assert.equal(value?.event.id, 'e2')
  const waiting = tail.next()
  stop.abort()
  assert.equal((await waiting).done, true)
})

test('`find` finds recent events, old ones in any segment, and nothing for other ids', async (t) => {
  const dir = await filled(t, 30, { limits: { maxSegmentBytes: 700 } })
  const { spool } = await open(t, { dir })
  await append(spool, 'fresh', 'buffered', 'speaks of "e7" and e8')
  const fresh = await spool.find('fresh')
  assert.deepEqual([fresh?.seq, fresh?.event.id], [31, 'fresh'])
  const consumer = await spool.consumer('check')
  const all = await consumer.read(99)
  for (const stored of all) assert.deepEqual(await spool.find(stored.event.id), stored)
  assert.equal(await spool.find('e99'), undefined)
  assert.equal(await spool.find(''), undefined)
})

test('`tail` ends at once when it was aborted before, and gives nothing after an abort in the middle of a page', async (t) => {
  const { spool } = await open(t)
  for (let i = 1; i <= 5; i++) await append(spool, `e${i}`)
  const done = AbortSignal.abort()
  assert.equal((await spool.tail({ from: 1, signal: done }).next()).done, true)
  const stop = new AbortController()
  const seen: string[] = []
  for await (const stored of spool.tail({ from: 1, signal: stop.signal })) {
    seen.push(stored.event.id)
    if (seen.length === 2) stop.abort()
  }
  assert.deepEqual(seen, ['e1', 'e2'])
})

test('`tail` gives all of what is longer than a page, and what comes while a slow reader holds one', async (t) => {
  const { spool } = await open(t)
  await Promise.all(Array.from({ length: 600 }, (_, i) => append(spool, `e${i + 1}`, 'buffered')))
  const stop = new AbortController()
  const seqs: number[] = []
  for await (const stored of spool.tail({ from: 2, signal: stop.signal })) {
    seqs.push(stored.seq)
    if (seqs.length === 300) await append(spool, 'late', 'buffered')
    if (stored.event.id === 'late') stop.abort()
  }
  assert.deepEqual(
    seqs,
    Array.from({ length: 600 }, (_, i) => i + 2),
  )
})

test('a listener that stopped is told of nothing more', async (t) => {
  const { spool } = await open(t)
  let told = 0
  const stop = spool.onWritten(() => told++)
  await append(spool, 'e1')
  stop()
  await append(spool, 'e2')
  assert.equal(told, 1)
})
