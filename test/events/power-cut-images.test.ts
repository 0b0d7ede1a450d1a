/**
 * Thousands of power cuts of the spool: stories of appends, rotations and failing disks by chance, cut after any call, of the unsynced bytes
 * any part left, torn at 512 bytes. No event answered as synced is lost, every image opens, verifies and goes on.
 * GATEHOUSE_CUT_SEED repeats a run, GATEHOUSE_CUT_IMAGES says how many (5,000).
 */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSpool, verifySpool } from '../../src/events/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { seededChance } from '../support/seeded-chance.ts'
import { cuttingDisk, type Leaves, type Moment, restore } from './cutting-disk.ts'
import { append, idsOf, soon } from './spool-harness.ts'

const IMAGES = Number(process.env['GATEHOUSE_CUT_IMAGES'] ?? 5_000)
const SEED = Number(process.env['GATEHOUSE_CUT_SEED'] ?? 20_261_128)
const IMAGES_OF_A_STORY = 100
const SECTOR = 512
const LIMITS = { maxSegmentBytes: 700, answerWithinMs: 1e9 }

interface Story {
  readonly given: readonly string[]
  readonly taken: readonly { readonly moment: Moment; readonly strict: readonly string[] }[]
}

/** Some dozen events; now and then a sync fails, so that a segment is given up. */
async function story(dir: string, random: () => number): Promise<Story> {
  const disk = cuttingDisk()
  const clock = new FakeClock()
  const spool = await openSpool({ dir, scheduler: clock, disk, create: true, limits: LIMITS })
  const given: string[] = []
  const strict: string[] = []
  const taken: { moment: Moment; strict: string[] }[] = []
  disk.after = (call) => taken.push({ moment: disk.moment(call), strict: [...strict] })
  const sync = disk.fdatasync
  for (let round = 0; round < 8; round++) {
    const failing = random() < 0.1
    if (failing) disk.fdatasync = (_fd, done) => setImmediate(() => done(new Error('EIO')))
    const adding = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const durability = random() < 0.5 ? 'strict' : 'buffered'
      const id = `e${given.length + 1}`
      given.push(id)
      return append(spool, id, durability, 'x'.repeat(Math.floor(random() * 900))).then(
        () => durability === 'strict' && strict.push(id),
        () => undefined,
      )
    })
    await new Promise<void>((resolve) => setImmediate(resolve))
    disk.fdatasync = sync
    await Promise.all(adding)
    await soon(() => (clock.advance(1_000), spool.health().state === 'open'))
  }
  disk.after = () => undefined
  await spool.close()
  return { given, taken }
}

test(`${IMAGES} power cuts of a spool lose nothing that was answered as synced (seed ${SEED})`, async (t) => {
  const random = seededChance(SEED)
  const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'gatehouse-cut-'))
  t.after(() => rmSync(base, { recursive: true, force: true }))
  const torn: Leaves = (rest) => {
    const share = random()
    if (share < 0.2) return Buffer.alloc(0)
    if (share < 0.4) return rest
    const left = Buffer.from(rest.subarray(0, Math.floor(random() * (rest.length + 1))))
    // Sectors reach the disk in any order.
    for (let at = 0; at < left.length; at += SECTOR)
      if (random() < 0.3) left.fill(0, at, Math.min(at + SECTOR, left.length))
    return left
  }
  let images = 0
  let kept = 0
  let repaired = 0
  while (images < IMAGES) {
    const source = join(base, 'source')
    rmSync(source, { recursive: true, force: true })
    const { given, taken } = await story(source, random)
    for (let count = 0; count < IMAGES_OF_A_STORY && images < IMAGES; count++) {
      const at = Math.floor(random() * taken.length)
      const one = taken[at]
      assert.ok(one !== undefined)
      const what = `image ${images}: call ${at} (${one.moment.call})`
      const dir = join(base, 'image')
      rmSync(dir, { recursive: true, force: true })
      restore(source, one.moment, dir, torn)
      const spool = await openSpool({ dir, scheduler: new FakeClock(), limits: LIMITS })
      const ids = await idsOf(spool)
      // Refused events may be on record; order holds, and nothing is twice or invented.
      const places = ids.map((id) => given.indexOf(id))
      assert.ok(
        places.every((place, index) => place > (places[index - 1] ?? -1)),
        `${what}: ${ids.join()}`,
      )
      assert.deepEqual(
        one.strict.filter((id) => !ids.includes(id)),
        [],
        `${what}: lost`,
      )
      await append(spool, 'later')
      if (spool.repaired !== null) repaired++
      await spool.close()
      const report = await verifySpool(dir)
      assert.deepEqual(
        [report.damage, report.torn, report.records],
        [null, null, ids.length + 1],
        what,
      )
      kept += ids.length
      images++
    }
  }
  t.diagnostic(`${images} images, ${kept} events kept, ${repaired} torn tails cut off`)
  assert.ok(repaired > IMAGES / 50, 'the check is blind')
})
