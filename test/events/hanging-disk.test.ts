/** A disk that does not answer, and no error either: callers are refused in time, once, and it goes on when the disk does. */
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type Disk, nodeDisk, openSpool, type Spool, verifySpool } from '../../src/events/index.ts'
import type { Scheduler } from '../../src/lib/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type HangingDisk, hangingDisk } from './hanging-disk.ts'
import { append, idsOf, notice, open, segmentsOf, soon } from './spool-harness.ts'

/** The promise, to the client. */
const PROMISED_MS = 100
/** What a machine that does other things too may make of it: the best of a few tries keeps the promise itself. */
const REFUSED_WITHIN_MS = 1_000
/** Answers are refused after 90 ms; what comes after that waits for nothing. */
const AT_ONCE_MS = 500

interface Hanging {
  readonly spool: Spool
  readonly dir: string
  readonly disk: HangingDisk
  /** Every answer there ever was to an event, by id. */
  readonly answers: Map<string, ('taken' | 'refused')[]>
  /** Milliseconds to the first answer. */
  ask(id: string, durability: 'strict' | 'buffered'): Promise<number>
}

async function hanging(
  t: TestContext,
  limits: { readonly maxSegmentBytes?: number } = {},
  scheduler: Scheduler = realScheduler,
): Promise<Hanging> {
  const disk = hangingDisk()
  const dir = join(temporaryFolder(t), 'spool')
  const spool = await openSpool({ dir, create: true, scheduler, disk, limits })
  t.after(() => (disk.release(), spool.close()))
  const answers: Hanging['answers'] = new Map()
  return {
    spool,
    dir,
    disk,
    answers,
    ask(id, durability) {
      const asked = performance.now()
      const told: ('taken' | 'refused')[] = []
      answers.set(id, told)
      return new Promise((resolve) =>
        spool.append(notice(id), durability, (failure) => {
          told.push(failure === undefined ? 'taken' : 'refused')
          resolve(performance.now() - asked)
        }),
      )
    },
  }
}

async function judged({ spool, dir, disk, answers }: Hanging): Promise<void> {
  disk.release()
  await soon(() => spool.health().state === 'open')
  await append(spool, 'after')
  const kept = await idsOf(spool)
  await spool.close()
  for (const [id, told] of answers) {
    assert.equal(told.length, 1, `${id} was answered ${told.join(', ')}`)
    if (told[0] === 'taken') assert.ok(kept.includes(id), `${id} was taken`)
  }
  assert.equal(new Set(kept).size, kept.length, 'nothing twice')
  const report = await verifySpool(dir)
  assert.equal(report.damage ?? report.torn, null)
}

test('a sync that does not return refuses strict events in time, later ones at once, and none is answered again', async (t) => {
  const one = await hanging(t)
  await one.ask('before', 'strict')
  const waits: number[] = []
  for (let round = 0; round < 5; round++) {
    one.disk.hang.add('fdatasync')
    waits.push(await one.ask(`s${round}`, 'strict'))
    assert.equal(one.spool.health().state, 'stalled')
    assert.match(one.spool.health().trouble ?? '', /does not answer/)
    assert.ok((await one.ask(`t${round}`, 'strict')) < AT_ONCE_MS)
    for (const id of [`s${round}`, `t${round}`]) assert.deepEqual(one.answers.get(id), ['refused'])
    one.disk.release()
    await soon(() => one.spool.health().state === 'open')
  }
  t.diagnostic(`refused after ${waits.map(Math.round).join(', ')} ms`)
  assert.ok(Math.min(...waits) <= PROMISED_MS && Math.max(...waits) < REFUSED_WITHIN_MS)
  await judged(one)
})

test('buffered events go on while a sync is late, and are refused once a second is over: a power cut costs no more', async (t) => {
  const one = await hanging(t)
  one.disk.hang.add('fdatasync')
  await one.ask('s1', 'strict')
  await one.ask('b1', 'buffered')
  assert.deepEqual(one.answers.get('b1'), ['taken'])
  await new Promise((resolve) => setTimeout(resolve, 1_300))
  await one.ask('b2', 'buffered')
  assert.deepEqual(one.answers.get('b2'), ['refused'])
  await judged(one)
})

test('a write that does not return refuses all in time, and what was never given to the disk is never found', async (t) => {
  const one = await hanging(t)
  one.disk.hang.add('write')
  const first = one.ask('s1', 'strict')
  await new Promise<void>((resolve) => setImmediate(resolve))
  const rest = [one.ask('s2', 'strict'), one.ask('b1', 'buffered')]
  for (const waited of await Promise.all([first, ...rest]))
    assert.ok(waited < REFUSED_WITHIN_MS, `${waited} ms`)
  assert.ok((await one.ask('b2', 'buffered')) < AT_ONCE_MS)
  assert.deepEqual([...one.answers.values()].flat(), ['refused', 'refused', 'refused', 'refused'])
  one.disk.release()
  await soon(() => one.spool.health().state === 'open')
  assert.deepEqual(await idsOf(one.spool), ['s1'])
  await judged(one)
})

test('a disk that hangs while a segment is changed refuses in time and goes on with the new one', async (t) => {
  for (const kind of [
    'remove',
    'open',
    'rename',
    'syncFolder',
  ] as const satisfies readonly (keyof Disk)[]) {
    const one = await hanging(t, { maxSegmentBytes: 300 })
    one.disk.hang.add(kind)
    for (let count = 0; count < 4; count++) {
      const waited = await one.ask(`s${count}`, 'strict')
      assert.ok(waited < REFUSED_WITHIN_MS, `${kind}: ${waited} ms`)
    }
    assert.deepEqual(one.answers.get('s3'), ['refused'], kind)
    assert.equal(one.disk.kept, 1, kind)
    await judged(one)
    assert.ok(segmentsOf(one.dir).length > 1, kind)
  }
})

test('the loop goes on while the disk hangs', async (t) => {
  const one = await hanging(t)
  for (const kind of ['write', 'fdatasync'] as const) {
    one.disk.hang.add(kind)
    const waiting = one.ask(kind, 'strict')
    let turns = 0
    const count = setInterval(() => turns++, 5)
    await waiting
    clearInterval(count)
    assert.ok(turns > 4, `${kind}: ${turns} turns`)
    one.disk.release()
    await soon(() => one.spool.health().state === 'open')
  }
  await judged(one)
})

test('`close` ends although the disk hangs, and waits for one that is only slow', async (t) => {
  // Time that goes fifty times as fast.
  const quick: Scheduler = {
    every: (ms, work) => realScheduler.every(ms / 50, work),
    after: (ms, work) => realScheduler.after(ms / 50, work),
  }
  const stuck = await hanging(t, {}, quick)
  await stuck.ask('b1', 'buffered')
  stuck.disk.hang.add('fdatasync')
  await stuck.spool.close()
  const slow = await hanging(t, {}, quick)
  await slow.ask('b1', 'buffered')
  slow.disk.hang.add('fdatasync')
  const closed = slow.spool.close()
  await new Promise((resolve) => setTimeout(resolve, 20))
  slow.disk.release()
  await closed
  const again = await open(t, { dir: slow.dir })
  assert.deepEqual(await idsOf(again.spool), ['b1'])
})

test('a segment whose name may be there already takes the place of the one before, so that nothing is lost behind its back', async (t) => {
  for (const kind of ['rename', 'syncFolder'] as const) {
    let failing = 0
    const broken = Object.assign(new Error('EIO'), { code: 'EIO' })
    const { spool, dir, clock } = await open(t, {
      limits: { maxSegmentBytes: 300 },
      disk: {
        ...nodeDisk,
        // The worst that a failure may be: done all the same.
        rename: (from, to) =>
          nodeDisk.rename(from, to).then(() => {
            if (kind === 'rename' && failing-- > 0) throw broken
          }),
        syncFolder: (path) =>
          nodeDisk.syncFolder(path).then(() => {
            if (kind === 'syncFolder' && failing-- > 0) throw broken
          }),
      },
    })
    const taken: string[] = []
    failing = 2
    for (let count = 0; count < 9; count++) {
      const id = `e${count}`
      await append(spool, id).then(
        () => taken.push(id),
        () => undefined,
      )
      await soon(() => (clock.advance(1000), spool.health().state === 'open'))
      // As a killed process leaves it, at every step.
      const left = join(temporaryFolder(t), 'spool')
      cpSync(dir, left, { recursive: true, filter: (name) => !name.endsWith('.lock') })
      const again = await open(t, { dir: left })
      const kept = await idsOf(again.spool)
      assert.deepEqual(
        taken.filter((one) => !kept.includes(one)),
        [],
        `${kind} after ${id}`,
      )
      await again.spool.close()
      assert.equal((await verifySpool(left)).damage, null)
    }
    assert.ok(failing <= 0 && taken.length > 5, 'the check is blind')
  }
})
