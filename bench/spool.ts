/**
 * What the spool costs and how much it takes: `node bench/spool.ts [--json] [--seconds N]`. Strict lanes wait for the sync of each event;
 * the buffered figure is processor time of this process per event, batches of `batch` per turn of the loop.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { type AccessEvent, openSpool, type Spool, verifySpool } from '../src/events/index.ts'
import type { Scheduler } from '../src/lib/index.ts'

const json = process.argv.includes('--json')
const at = process.argv.indexOf('--seconds')
const seconds = at < 0 ? 3 : Number(process.argv[at + 1])

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

let made = 0
function event(): AccessEvent {
  return {
    v: 1,
    kind: 'access',
    id: `01J0000000000000${String(++made).padStart(10, '0')}`,
    at: 1_767_603_600_000 + made,
    api: 'accounts',
    operation: 'GetAccountsAccountIdBalances',
    method: 'GET',
    route: '/accounts/{AccountId}/balances',
    plan: 'sha256:0f0f0f0f0f0f0f0f',
    client: 'tpp-cashflow',
    subject: 'hmac:0123456789abcdef',
    consent: 'hmac:fedcba9876543210',
    outcome: 'trimmed',
    code: null,
    status: 200,
    ran: 9,
    failed: [],
    interaction: '93bac548-d2de-4546-b106-880a5018460d',
    peer: '198.51.100.7',
    facts: {
      bucket: 4711,
      feedAgeMs: 120,
      token: {
        kind: 'verified',
        issuer: 'https://as.example',
        scopes: ['accounts'],
        ageSeconds: 9,
      },
      clientStatus: 'active',
      consent: {
        status: 'AUTH',
        permissions: ['ReadAccountsBasic', 'ReadBalances'],
        accounts: 2,
        sameClient: true,
        sameSubject: true,
        expiresInSeconds: 86_400,
        revoked: false,
      },
      objects: { 'path:AccountId': true },
      query: [],
    },
    response: {
      upstreamStatus: 200,
      upstreamMicros: 900,
      bytes: 712,
      removedFields: 2,
      removedRows: 0,
      shape: null,
    },
    durationMicros: 1400,
  }
}

interface StrictFigure {
  readonly name: string
  readonly inFlight: number
  readonly eventsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Turned away because the disk took longer than the spool lets anybody wait. */
  readonly refused: number
}

async function strict(spool: Spool, inFlight: number): Promise<StrictFigure> {
  const waits: number[] = []
  let refused = 0
  const begin = performance.now()
  const end = begin + seconds * 1000
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < end) {
        const asked = performance.now()
        const failure = await new Promise<Error | undefined>((resolve) =>
          spool.append(event(), 'strict', resolve),
        )
        if (failure === undefined) waits.push(performance.now() - asked)
        else refused++
      }
    }),
  )
  const took = (performance.now() - begin) / 1000
  waits.sort((a, b) => a - b)
  const share = (part: number): number => round(waits[Math.floor(waits.length * part)] ?? 0)
  return {
    name: `strict-${inFlight}`,
    inFlight,
    eventsPerSecond: Math.round(waits.length / took),
    p50Ms: share(0.5),
    p99Ms: share(0.99),
    refused,
  }
}

/** Offers batches at a steady 8,000 events a second, so that the figure is cost and not saturation. */
async function buffered(spool: Spool, batch: number) {
  const sample = Array.from({ length: 64 }, event)
  const rounds = Math.round((8000 * seconds) / batch)
  const run = async (append: boolean): Promise<number> => {
    let failed = 0
    const before = process.cpuUsage()
    for (let i = 0; i < rounds; i++) {
      for (let j = 0; j < (append ? batch : 0); j++)
        spool.append(sample[(i + j) % 64] ?? event(), 'buffered', (failure) => {
          if (failure) failed++
        })
      await new Promise<void>((resolve) => setImmediate(resolve))
      if (i % 100 === 99) await new Promise<void>((resolve) => setTimeout(resolve, 20))
    }
    const used = process.cpuUsage(before)
    if (failed > 0) throw new Error(`${failed} buffered events failed`)
    return (used.user + used.system) / (rounds * batch)
  }
  await run(true)
  const empty = await run(false)
  return { name: `buffered-${batch}`, batch, cpuMicrosPerEvent: round((await run(true)) - empty) }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
try {
  const spool = await openSpool({ dir: join(dir, 'spool'), scheduler, create: true })
  const results: object[] = []
  await strict(spool, 64)
  for (const inFlight of [1, 16, 256]) results.push(await strict(spool, inFlight))
  for (const batch of [1, 8, 64]) results.push(await buffered(spool, batch))
  await spool.close()
  const begin = performance.now()
  const report = await verifySpool(join(dir, 'spool'))
  if (report.damage !== null || report.torn !== null) throw new Error('the spool is damaged')
  results.push({
    name: 'verify',
    records: report.records,
    recordsPerSecond: Math.round(report.records / ((performance.now() - begin) / 1000)),
    eventBytes: Buffer.byteLength(JSON.stringify(event())),
  })
  const [cpu] = cpus()
  const machine = { cpu: cpu?.model ?? 'unknown', cores: cpus().length, node: process.version }
  if (json) process.stdout.write(`${JSON.stringify({ machine, results })}\n`)
  else for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
