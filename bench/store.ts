/**
 * Units of work a second: `node bench/store.ts [--json] [--seconds N]`. A unit claims a fresh key (one insert, durable when it resolves). SQLite
 * always; PostgreSQL when GATEHOUSE_BENCH_POSTGRES holds the URL of an empty database.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Scheduler } from '../src/lib/index.ts'
import { openPostgresStore, openSqliteStore, type Store } from '../src/store/index.ts'
import { claim, tallyMigrations } from '../test/store/tally-units.ts'

const json = process.argv.includes('--json')
const at = process.argv.indexOf('--seconds')
const seconds = at < 0 ? 3 : Number(process.argv[at + 1])
/** The number that must be reached on SQLite at 64 in flight. */
const TARGET = 15_000

interface Figure {
  readonly store: string
  readonly inFlight: number
  readonly unitsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of this process, its worker included. */
  readonly cpuUsPerUnit: number
}

async function measure(name: string, store: Store, inFlight: number): Promise<Figure> {
  const took: number[] = []
  let next = 0
  const lane = async (until: number, keep: boolean): Promise<void> => {
    while (performance.now() < until) {
      const begun = performance.now()
      await store.run(claim, { key: `${inFlight}-${keep}-${++next}`, by: 'bench' })
      if (keep) took.push(performance.now() - begun)
    }
  }
  const run = async (ms: number, keep: boolean): Promise<void> => {
    const until = performance.now() + ms
    await Promise.all(Array.from({ length: inFlight }, () => lane(until, keep)))
  }
  await run(500, false) // warm
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await run(seconds * 1000, true)
  const { user, system } = process.cpuUsage(cpu)
  took.sort((a, b) => a - b)
  const quantile = (share: number): number =>
    Math.round((took[Math.floor(took.length * share)] ?? 0) * 100) / 100
  return {
    store: name,
    inFlight,
    unitsPerSecond: Math.round((took.length / (performance.now() - begun)) * 1000),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    cpuUsPerUnit: Math.round((user + system) / took.length),
  }
}

const scheduler: Scheduler = {
  every(ms, work) {
    const timer = setInterval(work, ms).unref()
    return () => clearInterval(timer)
  },
  after(ms, work) {
    const timer = setTimeout(work, ms).unref()
    return () => clearTimeout(timer)
  },
}

const figures: Figure[] = []
const dir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
try {
  const store = await openSqliteStore({ dir, migrations: tallyMigrations, create: true })
  for (const inFlight of [1, 16, 64, 256]) figures.push(await measure('sqlite', store, inFlight))
  await store.close()
} finally {
  rmSync(dir, { recursive: true, force: true })
}
const url = process.env['GATEHOUSE_BENCH_POSTGRES']
if (url !== undefined) {
  const store = await openPostgresStore({ url, migrations: tallyMigrations, scheduler })
  for (const inFlight of [1, 10, 64]) figures.push(await measure('postgres', store, inFlight))
  await store.close()
}

const asked = figures.find((one) => one.store === 'sqlite' && one.inFlight === 64)
const met = (asked?.unitsPerSecond ?? 0) >= TARGET
const [load = 0] = loadavg()
if (json)
  process.stdout.write(
    `${JSON.stringify({ cpus: cpus().length, load, target: TARGET, met, figures })}\n`,
  )
else {
  process.stdout.write(`${cpus().length} processors, load ${load.toFixed(1)}\n`)
  for (const one of figures)
    process.stdout.write(
      `${one.store.padEnd(9)} ${String(one.inFlight).padStart(4)} in flight  ${String(one.unitsPerSecond).padStart(7)} units/s  p50 ${one.p50Ms} ms  p99 ${one.p99Ms} ms  ${one.cpuUsPerUnit} µs of processor each\n`,
    )
  process.stdout.write(
    `target ${TARGET} units/s on SQLite at 64 in flight: ${met ? 'met' : 'MISSED'}\n`,
  )
}
