import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { verifySpool } from '../../src/events/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { append, filled, idsOf, open, segmentsOf } from './spool-harness.ts'

/** A spool as a killed process leaves it: two synced events, the watermark after them, a third that was only written. */
async function killed(t: TestContext): Promise<string> {
  const { spool, dir } = await open(t)
  await append(spool, 'e1', 'strict')
  await append(spool, 'e2', 'strict')
  const before = readFileSync(join(dir, 'watermark'))
  await append(spool, 'e3', 'buffered')
  await spool.close()
  writeFileSync(join(dir, 'watermark'), before)
  return dir
}

/** Byte offsets of the records of a segment, and its end. */
function boundaries(bytes: Buffer): number[] {
  const found = [64]
  for (let at = 64; at < bytes.length;) {
    at += 40 + bytes.readUInt32LE(at + 4)
    found.push(at)
  }
  return found
}

test('`openSpool` cuts a tail torn at any byte of the last record, and goes on', async (t) => {
  const source = await killed(t)
  const segment = basename(segmentsOf(source)[0] ?? '')
  const whole = readFileSync(join(source, segment))
  const [, , start = 0, end = 0] = boundaries(whole)
  assert.equal(end, whole.length)
  const base = temporaryFolder(t)
  for (let cut = start; cut < end; cut++) {
    const dir = join(base, String(cut))
    cpSync(source, dir, { recursive: true })
    truncateSync(join(dir, segment), cut)
    const report = await verifySpool(dir)
    assert.equal(report.damage, null)
    assert.equal(report.torn?.offset, cut === start ? undefined : start)
    const { spool } = await open(t, { dir })
    assert.equal(spool.repaired?.offset, cut === start ? undefined : start)
    await append(spool, 'e4', 'strict')
    assert.deepEqual(await idsOf(spool), ['e1', 'e2', 'e4'])
    await spool.close()
    assert.equal((await verifySpool(dir)).damage, null)
    if (cut > start)
      assert.ok(existsSync(join(dir, `torn-0000000001-${start}`)), 'kept as evidence')
    rmSync(dir, { recursive: true })
  }
})

test('`openSpool` cuts an unsynced tail that a power cut left as zeros or noise', async (t) => {
  const source = await killed(t)
  const [path = ''] = segmentsOf(source)
  const whole = readFileSync(path)
  const [, , start = 0] = boundaries(whole)
  for (const tail of [
    Buffer.alloc(700),
    Buffer.from('{"v":1}'.repeat(50)),
    Buffer.alloc(99, 255),
  ]) {
    const dir = join(temporaryFolder(t), 'spool')
    cpSync(source, dir, { recursive: true })
    writeFileSync(join(dir, basename(path)), Buffer.concat([whole.subarray(0, start), tail]))
    const { spool } = await open(t, { dir })
    assert.equal(spool.repaired?.seq, 3)
    assert.deepEqual(await idsOf(spool), ['e1', 'e2'])
  }
})

test('`openSpool` refuses when something that was synced is missing or wrong', async (t) => {
  const source = await killed(t)
  const [path = ''] = segmentsOf(source)
  const whole = readFileSync(path)
  const [first = 0, second = 0, third = 0] = boundaries(whole)
  const flipped = (at: number): Buffer => {
    const copy = Buffer.from(whole)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  const damaged = [
    whole.subarray(0, second),
    whole.subarray(0, third - 1),
    whole.subarray(0, 64),
    whole.subarray(0, 63),
    flipped(first + 50),
    flipped(second + 4),
    flipped(3),
    Buffer.concat([whole.subarray(0, first), whole.subarray(second)]),
  ]
  for (const [index, bytes] of damaged.entries()) {
    const dir = join(temporaryFolder(t), 'spool')
    cpSync(source, dir, { recursive: true })
    writeFileSync(join(dir, basename(path)), bytes)
    await assert.rejects(open(t, { dir }), /0000000001\.seg:\d+: /, `case ${index}`)
    await assert.rejects(open(t, { dir }), { code: 'GH_EVENTS_SPOOL_CORRUPT' })
    assert.notEqual((await verifySpool(dir)).damage, null)
    assert.deepEqual(readFileSync(join(dir, basename(path))), bytes, 'nothing is mended away')
  }
})

test('`openSpool` refuses when a segment is gone', async (t) => {
  const source = await filled(t, 12, { limits: { maxSegmentBytes: 500 } })
  const names = segmentsOf(source).map((path) => basename(path))
  assert.ok(names.length >= 3)
  for (const name of names) {
    const dir = join(temporaryFolder(t), 'spool')
    cpSync(source, dir, { recursive: true })
    rmSync(join(dir, name))
    await assert.rejects(open(t, { dir }), { code: 'GH_EVENTS_SPOOL_CORRUPT' })
    assert.equal((await verifySpool(dir)).damage?.segment, name)
  }
})

test('`verifySpool` names the file and record when any byte anywhere is flipped', async (t) => {
  const dir = await filled(t, 12, { limits: { maxSegmentBytes: 500 } })
  const files = readdirSync(dir).filter((name) => /\.seg$|^watermark$|^spool\.json$/.test(name))
  assert.ok(files.length >= 5)
  let flips = 0
  for (const name of files) {
    const path = join(dir, name)
    const sound = readFileSync(path)
    const marks = name.endsWith('.seg') ? boundaries(sound) : [0]
    for (let at = 0; at < sound.length; at++) {
      const bytes = Buffer.from(sound)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(path, bytes)
      flips++
      if (name === 'spool.json') {
        const noticed = await verifySpool(dir).then(
          (report) => report.damage !== null,
          () => true,
        )
        assert.ok(noticed, `${name}:${at}`)
        continue
      }
      const { damage } = await verifySpool(dir)
      assert.equal(damage?.segment, name, `${name}:${at}`)
      const wanted = at < 64 ? 0 : (marks.findLast((mark) => mark <= at) ?? 0)
      assert.equal(damage?.offset, name === 'watermark' ? 0 : wanted, `${name}:${at}`)
    }
    writeFileSync(path, sound)
  }
  assert.ok(flips > 1500)
  assert.equal((await verifySpool(dir)).damage, null)
})

test('`verifySpool` finds records swapped, repeated, removed or forged with sound checksums', async (t) => {
  const dir = await filled(t, 5)
  const [path = ''] = segmentsOf(dir)
  const sound = readFileSync(path)
  const marks = boundaries(sound)
  const part = (index: number): Buffer => sound.subarray(marks[index], marks[index + 1])
  const forgeries: readonly (readonly number[])[] = [
    [1, 0, 2, 3, 4],
    [0, 0, 1, 2, 3, 4],
    [0, 2, 3, 4],
    [0, 1, 2, 3],
    [0, 1, 2, 3, 4, 4],
  ]
  for (const order of forgeries) {
    writeFileSync(path, Buffer.concat([sound.subarray(0, 64), ...order.map(part)]))
    const report = await verifySpool(dir)
    assert.ok(report.damage ?? report.torn, order.join())
  }
})
