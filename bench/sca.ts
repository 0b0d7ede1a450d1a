/**
 * What a decision about strong customer authentication costs, beside the disk's own fdatasync, and what a report does.
 *
 *   npm run -s bench:sca -- --json [--payers 20000] [--records 200000] [--decisions 2000] [--large]
 *
 * `--large`: 1,000,000 payers and 10,000,000 records (three gigabytes, some minutes). Decision: processor time of the whole process, the
 * store's thread included, many at once; durable: one at a time, each beside one fdatasync of the same disk; so are redemptions of codes. Of both
 * the first are not counted: they load modules, and compile queries.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { readScaReport } from '../src/app/sca/read-report.ts'
import { scaServices } from '../src/app/sca/services.ts'
import { systemScheduler } from '../src/app/system-ports.ts'
import { fraudDesk, governanceDesk, periodOf, scaLedger } from '../src/sca/index.ts'
import { scaMigrations } from '../src/sca/tables/index.ts'
import { openSqliteStore } from '../src/store/index.ts'
import { codesOver } from './sca/codes.ts'
import { fill, payerName } from './sca/fill.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    payers: { type: 'string' },
    records: { type: 'string' },
    decisions: { type: 'string', default: '2000' },
  },
})
const payers = Number(values.payers ?? (values.large ? 1_000_000 : 20_000))
const records = Number(values.records ?? (values.large ? 10_000_000 : 200_000))
const decisions = Number(values.decisions)
const AT_ONCE = 64
/** Not counted, before redemptions are. */
const WARM_REDEMPTIONS = 200
const [ENTITY, ZONE] = ['bank', 'Europe/Berlin']
const LIMITS = { decisionCpuMs: 0.3, durableByFsync: 2, redemptionByFsync: 2, reportSeconds: 60 }

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-sca-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
const period = periodOf('2026Q3', ZONE)
if (period === undefined) throw new RangeError('2026Q3 is a quarter')
await (await openSqliteStore({ dir, create: true, migrations: scaMigrations })).close()
fill(dir, { payers, records, from: period.from, to: period.to })
const store = await openSqliteStore({ dir, migrations: scaMigrations })

let now = Date.UTC(2026, 10, 29)
let ids = 0
const clock = { now: () => now, monotonic: () => performance.now() }
const uuid = (): string => `bench-${++ids}`
const common = { store, clock, entity: ENTITY, jurisdiction: 'EU' }
const governance = governanceDesk({ ...common, uuid })
for (const [name, settings] of [
  ['monitoring', { engine: 'bench' }],
  ['low-value', { counts: 'payments' }],
] as const) {
  const proposal = { name, from: now, until: now + 86_400_000, settings }
  await governance.propose(proposal, 'ann', 'bench')
  await governance.approve(name, 'ben')
}
const CLEAR = {
  monitoring: {
    compromisedElements: 'clear',
    fraudScenario: 'clear',
    malware: 'clear',
    deviceMisuse: 'clear',
  },
  analysis: {
    spendingPattern: 'clear',
    deviceOrSoftware: 'clear',
    payerLocation: 'clear',
    payeeLocation: 'clear',
  },
} as const
const ledger = scaLedger({
  ...common,
  scheduler: systemScheduler,
  uuid,
  names: { subject: payerName, of: (subject, kind, value) => payerName(subject + kind + value) },
})
let asked = 0
async function decide(): Promise<void> {
  // Spread over the payers, so that no page of the table is at hand by luck.
  const subject = `payer-${(++asked * 7_919) % payers}`
  now++
  await ledger.decide({
    subject,
    signals: CLEAR,
    act: {
      kind: 'remote-payment',
      instrument: 'card',
      amount: { value: '9.99', currency: 'EUR' },
      payees: ['iban:DE89370400440532013000'],
    },
  })
}
async function lane(count: number): Promise<void> {
  for (let at = 0; at < count; at++) await decide()
}
const together = (count: number): Promise<unknown> =>
  Promise.all(Array.from({ length: AT_ONCE }, () => lane(Math.ceil(count / AT_ONCE))))

await together(Math.min(decisions, 2_000)) // warm
const cpuBefore = process.cpuUsage()
const askedBefore = asked
const begun = performance.now()
await together(decisions)
const cpu = process.cpuUsage(cpuBefore)
const count = asked - askedBefore
const decisionCpuMs = (cpu.user + cpu.system) / 1_000 / count
const perSecond = Math.round((count / (performance.now() - begun)) * 1_000)

const file = openSync(join(dir, 'fsync'), 'w')
const block = Buffer.alloc(4_096, 1)
interface Durable {
  readonly fsyncs: number[]
  readonly took: number[]
}
/** One at a time, each after one fdatasync of a block; what makes it ready is not counted. */
async function beside(count: number, ready: () => Promise<() => Promise<void>>): Promise<Durable> {
  const made: Durable = { fsyncs: [], took: [] }
  for (let at = 0; at < count; at++) {
    const act = await ready()
    const start = performance.now()
    writeSync(file, block)
    fdatasyncSync(file)
    made.fsyncs.push(performance.now() - start)
    const asking = performance.now()
    await act()
    made.took.push(performance.now() - asking)
  }
  return made
}
const durable = await beside(Math.min(decisions, 1_000), () => Promise.resolve(decide))
const code = await codesOver(store)
for (let at = 0; at < Math.min(decisions, WARM_REDEMPTIONS); at++) await (await code())()
const redeemed = await beside(Math.min(decisions, 1_000), code)
closeSync(file)

const services = scaServices({
  ...common,
  governance,
  timeZone: ZONE,
  fraud: fraudDesk({ ...common, timeZone: ZONE }),
})
const reportCpuBefore = process.cpuUsage()
const reportBegun = performance.now()
const report = await readScaReport(
  { ...services, period: (name) => Promise.resolve(services.period(name)) },
  '2026Q3',
  {
    signal: new AbortController().signal,
    progress: (seen, share) => {
      if (process.stderr.isTTY)
        process.stderr.write(`\radding up: ${Math.round(share * 100)} %, ${seen} records`)
    },
  },
)
const reportSeconds = (performance.now() - reportBegun) / 1_000
const reportCpu = process.cpuUsage(reportCpuBefore)
const acts = report?.authentication.reduce((all, { required }) => all + required, 0) ?? 0
await store.close()

function inReport(name: string, { fsyncs, took }: Durable): Readonly<Record<string, number>> {
  return {
    [`${name}FdatasyncP50Ms`]: round(quantile(fsyncs, 0.5)),
    [`${name}FdatasyncP99Ms`]: round(quantile(fsyncs, 0.99)),
    [`${name}P50Ms`]: round(quantile(took, 0.5)),
    [`${name}P99Ms`]: round(quantile(took, 0.99)),
    [`${name}ByFsync`]: round(quantile(took, 0.99) / quantile(fsyncs, 0.99)),
  }
}
function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * share)] ?? 0
}
const round = (value: number): number => Math.round(value * 1_000) / 1_000
const result = {
  machine: { cpu: cpus()[0]?.model ?? '', load: loadavg().map(round) },
  payers,
  records,
  decisions: count,
  decisionCpuMs: round(decisionCpuMs),
  perSecond,
  ...inReport('durable', durable),
  ...inReport('redemption', redeemed),
  reportSeconds: round(reportSeconds),
  reportCpuSeconds: round((reportCpu.user + reportCpu.system) / 1e6),
  reportRecordsPerSecond: Math.round(records / reportSeconds),
  required: acts,
  limits: LIMITS,
}
console.log(
  values.json
    ? JSON.stringify(result)
    : Object.entries(result)
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
        .join('\n'),
)
