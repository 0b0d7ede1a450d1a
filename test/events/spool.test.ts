import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeDisk, openSpool, verifySpool } from '../../src/events/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import {
  append,
  failingDisk,
  filled,
  idsOf,
  notice,
  open,
  segmentsOf,
  soon,
} from './spool-harness.ts'

test('`append` calls back once and later, when the operating system has the bytes', async (t) => {
  const { spool, dir } = await open(t)
  let calls = 0
  await new Promise<void>((resolve) => {
    spool.append(notice('e1'), 'buffered', (failure) => {
      calls++
      assert.equal(failure, undefined)
      assert.match(readFileSync(segmentsOf(dir)[0] ?? '', 'latin1'), /"id":"e1"/)
      resolve()
    })
    assert.equal(calls, 0)
  })
  await spool.close()
  assert.equal(calls, 1)
})

test('`append` writes all of one turn at once and syncs buffered events within a second', async (t) => {
  let writes = 0
  let syncs = 0
  const { spool, clock } = await open(t, {
    disk: {
      ...nodeDisk,
      write(fd, buffers, position, blocking, done) {
        writes++
        nodeDisk.write(fd, buffers, position, blocking, done)
      },
      fdatasync(fd, done) {
        syncs++
        nodeDisk.fdatasync(fd, done)
      },
    },
  })
  writes = syncs = 0
  await Promise.all(Array.from({ length: 50 }, (_, i) => append(spool, `e${i}`, 'buffered')))
  assert.equal(writes, 1)
  assert.equal(syncs, 0)
  clock.advance(999)
  assert.equal(syncs, 1)
})

test('`append` answers strict events only after the sync that covers them', async (t) => {
  const held: (() => void)[] = []
  let syncs = 0
  let holding = false
  const { spool } = await open(t, {
    disk: {
      ...nodeDisk,
      fdatasync(fd, done) {
        if (!holding) return nodeDisk.fdatasync(fd, done)
        syncs++
        held.push(() => nodeDisk.fdatasync(fd, done))
      },
    },
  })
  holding = true
  const answered: string[] = []
  const ask = (id: string) => append(spool, id).then(() => void answered.push(id))
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const first = ask('e1')
  await turn()
  const second = [ask('e2'), ask('e3')]
  await turn()
  await turn()
  await soon(() => syncs > 0)
  assert.deepEqual(answered, [])
  assert.equal(syncs, 1)
  held.shift()?.()
  await first
  assert.deepEqual(answered, ['e1'])
  while (held.length === 0) await turn()
  assert.equal(syncs, 2, 'what gathered meanwhile shares one sync')
  held.shift()?.()
  await Promise.all(second)
  assert.deepEqual(answered, ['e1', 'e2', 'e3'])
})

test('`append` refuses past its limits of events and bytes, and goes on below them', async (t) => {
  const { spool } = await open(t, { limits: { maxWaitingEvents: 3 } })
  const taken = ['e1', 'e2', 'e3'].map((id) => append(spool, id))
  await assert.rejects(append(spool, 'e4'), { code: 'GH_EVENTS_SPOOL_FAILED' })
  await Promise.all(taken)
  await append(spool, 'e5')
  assert.deepEqual(await idsOf(spool), ['e1', 'e2', 'e3', 'e5'])
  const { bytes, ...health } = spool.health()
  assert.deepEqual(health, {
    state: 'open',
    trouble: null,
    appended: 4,
    refused: 1,
    synced: 4,
    waiting: 0,
  })
  assert.ok(bytes > 4 * 32)

  const small = await open(t, { limits: { maxUnsyncedBytes: 2000 } })
  const first = append(small.spool, 'e1', 'buffered', 'x'.repeat(2000))
  await assert.rejects(append(small.spool, 'e2', 'buffered'), { code: 'GH_EVENTS_SPOOL_FAILED' })
  await first
})

test('`append` refuses an event of more than 65,536 bytes and one that is no JSON', async (t) => {
  const { spool } = await open(t)
  const room = 65_536 - JSON.stringify(notice('e1', '')).length
  await append(spool, 'e1', 'strict', 'x'.repeat(room))
  await assert.rejects(append(spool, 'e2', 'strict', 'x'.repeat(room + 1)), {
    code: 'GH_EVENTS_SPOOL_FAILED',
  })
  await assert.rejects(append(spool, 'e3', 'strict', 'ü'.repeat(room / 2 + 1)), {
    code: 'GH_EVENTS_SPOOL_FAILED',
  })
  const wrong = { ...notice('e4'), at: 1n as never }
  await assert.rejects(
    new Promise<void>((resolve, reject) =>
      spool.append(wrong, 'strict', (failure) => (failure ? reject(failure) : resolve())),
    ),
    { code: 'GH_EVENTS_SPOOL_FAILED' },
  )
  await append(spool, 'e5', 'strict', 'ü € \u{1f600} \ud800')
  assert.deepEqual(await idsOf(spool), ['e1', 'e5'])
})

test('`openSpool` goes on with numbers and chain where it was closed', async (t) => {
  const dir = await filled(t, 5)
  const { spool } = await open(t, { dir, create: false })
  await append(spool, 'e6')
  assert.equal(spool.lastSeq, 6)
  await spool.close()
  const report = await verifySpool(dir)
  assert.equal(report.damage ?? report.torn, null)
  assert.equal(report.records, 6)
})

test('`openSpool` chains across segments when one is full', async (t) => {
  const dir = await filled(t, 40, { limits: { maxSegmentBytes: 1000 } })
  assert.ok(segmentsOf(dir).length > 4)
  const { spool } = await open(t, { dir })
  assert.deepEqual(
    await idsOf(spool),
    Array.from({ length: 40 }, (_, i) => `e${i + 1}`),
  )
  const report = await verifySpool(dir)
  assert.equal(report.damage, null)
  assert.equal(report.records, 40)
  assert.equal(report.segments, segmentsOf(dir).length)
})

test('`openSpool` refuses a wrong path, a strange folder and a second opener', async (t) => {
  const scheduler = new FakeClock()
  const base = temporaryFolder(t)
  const typo = openSpool({ dir: join(base, 'typo'), scheduler })
  await assert.rejects(typo, { code: 'GH_EVENTS_SPOOL_MISSING' })
  assert.throws(() => statSync(join(base, 'typo')))

  mkdirSync(join(base, 'photos'))
  writeFileSync(join(base, 'photos', 'cat.jpg'), 'miaow')
  const strange = openSpool({ dir: join(base, 'photos'), scheduler, create: true })
  await assert.rejects(strange, { code: 'GH_EVENTS_SPOOL_MISSING' })

  const { dir } = await open(t)
  const second = openSpool({ dir, scheduler })
  await assert.rejects(second, { code: 'GH_EVENTS_SPOOL_LOCKED' })
})

test('`openSpool` keeps folder and files to their owner', async (t) => {
  const { dir } = await open(t)
  assert.equal(statSync(dir).mode & 0o777, 0o700)
  for (const file of [...segmentsOf(dir), join(dir, 'spool.json'), join(dir, 'watermark')])
    assert.equal(statSync(file).mode & 0o777, 0o600, file)
})

for (const [name, harm] of [
  ['deleted', (file: string) => rmSync(file)],
  ['rotated away', (file: string) => renameSync(file, `${file}.1`)],
  ['replaced', (file: string) => (renameSync(file, `${file}.1`), writeFileSync(file, ''))],
] as const)
  test(`\`append\` fails and starts a new segment when its file was ${name}`, async (t) => {
    const { spool, dir } = await open(t)
    await append(spool, 'e1')
    harm(segmentsOf(dir)[0] ?? '')
    await assert.rejects(append(spool, 'e2'), { code: 'GH_EVENTS_SPOOL_FAILED' })
    await append(spool, 'e3')
    await spool.close()
    const report = await verifySpool(dir)
    assert.equal(report.damage?.segment, '0000000001.seg', 'the gap is named')
    await assert.rejects(open(t, { dir }), { code: 'GH_EVENTS_SPOOL_CORRUPT' })
  })

for (const kind of ['write', 'short'] as const)
  test(`\`append\` acknowledges nothing that a full disk refused (${kind})`, async (t) => {
    const disk = failingDisk()
    const { spool, dir } = await open(t, { disk })
    await append(spool, 'e1', 'buffered')
    disk.fail = { [kind]: 'ENOSPC' }
    const lost = ['e2', 'e3'].map((id) => append(spool, id, 'buffered'))
    lost.push(append(spool, 'e4', 'strict'))
    for (const each of lost) await assert.rejects(each, { code: 'GH_EVENTS_SPOOL_FAILED' })
    assert.match(spool.health().trouble ?? '', /ENOSPC/)
    disk.fail = {}
    await append(spool, 'e5')
    assert.deepEqual(await idsOf(spool), ['e1', 'e5'])
    await spool.close()
    const report = await verifySpool(dir)
    assert.equal(report.damage ?? report.torn, null)
    assert.equal(segmentsOf(dir).length, 1)
  })

test('`append` starts a new segment when the tail of a failed write cannot be cut', async (t) => {
  const disk = failingDisk()
  const { spool, dir, clock } = await open(t, { disk })
  await append(spool, 'e1', 'buffered')
  disk.fail = { short: 'EIO', truncate: 'EIO' }
  await assert.rejects(append(spool, 'e2', 'buffered'), { code: 'GH_EVENTS_SPOOL_FAILED' })
  assert.equal(spool.health().state, 'failed')
  disk.fail = {}
  clock.advance(1000)
  await soon(() => spool.health().state === 'open')
  await append(spool, 'e3', 'buffered')
  assert.equal(segmentsOf(dir).length, 2)
  assert.deepEqual(await idsOf(spool), ['e1', 'e3'])
  await spool.close()
  const report = await verifySpool(dir)
  assert.equal(report.damage ?? report.torn, null)
})

test('`append` goes on in a new segment after fdatasync failed, and loses nothing it had answered', async (t) => {
  const disk = failingDisk()
  const { spool, dir } = await open(t, { disk })
  await append(spool, 'e1', 'strict')
  await append(spool, 'e2', 'buffered')
  disk.fail = { fdatasync: 'EIO' }
  await assert.rejects(append(spool, 'e3', 'strict'), { code: 'GH_EVENTS_SPOOL_FAILED' })
  disk.fail = {}
  await append(spool, 'e4', 'strict')
  assert.equal(segmentsOf(dir).length, 2)
  // e3 was refused and yet is on record: more is said than was done, never less.
  assert.deepEqual(await idsOf(spool), ['e1', 'e2', 'e3', 'e4'])
  await spool.close()

  // Whatever the suspect segment holds past its last sync is void.
  const [suspect = ''] = segmentsOf(dir)
  const bytes = readFileSync(suspect)
  bytes.fill(0, bytes.indexOf('"id":"e2"'))
  writeFileSync(suspect, bytes)
  const report = await verifySpool(dir)
  assert.equal(report.damage ?? report.torn, null)
  assert.equal(report.records, 4)
  const again = await open(t, { dir })
  assert.deepEqual(await idsOf(again.spool), ['e1', 'e2', 'e3', 'e4'])
})

test('a consumer that stood inside a suspect segment goes on in the one that replaced it', async (t) => {
  const disk = failingDisk()
  const { spool } = await open(t, { disk })
  await append(spool, 'e1', 'strict')
  await append(spool, 'e2', 'buffered')
  const consumer = await spool.consumer('posture')
  const seen = await consumer.read(2)
  disk.fail = { fdatasync: 'EIO' }
  await assert.rejects(append(spool, 'e3', 'strict'))
  disk.fail = {}
  const last = seen.at(-1)
  assert.equal(last?.event.id, 'e2')
  if (last !== undefined) await consumer.commit(last)
  await append(spool, 'e4', 'strict')
  assert.deepEqual(
    (await consumer.read(9)).map((stored) => stored.event.id),
    ['e3', 'e4'],
  )
})

test('`append` refuses at once while no new segment can be made, and recovers when one can', async (t) => {
  const disk = failingDisk()
  const { spool, dir, clock } = await open(t, { disk })
  await append(spool, 'e1', 'buffered')
  disk.fail = { fdatasync: 'EIO', open: 'EROFS' }
  await assert.rejects(append(spool, 'e2', 'strict'), { code: 'GH_EVENTS_SPOOL_FAILED' })
  assert.equal(spool.health().state, 'failed')
  disk.fail = { open: 'EROFS' }
  clock.advance(5000)
  await assert.rejects(append(spool, 'e3', 'buffered'), { code: 'GH_EVENTS_SPOOL_FAILED' })
  assert.match(spool.health().trouble ?? '', /EROFS/)
  disk.fail = {}
  clock.advance(1000)
  await soon(() => spool.health().state === 'open')
  await append(spool, 'e4', 'strict')
  assert.deepEqual(await idsOf(spool), ['e1', 'e2', 'e4'])
  await spool.close()
  assert.equal((await verifySpool(dir)).damage, null)
})

test('`append` trusts no new segment that could not be synced itself', async (t) => {
  const disk = failingDisk()
  const { spool, dir, clock } = await open(t, { disk })
  await append(spool, 'e1', 'buffered')
  disk.fail = { fdatasync: 'EIO' }
  await assert.rejects(append(spool, 'e2', 'strict'), { code: 'GH_EVENTS_SPOOL_FAILED' })
  assert.equal(spool.health().state, 'failed')
  assert.equal(segmentsOf(dir).length, 1)
  disk.fail = {}
  clock.advance(1000)
  await soon(() => spool.health().state === 'open')
  assert.equal(segmentsOf(dir).length, 2)
})

test('`close` writes and syncs what was accepted, and later appends are refused', async (t) => {
  const { spool, dir } = await open(t)
  const accepted = [append(spool, 'e1', 'strict'), append(spool, 'e2', 'buffered')]
  await spool.close()
  await Promise.all(accepted)
  await assert.rejects(append(spool, 'e3'), { code: 'GH_EVENTS_SPOOL_FAILED' })
  await spool.close()
  const again = await open(t, { dir })
  assert.deepEqual(await idsOf(again.spool), ['e1', 'e2'])
})
