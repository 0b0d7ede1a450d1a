import assert from 'node:assert/strict'
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { accessEvent } from '../../test/support/access-event.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { keepHold, newHold, openEventIndex, releasedHold } from '../audit/index.ts'
import { openSpool, type Spool, verifySpool } from '../events/index.ts'
import { recordActivation } from './activation-log.ts'
import { indexFolders } from './event-questions.ts'
import { DAY_MS, indexDays, runRetention, startRetention } from './retention.ts'
import { retentionReport } from './retention-report.ts'

const CONFIG = { events: 400, index: 400, observations: 400, plans: 400 }
const plan = (letter: string): string => `sha256:${letter.repeat(64)}`

async function installation(t: TestContext) {
  const dataDir = temporaryFolder(t)
  const clock = new FakeClock()
  const { spoolDir } = indexFolders(dataDir)
  const limits = { maxSegmentBytes: 1500 }
  const spool = await openSpool({ dir: spoolDir, create: true, scheduler: clock, limits })
  t.after(() => spool.close())
  const index = await openEventIndex(indexFolders(dataDir))
  t.after(() => index.close())
  const pruned: number[] = []
  let ids = 0
  const parts = {
    dataDir,
    config: () => CONFIG,
    spool,
    indexing: { index: () => index },
    active: () => plan('a'),
    pruneObservations: (before: number) => Promise.resolve(pruned.push(before)),
    clock,
    newId: () => `deletion-${++ids}`,
  }
  return { dataDir, clock, spool, spoolDir, index, parts, pruned }
}

function add(spool: Spool, at: number, id: string, digest = plan('a')): Promise<void> {
  return new Promise((resolve, reject) =>
    spool.append(accessEvent({ id, at, plan: digest }), 'strict', (failure) =>
      failure === undefined ? resolve() : reject(failure),
    ),
  )
}

/** One event a day, 20 days ending now. */
async function fill(spool: Spool, clock: FakeClock): Promise<void> {
  const now = clock.now()
  for (let day = 0; day < 20; day++) await add(spool, now - (19 - day) * DAY_MS, `d-${day}`)
}

test('after its days an event goes, with proof, and everything before it too; the rest stays', async (t) => {
  const { spool, clock, spoolDir, index, parts, pruned, dataDir } = await installation(t)
  await fill(spool, clock)
  await index.step(0)
  assert.deepEqual((await runRetention(parts, 'a test')).deletions, [])
  clock.advance(390 * DAY_MS)
  const run = await runRetention(parts, 'a test')
  assert.equal(run.deletions.length, 1)
  const [deletion] = run.deletions
  assert.ok(deletion !== undefined && deletion.lastSeq >= 5 && deletion.lastSeq <= 9)
  assert.deepEqual([deletion.policy, deletion.by], ['events: 400d', 'a test'])
  assert.equal((await verifySpool(spoolDir)).damage, null)
  assert.equal(await spool.find('d-0'), undefined)
  assert.ok(await spool.find('d-19'))
  assert.deepEqual(pruned.slice(-1), [clock.now() - 400 * DAY_MS])
  // The index forgets with the spool.
  await index.step(0)
  assert.equal(
    await index.count({ since: 0, until: clock.now(), client: 'tpp-a' }),
    20 - deletion.lastSeq,
  )
  const report = await retentionReport({ dataDir, retention: CONFIG }, clock.now())
  assert.equal(report.events?.deletedTo, deletion.lastSeq)
  assert.deepEqual(report.events?.deletions, [deletion])
  assert.deepEqual(report.events?.wouldGo, [])
})

test('a dry run names what the next run deletes, and deletes nothing', async (t) => {
  const { spool, clock, index, parts, dataDir, spoolDir } = await installation(t)
  await fill(spool, clock)
  await index.step(0)
  clock.advance(395 * DAY_MS)
  const before = readdirSync(spoolDir).sort()
  const report = await retentionReport({ dataDir, retention: CONFIG }, clock.now())
  assert.deepEqual(readdirSync(spoolDir).sort(), before)
  const { deletions } = await runRetention(parts, 'a test')
  assert.deepEqual(
    report.events?.wouldGo.map((one) => one.ordinal),
    deletions.flatMap((one) => one.segments.map(({ ordinal }) => ordinal)),
  )
  assert.ok((report.events?.wouldGo.length ?? 0) > 1)
})

test('while a hold is in force nothing goes; when it is released or over, it does', async (t) => {
  const { spool, clock, index, parts, dataDir } = await installation(t)
  await fill(spool, clock)
  await index.step(0)
  clock.advance(395 * DAY_MS)
  const given = { until: clock.now() + DAY_MS, reason: 'inquiry 2026/17', by: 'dana' }
  const hold = newHold(given, clock.now())
  keepHold(dataDir, hold)
  const held = await runRetention(parts, 'a test')
  assert.deepEqual([held.holds, held.deletions], [[hold], []])
  assert.equal(
    (await retentionReport({ dataDir, retention: CONFIG }, clock.now())).holds[0]?.inForce,
    true,
  )
  const released = { by: 'kim', reason: 'it is closed now' }
  keepHold(dataDir, releasedHold(dataDir, hold.id, released, clock.now()))
  keepHold(dataDir, newHold(given, clock.now()))
  assert.equal((await runRetention(parts, 'a test')).deletions.length, 0)
  clock.advance(DAY_MS)
  assert.equal((await runRetention(parts, 'a test')).deletions.length, 1)
})

test('what the index or a consumer has not read waits for it', async (t) => {
  const { spool, clock, index, parts } = await installation(t)
  await fill(spool, clock)
  clock.advance(500 * DAY_MS)
  const waiting = await runRetention(parts, 'a test')
  assert.deepEqual([waiting.deletions, waiting.heldBy], [[], 'index'])
  await index.step(0)
  const consumer = await spool.consumer('posture')
  const [first] = await consumer.read(1)
  if (first !== undefined) await consumer.commit(first)
  const behind = await runRetention(parts, 'a test')
  assert.deepEqual([behind.deletions, behind.heldBy], [[], 'posture'])
  const last = (await consumer.read(100)).at(-1)
  if (last !== undefined) await consumer.commit(last)
  assert.equal((await runRetention(parts, 'a test')).deletions.length, 1)
})

test('plans that no event names go after their time; named, running and needed ones stay', async (t) => {
  const { spool, clock, index, parts, dataDir } = await installation(t)
  const kept = (letter: string): string => join(dataDir, 'plans', `${letter.repeat(64)}.json`)
  mkdirSync(join(dataDir, 'plans'))
  for (const letter of 'abcdef') {
    writeFileSync(kept(letter), '{}')
    const seconds = (clock.now() - 500 * DAY_MS) / 1000
    utimesSync(kept(letter), seconds, letter === 'f' ? clock.now() / 1000 : seconds)
  }
  await add(spool, clock.now(), 'd-1', plan('b'))
  // `c` was replaced by `d` within the time that is kept, so posture of those days needs both.
  recordActivation(dataDir, { at: clock.now() - 600 * DAY_MS, digest: plan('e') })
  recordActivation(dataDir, { at: clock.now() - 500 * DAY_MS, digest: plan('c') })
  recordActivation(dataDir, { at: clock.now() - 10 * DAY_MS, digest: plan('d') })
  assert.deepEqual((await runRetention(parts, 'a test')).plans, [], 'the index cannot say yet')
  await index.step(0)
  const { plans } = await runRetention(parts, 'a test')
  assert.deepEqual(
    plans.map((one) => one.digest),
    [plan('e')],
  )
  assert.deepEqual(
    [...'abcdef'].filter((letter) => existsSync(kept(letter))),
    [...'abcdf'],
  )
})

test('the job runs by itself, one run at a time, and says once what is in its way', async (t) => {
  const { spool, clock, index, parts, dataDir } = await installation(t)
  await fill(spool, clock)
  await index.step(0)
  const said: string[] = []
  const job = startRetention({ ...parts, scheduler: clock, say: (text) => said.push(text) })
  const given = { until: clock.now() + 396 * DAY_MS, reason: 'inquiry 2026/17', by: 'd' }
  keepHold(dataDir, newHold(given, clock.now()))
  clock.advance(395 * DAY_MS)
  await job.stop()
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /hold-/)
  clock.advance(2 * DAY_MS)
  const again = startRetention({ ...parts, scheduler: clock, say: (text) => said.push(text) })
  clock.advance(DAY_MS)
  await again.stop()
  assert.equal((await spool.find('deletion-1'))?.event.kind, 'notice')
})

test('the index is never kept longer than the events', () => {
  assert.equal(indexDays({ ...CONFIG, events: 90 }), 90)
  assert.equal(indexDays({ ...CONFIG, index: 7 }), 7)
})
