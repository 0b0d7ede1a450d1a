/** The soak itself: how it counts growth, what it finds fault with, what it takes, and a few seconds of it. Half an hour is `npm run soak`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soakOptions, USAGE } from '../../tools/soak/options.ts'
import { slopePerTenMinutes } from '../../tools/soak/samples.ts'
import { soak } from '../../tools/soak/soak.ts'
import { patiently, SlowDisk } from '../../tools/soak/third-party.ts'
import { faults, type Soaked } from '../../tools/soak/verdict.ts'

test('`slopePerTenMinutes` sees growth in the second half, and none where there is none', () => {
  const points = (value: (at: number) => number) =>
    Array.from({ length: 60 }, (_, at) => ({ at: at * 10_000, value: value(at) }))
  assert.equal(slopePerTenMinutes(points(() => 100)), 0)
  // What warms up first is not growth.
  assert.equal(slopePerTenMinutes(points((at) => (at < 30 ? at : 100))), 0)
  const slope = slopePerTenMinutes(points((at) => 100 + at / 60))
  assert.ok(slope > 0.9 && slope < 1.1, String(slope))
})

test('growth of memory or descriptors, unexpected answers, a slow disk and a bad end are faults', () => {
  const still = { slopePercentPerTenMinutes: 1, firstMegabytes: 1, lastMegabytes: 1 }
  const grows = { ...still, slopePercentPerTenMinutes: 1.1 }
  const good: Soaked = {
    minutes: 30,
    rate: 1,
    requests: 100,
    statuses: {},
    unexpected: 0,
    told: [],
    slowDisk: 1,
    memory: { rss: still, kept: still },
    descriptors: { first: 40, last: 48, most: 60 },
    lag: { p99Ms: 1, maxMs: 1 },
    slowestMs: 1,
    changes: 1,
    exitCode: 0,
  }
  assert.deepEqual(faults(good), [])
  for (const bad of [
    { memory: { rss: grows, kept: still } },
    { memory: { rss: still, kept: grows } },
    { descriptors: { first: 40, last: 49, most: 49 } },
    { unexpected: 1 },
    { slowDisk: 2 },
    { exitCode: 1 },
    { exitCode: null },
  ])
    assert.equal(faults({ ...good, ...bad }).length, 1, JSON.stringify(bad))
})

test('options: defaults, numbers, and a sentence for what is none', () => {
  assert.deepEqual(soakOptions([]), { minutes: 30, rate: 100 })
  assert.deepEqual(soakOptions(['--minutes', '0.5', '--rate', '7']), { minutes: 0.5, rate: 7 })
  assert.equal(soakOptions(['--help']), USAGE)
  for (const args of [['--minutes', '0'], ['--minutes', 'x'], ['--rate', '0'], ['30'], ['--fast']])
    assert.equal(typeof soakOptions(args), 'string', args.join(' '))
})

test('who meets a slow disk asks again, and anything else is told', async () => {
  let waited = 0
  let asked = 0
  const ask = async (): Promise<number> => {
    if (++asked < 3) throw new SlowDisk('503')
    return asked
  }
  assert.equal(await patiently(ask, () => waited++), 3)
  assert.equal(waited, 2)
  await assert.rejects(
    patiently(async () => {
      throw new TypeError('another')
    }),
    TypeError,
  )
})

test('a few seconds: every kind of request, changes on the way, nothing that nobody expected', async (t) => {
  const found = await soak({ minutes: 0.1, rate: 60 })
  assert.deepEqual(found.told, [])
  assert.equal(found.unexpected, 0)
  assert.equal(found.exitCode, 0)
  const kinds = Object.keys(found.statuses)
  assert.ok(kinds.length >= 8, kinds.join())
  assert.ok(kinds.some((kind) => kind.startsWith('payment')))
  assert.ok(found.changes > 3)
  assert.ok(found.descriptors.last > 0 && found.memory.kept.lastMegabytes > 1)
  t.diagnostic(JSON.stringify(found.statuses))
})
