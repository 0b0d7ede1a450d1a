/**
 * How fast recorded traffic is decided again: the spool of the example bank's plan, written by the gateway's own core, read from disk
 * with its chain verified, and replayed under a draft that changes one rule.
 *
 *   npm run -s bench:replay -- --json [--events 100000] [--rounds 3]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type AccessEvent, openSpool, readSpool } from '../src/events/index.ts'
import { createReplay } from '../src/policy/replay/index.ts'
import { FakeClock } from '../test/support/fake-clock.ts'
import { linearRegex } from '../test/support/linear-regex.ts'
import { benchPlan } from './gateway/ais-plan.ts'
import { recordedEvent } from './replay/recorded-event.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    events: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
  },
})
const count = Number(values.events)
const rounds = Number(values.rounds)

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const dir = join(folder, 'spool')
const plan = benchPlan('http://127.0.0.1:1')
const draft = {
  ...plan,
  digest: `sha256:${'d'.repeat(64)}`,
  apis: plan.apis.map((api) =>
    api.state === 'closed'
      ? api
      : {
          ...api,
          rules: api.rules.map((rule) =>
            rule.name === 'token.lifetime' ? { ...rule, params: { maxSeconds: 240 } } : rule,
          ),
        },
  ),
}

const spool = await openSpool({ dir, scheduler: new FakeClock(), create: true })
let bytes = 0
for (let at = 0; at < count;) {
  const batch = Math.min(1_000, count - at)
  const written = Array.from({ length: batch }, (_, index) => {
    const event: AccessEvent = recordedEvent(plan, at + index)
    bytes += JSON.stringify(event).length
    return new Promise<void>((resolve, reject) =>
      spool.append(event, 'buffered', (failure) =>
        failure === undefined ? resolve() : reject(failure),
      ),
    )
  })
  await Promise.all(written)
  at += batch
}
await spool.close()

let best = Number.POSITIVE_INFINITY
let cpu = Number.POSITIVE_INFINITY
let denied = 0
for (let round = 0; round < rounds; round++) {
  const from = performance.now()
  const used = process.cpuUsage()
  const replay = createReplay({ draft, regex: linearRegex, planOf: () => plan })
  await readSpool({ dir, from: 0, signal: new AbortController().signal }, (event) =>
    replay.take(event),
  )
  const report = replay.report()
  best = Math.min(best, performance.now() - from)
  const { user, system } = process.cpuUsage(used)
  cpu = Math.min(cpu, (user + system) / count)
  denied = report.newlyDenied.reduce((sum, group) => sum + group.count, 0)
  if (report.decisions !== count || denied === 0) throw new Error('the replay saw something else')
}
const report = {
  machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
  events: count,
  bytesPerEvent: Math.round(bytes / count),
  newlyDenied: denied,
  eventsPerSecond: Math.round((count / best) * 1000),
  cpuMicrosPerEvent: Math.round(cpu * 10) / 10,
}
process.stdout.write(`${JSON.stringify(report)}\n`)
