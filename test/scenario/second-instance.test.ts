/** One process per data directory: another is refused at once, and nothing that the first one has is touched. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSpool } from '../../src/events/index.ts'
import { openSqliteStore } from '../../src/store/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { auditedBank } from './audited-load.ts'
import { type Ended, type GatewayProcess, launch, up } from './gateway-process.ts'

/** Documented: `unavailable`. */
const REFUSED = 69
const WITHIN_MS = 1_000

/** Path → digest of every file that is not the kernel's business. */
function digests(dir: string): ReadonlyMap<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  assert.ok(files.length > 5, 'the check is blind')
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path, createHash('sha256').update(readFileSync(path)).digest('hex')]
    }),
  )
}

test('a second instance is refused within a second with 69, and touches not a byte', async (t) => {
  const { place } = await auditedBank(t)
  const first = await up(t, place)
  // Its own consumers come to rest.
  let before = digests(place.dataDir)
  for (let still = 0; still < 3;) {
    await new Promise((resolve) => setTimeout(resolve, 400))
    const now = digests(place.dataDir)
    still = JSON.stringify([...now]) === JSON.stringify([...before]) ? still + 1 : 0
    before = now
  }
  const times: number[] = []
  for (let count = 0; count < 3; count++) {
    const second = await launch(t, place)
    assert.ok(!('origin' in second), 'two serve')
    assert.equal(second.code, REFUSED, second.err)
    assert.match(second.err, /GH_STORE_LOCKED|GH_EVENTS_SPOOL_LOCKED/)
    times.push(second.ms)
  }
  assert.deepEqual([...digests(place.dataDir)], [...before])
  // The locks themselves answer at once; the rest is the start of a process.
  const asked = performance.now()
  await assert.rejects(openSpool({ dir: join(place.dataDir, 'spool'), scheduler: realScheduler }), {
    code: 'GH_EVENTS_SPOOL_LOCKED',
  })
  await assert.rejects(
    openSqliteStore({ dir: join(place.dataDir, 'store'), migrations: [], create: false }),
    { code: 'GH_STORE_LOCKED' },
  )
  const locks = performance.now() - asked
  t.diagnostic(
    `refused after ${times.map(Math.round).join(', ')} ms; the locks in ${Math.round(locks)} ms`,
  )
  const busy = (loadavg()[0] ?? 0) > availableParallelism()
  assert.ok(locks < WITHIN_MS || busy)
  assert.ok(Math.min(...times) < WITHIN_MS || busy, 'slow, and the machine has nothing else to do')
  assert.equal((await first.stop()).code, 0)
})

test('of ten that start at once on a new data directory one serves and nine are refused', async (t) => {
  const { place } = await auditedBank(t)
  const all = await Promise.all(Array.from({ length: 10 }, () => launch(t, place, {}, 120_000)))
  const serving = all.filter((one): one is GatewayProcess => 'origin' in one)
  const refused = all.filter((one): one is Ended => !('origin' in one))
  assert.equal(serving.length, 1)
  assert.equal(refused.length, 9)
  for (const { code, err } of refused) {
    assert.equal(code, REFUSED, err)
    assert.match(err, /GH_STORE_LOCKED|GH_EVENTS_SPOOL_LOCKED/)
  }
  assert.equal((await serving[0]?.stop())?.code, 0)
})
