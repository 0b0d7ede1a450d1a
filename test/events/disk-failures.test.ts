/** Each call to the disk fails in turn, at each thing the spool does: what was answered stays, what was refused is said, and it goes on. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type Disk, nodeDisk, openSpool, verifySpool } from '../../src/events/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { append, filled, idsOf, later, open, segmentsOf, soon } from './spool-harness.ts'

const CALLS = [
  'open',
  'write',
  'fdatasync',
  'truncate',
  'close',
  'rename',
  'remove',
  'syncFolder',
  'identity',
] as const satisfies readonly (keyof Disk)[]
const CODES = ['ENOSPC', 'EIO', 'EDQUOT', 'EROFS'] as const

interface Breaking extends Disk {
  /** The calls of this kind that are still to fail. */
  left: number
  kind: keyof Disk | undefined
  code: string
  failed: number
}

/** The real disk, of which one kind of call fails `left` times; a failing write may have written half. */
function breakingDisk(half = false): Breaking {
  const fails = (kind: keyof Disk): boolean => {
    if (disk.kind !== kind || disk.left <= 0) return false
    disk.left--
    disk.failed++
    return true
  }
  const failure = (kind: string): Error =>
    Object.assign(new Error(`${disk.code}: ${kind}`), { code: disk.code })
  const guard = (kind: keyof Disk): void => {
    if (fails(kind)) throw failure(kind)
  }
  const guarded = (kind: keyof Disk): Promise<void> =>
    fails(kind) ? Promise.reject(failure(kind)) : Promise.resolve()
  const disk: Breaking = {
    left: 0,
    kind: undefined,
    code: 'EIO',
    failed: 0,
    open: (path, flags) => guarded('open').then(() => nodeDisk.open(path, flags)),
    write(fd, buffers, position, blocking, done) {
      if (!fails('write')) return nodeDisk.write(fd, buffers, position, blocking, done)
      const all = Buffer.concat(buffers)
      const told = (): void => later(blocking, () => done(failure('write'), 0))
      if (half) nodeDisk.write(fd, [all.subarray(0, all.length >> 1)], position, blocking, told)
      else told()
    },
    fdatasync: (fd, done) =>
      fails('fdatasync')
        ? void setImmediate(() => done(failure('fdatasync')))
        : nodeDisk.fdatasync(fd, done),
    truncate: (fd, length) => guarded('truncate').then(() => nodeDisk.truncate(fd, length)),
    close: (fd) => {
      nodeDisk.close(fd) // the descriptor is gone all the same, as close(2) says
      guard('close')
    },
    rename: (from, to) => guarded('rename').then(() => nodeDisk.rename(from, to)),
    remove: (path) => guarded('remove').then(() => nodeDisk.remove(path)),
    syncFolder: (path) => guarded('syncFolder').then(() => nodeDisk.syncFolder(path)),
    identity: (path) => (guard('identity'), nodeDisk.identity(path)),
  }
  return disk
}

/** Thirty events, both kinds, over several segments; `answered` are those that were taken. */
async function story(
  t: TestContext,
  disk: Breaking,
  during: () => void,
): Promise<{
  readonly dir: string
  readonly answered: readonly string[]
  readonly refused: number
}> {
  const { spool, dir, clock } = await open(t, { disk, limits: { maxSegmentBytes: 700 } })
  const answered: string[] = []
  let refused = 0
  for (let round = 0; round < 10; round++) {
    if (round === 3) during()
    const ids = ['a', 'b', 'c'].map((letter) => `${letter}${round}`)
    await Promise.all(
      ids.map((id) =>
        append(spool, id, id.startsWith('a') ? 'strict' : 'buffered').then(
          () => answered.push(id),
          (error: unknown) => {
            assert.equal((error as { code?: unknown }).code, 'GH_EVENTS_SPOOL_FAILED')
            refused++
          },
        ),
      ),
    )
    // A new try each second, each of real calls.
    await soon(() => (clock.advance(1000), spool.health().state === 'open'))
  }
  assert.equal(spool.health().state, 'open', 'it recovered by itself')
  assert.equal(spool.health().refused, refused)
  await append(spool, 'last', 'strict')
  answered.push('last')
  await spool.close()
  return { dir, answered, refused }
}

for (const kind of CALLS)
  for (const times of [1, 2])
    test(`the spool keeps what it answered and goes on when ${kind} fails ${times === 1 ? 'once' : 'twice'}`, async (t) => {
      const disk = breakingDisk(times === 2)
      const { dir, answered } = await story(t, disk, () => {
        disk.kind = kind
        disk.code = CODES[(times + CALLS.indexOf(kind)) % CODES.length] ?? 'EIO'
        disk.left = times
      })
      disk.kind = undefined
      // `truncate` is only called after a failed write, which the next test does.
      if (kind !== 'truncate') assert.ok(disk.failed > 0, 'nothing failed: the check is blind')
      const report = await verifySpool(dir)
      assert.equal(report.damage ?? report.torn, null)
      const { spool } = await open(t, { dir })
      const kept = await idsOf(spool)
      assert.equal(spool.repaired, null)
      assert.equal(new Set(kept).size, kept.length, 'nothing twice')
      assert.deepEqual(
        answered.filter((id) => !kept.includes(id)),
        [],
      )
      assert.deepEqual(
        readdirSync(dir).filter((name) => name.endsWith('.new')),
        [],
        'nothing unfinished is left',
      )
    })

test('`append` refuses with the reason of the disk while every write fails, and nothing of it is kept', async (t) => {
  for (const code of CODES)
    for (const half of [false, true]) {
      const disk = breakingDisk(half)
      const { spool, dir } = await open(t, { disk })
      await append(spool, 'before')
      Object.assign(disk, { kind: 'write', left: Infinity, code })
      for (const durability of ['strict', 'buffered'] as const)
        await assert.rejects(append(spool, durability, durability), {
          code: 'GH_EVENTS_SPOOL_FAILED',
        })
      assert.match(spool.health().trouble ?? '', new RegExp(code))
      assert.deepEqual([spool.health().appended, spool.health().refused], [1, 2])
      assert.equal(spool.lastSeq, 1)
      disk.left = 0
      await append(spool, 'after')
      assert.deepEqual(await idsOf(spool), ['before', 'after'])
      await spool.close()
      assert.equal((await verifySpool(dir)).records, 2)
      assert.equal(segmentsOf(dir).length, 1)
    }
})

test('`openSpool` fails whole when the disk fails, gives its lock back, and opens once the disk works', async (t) => {
  for (const kind of ['open', 'write', 'fdatasync', 'rename', 'syncFolder'] as const)
    for (const create of [true, false]) {
      if (!create && (kind === 'rename' || kind === 'syncFolder')) continue // only a new segment needs them
      const dir = create ? join(temporaryFolder(t), 'spool') : await filled(t, 3)
      const disk = breakingDisk()
      Object.assign(disk, { kind, left: Infinity })
      const options = { dir, create, scheduler: new FakeClock(), disk }
      await assert.rejects(openSpool(options), { code: 'EIO' }, `${kind} ${create}`)
      disk.left = 0
      const spool = await openSpool(options)
      assert.deepEqual(await idsOf(spool), create ? [] : ['e1', 'e2', 'e3'])
      await append(spool, 'works')
      await spool.close()
    }
})

test('`close` ends although the disk fails, and says what it could not keep', async (t) => {
  const disk = breakingDisk()
  const { spool, dir } = await open(t, { disk })
  await append(spool, 'e1')
  Object.assign(disk, { kind: 'write', left: Infinity })
  const lost = assert.rejects(append(spool, 'e2', 'buffered'), { code: 'GH_EVENTS_SPOOL_FAILED' })
  await spool.close()
  await lost
  disk.left = 0
  const again = await open(t, { dir })
  assert.deepEqual(await idsOf(again.spool), ['e1'])
})

test('`commit` of a consumer fails whole when its events cannot be synced', async (t) => {
  const disk = breakingDisk()
  const { spool, dir } = await open(t, { disk })
  await append(spool, 'e1', 'buffered')
  const consumer = await spool.consumer('audit')
  const [event] = await consumer.read(1)
  assert.ok(event !== undefined)
  Object.assign(disk, { kind: 'fdatasync', left: 1 })
  await assert.rejects(consumer.commit(event), { code: 'GH_EVENTS_SPOOL_FAILED' })
  assert.equal(existsSync(join(dir, 'consumers', 'audit.json')), false)
  assert.deepEqual(
    (await consumer.read(9)).map((stored) => stored.event.id),
    ['e1'],
    'seen again',
  )
  const [again] = await consumer.read(1)
  assert.ok(again !== undefined)
  await consumer.commit(again)
  assert.deepEqual(await consumer.read(9), [])
})
