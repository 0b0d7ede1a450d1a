/** Deleting the old end of a spool: with proof before the first byte, finished whatever happens, and never more than was asked. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type NoticeEvent, type Spool, verifySpool } from '../../src/events/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { append, failingDisk, notice, open, segmentsOf } from './spool-harness.ts'

const code = (name: string) => (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === name
const NOBODY = new Map<string, number>()
const WHY = { id: 'deletion-1', at: 1000, policy: 'events: 400d', by: 'a test' }
const LIMITS = { maxSegmentBytes: 700 }

/** Event `i` is of time `i`; some four of them fill a segment. */
async function aged(t: TestContext, count: number): Promise<{ spool: Spool; dir: string }> {
  const { spool, dir } = await open(t, { limits: LIMITS })
  for (let i = 1; i <= count; i++) await recordAt(spool, i)
  return { spool, dir }
}

function recordAt(spool: Spool, at: number): Promise<void> {
  const event: NoticeEvent = { ...notice(`e${at}`), at }
  return new Promise((resolve, reject) =>
    spool.append(event, 'strict', (failure) =>
      failure === undefined ? resolve() : reject(failure),
    ),
  )
}

async function seqsOf(spool: Spool): Promise<readonly number[]> {
  const found: number[] = []
  const stop = new AbortController()
  for await (const { seq } of spool.tail({ from: 1, signal: stop.signal })) {
    found.push(seq)
    if (seq === spool.lastSeq) stop.abort()
  }
  return found
}

const ordinalsOf = (dir: string): number[] =>
  segmentsOf(dir).map((path) => Number(/(\d+)\.seg$/.exec(path)?.[1]))

test('whole segments older than the limit go, with their digests, and the rest still verifies', async (t) => {
  const { spool, dir } = await aged(t, 30)
  const before = segmentsOf(dir)
  assert.ok(before.length > 5)
  const digests = before.map((path) =>
    createHash('sha256').update(readFileSync(path)).digest('hex'),
  )
  const { segments, heldBy } = await spool.retirable(12, NOBODY)
  assert.equal(heldBy, null)
  assert.ok(segments.length >= 2)
  assert.ok(segments.every((one) => (one.lastAt ?? 0) < 12))
  const record = await spool.retire(segments, WHY)
  const count = record.segments.length
  assert.deepEqual(
    record.segments.map((one) => one.sha256),
    digests.slice(0, count),
  )
  assert.deepEqual([record.firstSeq, record.firstAt, record.lastAt], [1, 1, record.lastSeq])
  assert.deepEqual(ordinalsOf(dir).at(0), count + 1)
  const report = await verifySpool(dir)
  assert.equal(report.damage, null)
  assert.deepEqual([report.deletedTo, report.lastSeq], [record.lastSeq, 31])
  assert.deepEqual(
    await seqsOf(spool),
    Array.from({ length: 31 - record.lastSeq }, (_, i) => record.lastSeq + 1 + i),
  )
  const said = await spool.find('deletion-1')
  assert.ok(said?.event.kind === 'notice' && said.event.what === 'events-deleted')
  assert.deepEqual(said.event.deleted, record)
  assert.equal(await spool.find('e1'), undefined)
})

test('a second deletion follows the first, and a spool goes on through both and a restart', async (t) => {
  const { spool, dir } = await aged(t, 30)
  const first = await spool.retire((await spool.retirable(9, NOBODY)).segments, WHY)
  const second = await spool.retire((await spool.retirable(20, NOBODY)).segments, {
    ...WHY,
    id: 'deletion-2',
  })
  assert.equal(second.firstSeq, first.lastSeq + 1)
  assert.equal(second.hashBefore, first.hashAfter)
  assert.notEqual(second.previous, null)
  await spool.close()
  const again = await open(t, { dir, limits: LIMITS })
  await append(again.spool, 'later')
  assert.equal((await seqsOf(again.spool))[0], second.lastSeq + 1)
  assert.equal((await verifySpool(dir)).damage, null)
  const third = await again.spool.retirable(1000, NOBODY)
  await again.spool.retire(third.segments, { ...WHY, id: 'deletion-3' })
  assert.equal((await verifySpool(dir)).damage, null)
})

test('the open segment never goes, nor one that a consumer has not passed, nor one at the limit', async (t) => {
  const { spool, dir } = await aged(t, 20)
  const all = await spool.retirable(Infinity, NOBODY)
  assert.equal(all.segments.length, segmentsOf(dir).length - 1)
  const slow = await spool.consumer('slow')
  await slow.read(1)
  assert.deepEqual(
    { ...(await spool.retirable(Infinity, NOBODY)) }.segments.length,
    all.segments.length,
    'a consumer that never committed holds nothing durable',
  )
  const [first] = await slow.read(6)
  if (first !== undefined) await slow.commit(first)
  const held = await spool.retirable(Infinity, NOBODY)
  assert.deepEqual([held.segments.length, held.heldBy], [0, 'slow'])
  const second = all.segments[1]
  const named = await spool.retirable(Infinity, new Map([['index', second?.lastSeq ?? 0]]))
  assert.deepEqual([named.segments.length, named.heldBy], [0, 'slow'])
  for (const event of await slow.read(100)) await slow.commit(event)
  const passed = await spool.retirable(Infinity, new Map([['index', second?.lastSeq ?? 0]]))
  assert.deepEqual([passed.segments.length, passed.heldBy], [2, 'index'])
  const lastAt = all.segments[0]?.lastAt ?? 0
  assert.equal((await spool.retirable(lastAt, NOBODY)).segments.length, 0)
  assert.equal((await spool.retirable(lastAt + 1, NOBODY)).segments.length, 1)
})

test('an offset that cannot be read holds everything', async (t) => {
  const { spool, dir } = await aged(t, 20)
  writeFileSync(join(dir, 'consumers', 'odd.json'), 'rubbish')
  assert.deepEqual(await spool.retirable(Infinity, NOBODY), { segments: [], heldBy: 'odd' })
})

test('a young event in an old segment keeps it, wherever it stands', async (t) => {
  const { spool } = await open(t, { limits: LIMITS })
  for (const at of [1, 2, 900, 3, 4, 5, 6, 7, 8]) await recordAt(spool, at)
  assert.deepEqual((await spool.retirable(100, NOBODY)).segments, [])
})

test('a damaged segment is not deleted: it is evidence', async (t) => {
  const { spool, dir } = await aged(t, 20)
  const [path = ''] = segmentsOf(dir)
  const bytes = readFileSync(path)
  bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1
  writeFileSync(path, bytes)
  await assert.rejects(spool.retirable(Infinity, NOBODY), code('GH_EVENTS_SPOOL_CORRUPT'))
})

test('only what `retirable` gave can be deleted', async (t) => {
  const { spool } = await aged(t, 20)
  const { segments } = await spool.retirable(Infinity, NOBODY)
  await assert.rejects(spool.retire([], WHY), TypeError)
  await assert.rejects(spool.retire(segments.slice(1), WHY), TypeError)
})

test('when the event cannot be synced, nothing is deleted until a start that can', async (t) => {
  const disk = failingDisk()
  const { spool, dir } = await open(t, { disk, limits: LIMITS })
  for (let i = 1; i <= 20; i++) await recordAt(spool, i)
  const before = ordinalsOf(dir)
  const { segments } = await spool.retirable(9, NOBODY)
  disk.fail.write = 'ENOSPC'
  await assert.rejects(spool.retire(segments, WHY), code('GH_EVENTS_SPOOL_FAILED'))
  assert.deepEqual(ordinalsOf(dir), before)
  assert.equal((await verifySpool(dir)).damage, null, 'a deletion that is not finished is none')
  disk.fail = {}
  await spool.close()
  const again = await open(t, { dir, limits: LIMITS })
  assert.equal(ordinalsOf(dir)[0], segments.length + 1)
  assert.equal((await again.spool.find(WHY.id))?.event.kind, 'notice')
  assert.equal((await verifySpool(dir)).damage, null)
})

test('cut at any point between record and last unlink, the next start finishes', async (t) => {
  const { spool, dir } = await aged(t, 24)
  const { segments } = await spool.retirable(18, NOBODY)
  assert.ok(segments.length >= 3)
  await spool.close()
  const before = join(temporaryFolder(t), 'before')
  cpSync(dir, before, { recursive: true })
  const opened = await open(t, { dir, limits: LIMITS })
  await opened.spool.retire((await opened.spool.retirable(18, NOBODY)).segments, WHY)
  await opened.spool.close()

  const gone = segments.map(({ ordinal }) => `${String(ordinal).padStart(10, '0')}.seg`)
  // Whatever order the disk made the unlinks durable in, with and without the event before them.
  for (const eventSaid of [false, true])
    for (let left = 0; left < 1 << gone.length; left++) {
      if (!eventSaid && left !== (1 << gone.length) - 1) continue
      const copy = join(temporaryFolder(t), 'spool')
      cpSync(eventSaid ? dir : before, copy, { recursive: true })
      cpSync(join(dir, 'retired'), join(copy, 'retired'), { recursive: true })
      for (const [i, name] of gone.entries())
        if ((left & (1 << i)) !== 0) cpSync(join(before, name), join(copy, name))
      assert.equal((await verifySpool(copy)).damage, null, `left ${left}, event ${eventSaid}`)
      const again = await open(t, { dir: copy, limits: LIMITS })
      assert.equal(ordinalsOf(copy)[0], gone.length + 1)
      assert.equal((await again.spool.find(WHY.id))?.event.kind, 'notice')
      const report = await verifySpool(copy)
      assert.equal(report.damage, null)
      assert.ok(report.lastSeq >= 25)
      await again.spool.close()
    }
})

test('killed while it deletes and writes, a spool has lost nothing that was not deleted with proof', async (t) => {
  const rounds = Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 5)
  const dir = join(temporaryFolder(t), 'spool')
  let deletions = 0
  for (let round = 0; round < rounds; round++) {
    const child = fork(join(import.meta.dirname, 'retiring-writer.ts'), [dir, String(round)])
    const exited = once(child, 'exit')
    let acknowledged = 0
    child.on('message', (seq) => (acknowledged = Number(seq)))
    for (let heard = 0; heard < 12 + round * 3; heard++)
      await Promise.race([once(child, 'message'), exited])
    child.kill('SIGKILL')
    await exited
    const report = await verifySpool(dir)
    assert.equal(report.damage, null)
    const { spool } = await open(t, { dir, limits: LIMITS })
    assert.ok(spool.lastSeq >= acknowledged)
    const after = await verifySpool(dir)
    assert.equal(after.damage, null)
    assert.equal((await seqsOf(spool))[0], after.deletedTo + 1)
    deletions = after.deletedTo
    await spool.close()
  }
  assert.ok(deletions > 0, 'nothing was deleted: the test is blind')
})

test('every forgery of a proof is found, with its place', async (t) => {
  const { spool, dir } = await aged(t, 30)
  await spool.retire((await spool.retirable(9, NOBODY)).segments, WHY)
  await spool.retire((await spool.retirable(20, NOBODY)).segments, { ...WHY, id: 'deletion-2' })
  await spool.close()
  const names = readdirSync(join(dir, 'retired')).sort()
  assert.equal(names.length, 2)
  const [older = '', newer = ''] = names
  const forge = {
    'the first segment is missing without its record': (copy: string) =>
      rmSync(join(copy, 'retired'), { recursive: true }),
    'an older record is missing': (copy: string) => rmSync(join(copy, 'retired', older)),
    'the newest record is missing': (copy: string) => rmSync(join(copy, 'retired', newer)),
    'a record hides an event': (copy: string) =>
      edit(copy, newer, (text) => text.replace(/"lastSeq":(\d+)/, (_, n) => `"lastSeq":${n}1`)),
    'a record names another reason': (copy: string) =>
      edit(copy, newer, (text) => text.replace('a test', 'nobody')),
    'an older record names another reason': (copy: string) =>
      edit(copy, older, (text) => text.replace('a test', 'nobody')),
    'a record fits no chain': (copy: string) =>
      edit(copy, newer, (text) =>
        text.replace(/"hashAfter":"[0-9a-f]{64}"/, `"hashAfter":"${'0'.repeat(64)}"`),
      ),
    'a record is under another name': (copy: string) =>
      renameSync(join(copy, 'retired', newer), join(copy, 'retired', '0000009999.json')),
    'one more segment is missing': (copy: string) => rmSync(segmentsOf(copy)[0] ?? ''),
    'a record is invented for it': (copy: string) => invent(copy, newer),
  }
  for (const [name, how] of Object.entries(forge)) {
    const copy = join(temporaryFolder(t), 'spool')
    cpSync(dir, copy, { recursive: true })
    how(copy)
    const { damage } = await verifySpool(copy)
    assert.ok(damage !== null, name)
    assert.match(damage.segment, /^(retired\/)?\d{10}\.(json|seg)$/, name)
  }
})

function edit(copy: string, name: string, change: (text: string) => string): void {
  const file = join(copy, 'retired', name)
  const text = readFileSync(file, 'utf8')
  const changed = change(text)
  assert.notEqual(changed, text)
  writeFileSync(file, changed)
}

/** Whoever deletes a segment by hand can make a record that fits the chain; no event of the chain says it. */
function invent(copy: string, newest: string): void {
  const text = readFileSync(join(copy, 'retired', newest), 'utf8')
  const before = JSON.parse(text)
  const [path = '', next = ''] = segmentsOf(copy)
  const [header, following] = [readFileSync(path), readFileSync(next)]
  const ordinal = header.readUInt32LE(56)
  const record = {
    ...before,
    id: 'invented',
    previous: createHash('sha256').update(text).digest('hex'),
    firstSeq: Number(header.readBigUInt64LE(8)),
    lastSeq: Number(following.readBigUInt64LE(8)) - 1,
    hashBefore: header.subarray(24, 56).toString('hex'),
    hashAfter: following.subarray(24, 56).toString('hex'),
    segments: [{ bytes: 1, firstSeq: 1, ordinal, sha256: '0'.repeat(64) }],
  }
  const sorted = Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
  mkdirSync(join(copy, 'retired'), { recursive: true })
  const name = `${String(ordinal).padStart(10, '0')}.json`
  writeFileSync(join(copy, 'retired', name), `${JSON.stringify(sorted)}\n`)
  rmSync(path)
  assert.ok(!existsSync(path))
}

test('every single byte of a proof that is changed is found', async (t) => {
  const { spool, dir } = await aged(t, 20)
  await spool.retire((await spool.retirable(9, NOBODY)).segments, WHY)
  await spool.close()
  const [name = ''] = readdirSync(join(dir, 'retired'))
  const file = join(dir, 'retired', name)
  const bytes = readFileSync(file)
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 7))
    writeFileSync(file, changed)
    const { damage } = await verifySpool(dir)
    assert.equal(damage?.segment, `retired/${name}`, `byte ${at}`)
  }
  writeFileSync(file, bytes)
  assert.equal((await verifySpool(dir)).damage, null)
})
