/** The power is cut after every single call to the disk, and each time four ways of what may be left of what was not synced. */
import assert from 'node:assert/strict'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openSpool, verifySpool } from '../../src/events/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { cuttingDisk, type Moment, restore, UNSYNCED } from './cutting-disk.ts'
import { append, idsOf, open } from './spool-harness.ts'

interface Taken {
  readonly moment: Moment
  /** Answered before the cut: strict ones, and all in the order they were given. */
  readonly strict: readonly string[]
}

/** What is done to the spool; every disk call on the way is a moment. */
async function recorded(
  t: TestContext,
  limits: { readonly maxSegmentBytes?: number },
  story: (
    add: (durability: 'strict' | 'buffered') => Promise<void>,
    clock: FakeClock,
  ) => Promise<void>,
): Promise<{
  readonly dir: string
  readonly given: readonly string[]
  readonly taken: readonly Taken[]
}> {
  const disk = cuttingDisk()
  const { spool, dir, clock } = await open(t, { disk, limits })
  const given: string[] = []
  const strict: string[] = []
  const taken: Taken[] = []
  disk.after = (call) => taken.push({ moment: disk.moment(call), strict: [...strict] })
  const add = async (durability: 'strict' | 'buffered'): Promise<void> => {
    const id = `${durability}-${given.length + 1}`
    given.push(id)
    await append(spool, id, durability)
    if (durability === 'strict') strict.push(id)
  }
  await story(add, clock)
  disk.after = () => undefined
  await spool.close()
  return { dir, given, taken }
}

async function judge(
  t: TestContext,
  { dir: source, given, taken }: Awaited<ReturnType<typeof recorded>>,
): Promise<{ readonly shortest: number; readonly calls: ReadonlySet<string> }> {
  const base = temporaryFolder(t)
  let shortest = Infinity
  for (const [index, { moment, strict }] of taken.entries())
    for (const unsynced of UNSYNCED) {
      const what = `call ${index} (${moment.call}), ${unsynced}`
      const dir = join(base, 'spool')
      restore(source, moment, dir, unsynced)
      const disk = cuttingDisk()
      const spool = await openSpool({ dir, scheduler: new FakeClock(), disk })
      assert.equal((await verifySpool(dir)).damage, null, what)
      const kept = await idsOf(spool)
      assert.deepEqual(kept, given.slice(0, kept.length), `${what}: a gap or a stranger`)
      assert.deepEqual(
        strict.filter((id) => !kept.includes(id)),
        [],
        `${what}: lost what was answered as synced`,
      )
      shortest = Math.min(shortest, kept.length)
      // What was found counts as synced from now on: a second cut takes none of it.
      const second = join(base, 'second')
      cpSync(dir, second, { recursive: true, filter: (name) => !name.endsWith('.lock') })
      restore(dir, disk.moment('open'), second, 'nothing')
      const reopened = await openSpool({
        dir: second,
        scheduler: new FakeClock(),
        disk: cuttingDisk(),
      })
      assert.deepEqual(await idsOf(reopened), kept, `${what}: second cut`)
      await reopened.close()
      // And it goes on: numbers and chain continue.
      await append(spool, 'later', 'strict')
      await spool.close()
      const report = await verifySpool(dir)
      assert.equal(report.damage ?? report.torn, null, what)
      assert.equal(report.records, kept.length + 1)
      for (const done of [dir, second]) rmSync(done, { recursive: true })
    }
  return { shortest, calls: new Set(taken.map(({ moment }) => moment.call)) }
}

test('a power cut at any call loses no strict event, and of the buffered ones only the last', async (t) => {
  const told = await recorded(t, {}, async (add, clock) => {
    await add('strict')
    await Promise.all([add('buffered'), add('strict'), add('buffered')])
    await add('buffered')
    clock.advance(500)
    await add('buffered')
    await Promise.all([add('strict'), add('strict')])
  })
  assert.ok(told.taken.length > 10, `${told.taken.length} moments: the check is blind`)
  const { calls } = await judge(t, told)
  assert.ok(calls.has('write') && calls.has('fdatasync'))
})

test('a power cut at any call of a change of segment loses nothing that was synced', async (t) => {
  const told = await recorded(t, { maxSegmentBytes: 400 }, async (add) => {
    for (let i = 0; i < 3; i++) {
      const first = add('strict')
      await new Promise<void>((resolve) => setImmediate(resolve))
      // Written while the sync of the first is under way.
      await Promise.all([first, add('buffered'), add('strict')])
    }
  })
  const { calls } = await judge(t, told)
  for (const call of ['write', 'fdatasync', 'rename', 'syncFolder', 'close'])
    assert.ok(calls.has(call), call)
})

test('a power cut while a suspect segment is written again loses nothing that was synced', async (t) => {
  const disk = cuttingDisk()
  const sync = disk.fdatasync
  const { spool, dir } = await open(t, { disk })
  const taken: Taken[] = []
  const strict: string[] = []
  disk.after = (call) => taken.push({ moment: disk.moment(call), strict: [...strict] })
  await append(spool, 'e1', 'strict')
  strict.push('e1')
  await append(spool, 'e2', 'buffered')
  disk.fdatasync = (_fd, done) => setImmediate(() => done(new Error('EIO')))
  await assert.rejects(append(spool, 'e3', 'strict'))
  disk.fdatasync = sync
  await append(spool, 'e4', 'strict')
  strict.push('e4')
  await append(spool, 'e5', 'buffered')
  disk.after = () => undefined
  await spool.close()
  const { calls } = await judge(t, { dir, given: ['e1', 'e2', 'e3', 'e4', 'e5'], taken })
  assert.ok(calls.has('rename'))
})
