/**
 * `npm run bench:reindex`: what `gatehouse events reindex` costs: a spool is written by the product's own writer, then the index is made of
 * it as the command makes it, from opening to the last secondary index. Prints events a second, by the clock and by processor time.
 * `--events N`, `--json`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openIndexWriter } from '../src/audit/index.ts'
import { openSpool } from '../src/events/index.ts'
import { accessEvent } from '../test/support/access-event.ts'
import { realScheduler } from '../test/support/real-scheduler.ts'

const { values } = parseArgs({
  options: { events: { type: 'string', default: '200000' }, json: { type: 'boolean' } },
})
const EVENTS = Number(values.events)
const CLIENTS = 500
const AT_ONCE = 2_000
const ROUNDS = 3

/** Seeded: the same events in every run. */
let state = 42
function chance(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state % below
}

function eventAt(seq: number) {
  const denied = chance(20) === 0
  return accessEvent({
    id: `01${seq.toString(36).toUpperCase().padStart(24, '0')}`,
    at: Date.UTC(2026, 0, 1) + seq * 100,
    client: `tpp-${Math.floor((chance(CLIENTS) * chance(CLIENTS)) / CLIENTS)}`,
    operation: `Operation${chance(30)}`,
    subject: `hmac:${chance(1_000_000).toString(16).padStart(16, '0')}`,
    consent: `hmac:${chance(1_500_000).toString(16).padStart(16, 'f')}`,
    outcome: denied ? 'denied' : 'trimmed',
    code: denied ? 'GH_GATEWAY_SCOPE_MISSING' : null,
    interaction: '93bac548-d2de-4546-b106-880a5018460d',
    facts: FACTS,
  })
}

/** As long as those that a gateway writes of a guarded read. */
const FACTS = {
  bucket: 4711,
  feedAgeMs: 120,
  token: { kind: 'verified', issuer: 'https://as.example', scopes: ['accounts'], ageSeconds: 9 },
  clientStatus: 'active',
  consent: {
    status: 'AUTH',
    permissions: ['ReadAccountsBasic', 'ReadBalances', 'ReadTransactionsDetail'],
    accounts: 2,
    sameClient: true,
    sameSubject: true,
    expiresInSeconds: 86_400,
    revoked: false,
  },
  objects: { 'path:AccountId': true },
  query: [],
} as const

async function writeSpool(dir: string): Promise<void> {
  const spool = await openSpool({ dir, scheduler: realScheduler, create: true })
  for (let from = 1; from <= EVENTS; from += AT_ONCE)
    await Promise.all(
      Array.from(
        { length: Math.min(AT_ONCE, EVENTS - from + 1) },
        (_, i) =>
          new Promise<void>((resolve, reject) => {
            spool.append(eventAt(from + i), 'buffered', (error) =>
              error === undefined ? resolve() : reject(error),
            )
          }),
      ),
    )
  await spool.close()
}

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-reindex-'))
try {
  await writeSpool(join(dir, 'spool'))
  const rounds: { readonly wallMs: number; readonly cpuMs: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const [start, used] = [performance.now(), process.cpuUsage()]
    const writer = await openIndexWriter({
      dir: join(dir, `index-${round}`),
      spoolDir: join(dir, 'spool'),
    })
    let events = 0
    for (let taken = -1; taken !== 0; events += taken) taken = await writer.step()
    writer.close()
    if (events !== EVENTS) throw new Error(`${events} of ${EVENTS} events`)
    const { user, system } = process.cpuUsage(used)
    rounds.push({ wallMs: performance.now() - start, cpuMs: (user + system) / 1000 })
    rmSync(join(dir, `index-${round}`), { recursive: true })
  }
  const best = (of: 'wallMs' | 'cpuMs'): number => Math.min(...rounds.map((round) => round[of]))
  const report = {
    events: EVENTS,
    load: loadavg()[0],
    processors: availableParallelism(),
    eventsPerSecond: Math.round(EVENTS / (best('wallMs') / 1000)),
    eventsPerCpuSecond: Math.round(EVENTS / (best('cpuMs') / 1000)),
    rounds,
  }
  if (values.json === true) console.log(JSON.stringify(report))
  else
    console.log(
      `${EVENTS.toLocaleString('en')} events, best of ${ROUNDS}: ${report.eventsPerSecond.toLocaleString('en')}/s, ${report.eventsPerCpuSecond.toLocaleString('en')} a second of processor (load ${report.load?.toFixed(1)})`,
    )
} finally {
  rmSync(dir, { recursive: true, force: true })
}
