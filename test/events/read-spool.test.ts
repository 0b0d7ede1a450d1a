/** Reading a spool beside its writer: without its lock, to where it has got, and never past a record that is not whole. */
import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type GatehouseEvent, readSpool } from '../../src/events/index.ts'
import { GatehouseError } from '../../src/lib/index.ts'
import { append, filled, open } from './spool-harness.ts'

const signal = new AbortController().signal

async function ids(dir: string, from = 0): Promise<readonly string[]> {
  const found: string[] = []
  await readSpool({ dir, from, signal }, (event) => void found.push(event.id))
  return found
}

const isCorrupt = (error: unknown): boolean =>
  error instanceof GatehouseError && error.code === 'GH_EVENTS_SPOOL_CORRUPT'

test('it reads while the writer holds the spool, and takes nothing from it', async (t) => {
  const { spool, dir } = await open(t)
  for (const id of ['a', 'b', 'c']) await append(spool, id)
  assert.deepEqual(await ids(dir), ['a', 'b', 'c'])
  await append(spool, 'd')
  assert.deepEqual(await ids(dir), ['a', 'b', 'c', 'd'])
})

test('it crosses segments, and says how far it has come', async (t) => {
  const dir = await filled(t, 2_100, { limits: { maxSegmentBytes: 60_000 } })
  assert.ok(readdirSync(dir).filter((name) => name.endsWith('.seg')).length > 3)
  const shares: number[] = []
  let count = 0
  await readSpool(
    { dir, from: 0, signal, progress: (done, total) => void shares.push(done / total) },
    () => void count++,
  )
  assert.equal(count, 2_100)
  assert.ok(shares.length > 0 && shares.every((share) => share > 0 && share <= 1))
})

test('it ends at a record that is not whole yet', async (t) => {
  const dir = await filled(t, 5)
  const segment = join(dir, '0000000001.seg')
  appendFileSync(segment, readFileSync(segment).subarray(64, 100))
  assert.deepEqual(await ids(dir), ['e1', 'e2', 'e3', 'e4', 'e5'])
})

test('it refuses a record that was changed before the last segment, and names the place', async (t) => {
  const dir = await filled(t, 600, { limits: { maxSegmentBytes: 40_000 } })
  const segment = join(dir, '0000000001.seg')
  const bytes = readFileSync(segment)
  bytes[200] = (bytes[200] ?? 0) ^ 1
  writeFileSync(segment, bytes)
  await assert.rejects(ids(dir), isCorrupt)
})

test('it refuses a folder that lacks a segment', async (t) => {
  const dir = await filled(t, 600, { limits: { maxSegmentBytes: 40_000 } })
  rmSync(join(dir, '0000000002.seg'))
  await assert.rejects(ids(dir), isCorrupt)
})

test('segments that only hold older events are left out, one that may hold a later one is not', async (t) => {
  const HOUR = 3_600_000
  const { spool, dir } = await open(t, { limits: { maxSegmentBytes: 40_000 } })
  const put = (event: GatehouseEvent): Promise<void> =>
    new Promise((resolve) => spool.append(event, 'strict', () => resolve()))
  for (let at = 0; at < 1_000; at++)
    await put({
      v: 1,
      kind: 'notice',
      id: `e${at}`,
      at: at * (HOUR / 10),
      what: 'finding',
      api: null,
      code: null,
      detail: 'x'.repeat(60),
    })
  const found = await ids(dir, 80 * HOUR)
  assert.ok(found.includes('e800') && found.includes('e999'))
  assert.ok(!found.includes('e0'))
  assert.ok(found.length < 1_000)
})

test('a signal ends it', async (t) => {
  const dir = await filled(t, 50)
  const stop = new AbortController()
  let count = 0
  await assert.rejects(
    readSpool({ dir, from: 0, signal: stop.signal }, () => {
      if (++count === 10) stop.abort()
    }),
    (error: unknown) => error === stop.signal.reason,
  )
  assert.equal(count, 10)
})
