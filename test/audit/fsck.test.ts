/** Every byte of a small installation is flipped, one at a time: found, with its place. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSpool, verifySpool } from '../../src/events/index.ts'
import { notice } from '../events/spool-harness.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { installation } from '../scenario/installation.ts'
import { MEADOW_FILES, meadowConfig } from '../scenario/invented-bank.ts'
import { planArchive } from '../../src/app/plan-archive.ts'
import type { Plan } from '../../src/decide/index.ts'
import { openIndexWriter } from '../../src/audit/index.ts'
import { canonicalJson } from '../../src/lib/index.ts'
import { hash } from 'node:crypto'

interface Report {
  readonly sound: boolean
  readonly results: readonly {
    readonly name: string
    readonly looked: string
    readonly findings: readonly { readonly place: string; readonly what: string }[]
    readonly skipped: readonly string[]
  }[]
}

/** Three segments and more, of which the first were deleted with proof; two consumers, one of them in the middle. */
async function smallSpool(dir: string): Promise<void> {
  const clock = new FakeClock()
  const spool = await openSpool({
    dir,
    create: true,
    scheduler: clock,
    limits: { maxSegmentBytes: 300 },
  })
  for (let i = 1; i <= 9; i++)
    await new Promise<void>((resolve, reject) =>
      spool.append({ ...notice(`d-${i}`), at: i }, 'strict', (failure) =>
        failure === undefined ? resolve() : reject(failure),
      ),
    )
  const { segments } = await spool.retirable(5, new Map())
  await spool.retire(segments, { id: 'deletion-1', at: 20, policy: 'a test', by: 'a test' })
  for (const [name, count] of [
    ['posture', 4],
    ['risk', 100],
  ] as const) {
    const consumer = await spool.consumer(name)
    const last = (await consumer.read(count)).at(-1)
    if (last !== undefined) await consumer.commit(last)
  }
  await spool.close()
}

const READ = /\.(seg|json)$|^watermark$/

/** All files of a spool that hold anything, by name within it. */
function filesOf(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => READ.test(name))
}

test('every byte of a small spool that is flipped is found, in the file that holds it', async (t) => {
  const dir = join(temporaryFolder(t), 'spool')
  await smallSpool(dir)
  const sound = await verifySpool(dir)
  assert.deepEqual([sound.damage, sound.offsets, sound.torn], [null, [], null])
  assert.ok(sound.segments >= 3 && sound.deletedTo > 0)
  const files = filesOf(dir)
  // Each lane flips in a copy of its own: most of the time is waiting for the disk.
  const lanes = Array.from({ length: LANES }, (_, lane) => ({ lane, copy: `${dir}-${lane}` }))
  const flipped = await Promise.all(
    lanes.map(async ({ lane, copy }) => {
      cpSync(dir, copy, { recursive: true })
      let count = 0
      for (const name of files) count += await flipEach(copy, name, lane)
      assert.deepEqual(await verifySpool(copy), sound)
      return count
    }),
  )
  assert.equal(
    flipped.reduce((sum, count) => sum + count, 0),
    files.reduce((sum, name) => sum + readFileSync(join(dir, name)).length, 0),
  )
})

const LANES = 4

/** Flips a bit of every fourth byte, beginning with the lane's; how many bytes that were. */
async function flipEach(dir: string, name: string, lane: number): Promise<number> {
  const file = join(dir, name)
  const bytes = readFileSync(file)
  let count = 0
  for (let at = lane; at < bytes.length; at += LANES) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    writeFileSync(file, changed)
    count++
    const report = await verifySpool(dir).catch((error: unknown) => String(error))
    if (typeof report === 'string') {
      assert.equal(name, 'spool.json', `${name}:${at}: ${report}`)
      continue
    }
    const found = report.damage ?? report.offsets[0]
    assert.ok(found, `${name}:${at} was not found`)
    // The marker of another partition makes another chain, in which nothing fits.
    if (name === 'spool.json') continue
    assert.equal(found.segment, name, `${name}:${at} was found in ${found.segment}`)
    assert.ok(found.offset <= at, `${name}:${at} was placed behind itself, at ${found.offset}`)
  }
  writeFileSync(file, bytes)
  return count
}

test('a segment, proof or offset that is missing, swapped or of another spool is found', async (t) => {
  const dir = join(temporaryFolder(t), 'spool')
  const other = join(temporaryFolder(t), 'spool')
  await smallSpool(dir)
  await smallSpool(other)
  const segments = filesOf(dir)
    .filter((name) => name.endsWith('.seg'))
    .sort()
  const harm: Record<string, (copy: string) => void> = {
    swapped: (copy) => {
      const [a = '', b = ''] = segments
      cpSync(join(dir, a), join(copy, b))
    },
    'an offset of nowhere': (copy) =>
      cpSync(join(dir, 'consumers', 'risk.json'), join(copy, 'consumers', 'new.json')),
  }
  for (const name of segments) harm[`without ${name}`] = (copy) => rmSync(join(copy, name))
  for (const [what, how] of Object.entries(harm)) {
    const copy = join(temporaryFolder(t), 'spool')
    cpSync(dir, copy, { recursive: true })
    how(copy)
    const report = await verifySpool(copy)
    const expected =
      what === 'an offset of nowhere' ? report.damage === null : report.damage !== null
    assert.ok(expected, what)
  }
})

test('`gatehouse fsck` looks at everything, names places, and ends with 0 or 3', async (t) => {
  const place = installation(t, meadowConfig('http://127.0.0.1:9'), MEADOW_FILES)
  const ask = async (...names: string[]): Promise<{ code: number; report: Report }> => {
    const { code, out, err } = await place.run('fsck', '--json', ...names)
    assert.equal(err, '')
    return { code, report: JSON.parse(out) as Report } // sound: what the CLI promises
  }
  const empty = await ask()
  assert.equal(empty.code, 0)
  assert.equal(empty.report.results.filter((one) => one.skipped.length > 0).length, 4)

  mkdirSync(place.dataDir, { recursive: true })
  const folders = { dir: join(place.dataDir, 'index'), spoolDir: join(place.dataDir, 'spool') }
  await smallSpool(folders.spoolDir)
  const writer = await openIndexWriter(folders)
  while ((await writer.step()) > 0);
  writer.close()
  const content = { apis: [], version: 1 }
  const digest = hash('sha256', canonicalJson(content))
  mkdirSync(join(place.dataDir, 'plans'))
  const planFile = join(place.dataDir, 'plans', `${digest}.json`)
  const plan = JSON.stringify({ plan: { ...content, digest: `sha256:${digest}` }, effective: [] })
  writeFileSync(planFile, plan)
  const sound = await ask()
  assert.deepEqual([sound.code, sound.report.sound], [0, true], JSON.stringify(sound.report))

  const damages: readonly (readonly [string, string, RegExp])[] = [
    ['plans', planFile, /^plans\/[0-9a-f]{64}\.json:\d+$/],
    ['spool', join(folders.spoolDir, 'consumers', 'risk.json'), /^consumers\/risk\.json:0$/],
    ['spool', join(folders.spoolDir, 'watermark'), /^watermark:0$/],
    ['index', join(folders.dir, 'gatehouse.db'), /./],
  ]
  for (const [name, file, where] of damages) {
    const before = readFileSync(file)
    const changed = Buffer.from(before)
    for (let at = 30; at < changed.length; at += 97) changed[at] = (changed[at] ?? 0) ^ 0x55
    writeFileSync(file, changed)
    const { code, report } = await ask(name)
    assert.equal(code, 3, file)
    assert.match(report.results[0]?.findings[0]?.place ?? '', where)
    writeFileSync(file, before)
  }
  // Signed by this installation, and no longer what was signed.
  planArchive(place.dataDir).keep({ ...content, digest: `sha256:${digest}` } as unknown as Plan, []) // sound: what the archive reads of it
  assert.equal((await ask('plans')).code, 0)
  writeFileSync(planFile, `${plan} `)
  const altered = await ask('plans')
  assert.equal(altered.code, 3)
  assert.match(altered.report.results[0]?.findings[0]?.what ?? '', /GH_POLICY_PLAN_ALTERED/)
  writeFileSync(planFile, plan)
  place.write('feed/consents/c9.json', '{\n  "id": 7\n}')
  const feed = await ask('feed')
  assert.equal(feed.code, 3)
  assert.match(feed.report.results[0]?.findings[0]?.place ?? '', /c9\.json:\d+:\d+$/)
  place.remove('feed/consents/c9.json')
  assert.equal((await ask()).code, 0)
  const shown = await place.run('fsck', 'spool')
  assert.match(shown.out, /sound spool/)
  assert.equal((await place.run('fsck', 'spol')).code, 4)
})

test('an index whose rows do not say what the spool says is found, row by row', async (t) => {
  const place = installation(t, meadowConfig('http://127.0.0.1:9'), MEADOW_FILES)
  const folders = { dir: join(place.dataDir, 'index'), spoolDir: join(place.dataDir, 'spool') }
  mkdirSync(place.dataDir, { recursive: true })
  await smallSpool(folders.spoolDir)
  const { DatabaseSync } = await import('node:sqlite')
  for (const lie of [
    'UPDATE event SET at = at + 1 WHERE n = 8',
    "UPDATE event SET id = 'other' WHERE n = 8",
    'UPDATE event SET start = start + 1 WHERE n = 8',
    'DELETE FROM event WHERE n = 8',
    'UPDATE progress SET hash = zeroblob(32)',
    'UPDATE progress SET seq = seq + 1',
    'DROP TABLE word',
    'DROP INDEX event_at',
  ]) {
    rmSync(folders.dir, { recursive: true, force: true })
    const writer = await openIndexWriter(folders)
    while ((await writer.step()) > 0);
    writer.close()
    const db = new DatabaseSync(join(folders.dir, 'gatehouse.db'))
    db.exec(lie)
    db.close()
    const { code, out } = await place.run('fsck', 'index', '--json')
    assert.equal(code, 3, `${lie}: ${out}`)
    assert.match(out, /"place":"table (event|progress)/, lie)
  }
})
