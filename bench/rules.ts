/**
 * What the rules cost: CPU of the gateway (all its threads) for each request of six kinds, beside a proxy of our own that decides nothing, all over
 * mutual TLS, in interleaved rounds of which the cheapest counts; payments that are due at fixed times; and what a consent weighs. Both
 * run as `bin/gatehouse` starts Node.
 *
 *   npm run -s bench:rules -- --json [--rounds 5] [--requests 10000] [--connections 32] [--warm 10000] [--per-second 1000] [--only NAME] [--prof DIR] [--scale small]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { message } from './children.ts'
import { cpuMicrosOf } from './gateway/cpu-time.ts'
import type { Load, Round } from './gateway/load.ts'
import { bytesPerConsent } from './rules/consents.ts'
import { probeDisk } from './rules/disk.ts'
import { type OpenLoop, type RuleResult, rulesPrinted, rulesReport } from './rules/report.ts'
import { benchWorld } from './rules/world.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '10000' },
    connections: { type: 'string', default: '32' },
    /** Requests of each kind before the first round: the optimising compiler is at work for tens of thousands. */
    warm: { type: 'string', default: '10000' },
    'per-second': { type: 'string', default: '1000' },
    only: { type: 'string', multiple: true },
    prof: { type: 'string' },
    /** `small`: a tenth of the operations, clients and consents, for a look. */
    scale: { type: 'string', default: 'full' },
  },
})
const rounds = Number(values.rounds)
const requests = Number(values.requests)
const connections = Number(values.connections)
const perSecond = Number(values['per-second'])
const scale = values.scale === 'small' ? 0.1 : 1
const LARGE = { operations: 10_000 * scale, clients: 10_000 * scale, consents: 1_000_000 * scale }

/** As `bin/gatehouse` has it. */
const AS_LAUNCHED = ['--max-semi-space-size=4']
const OPEN_SECONDS = 10
const OPEN_CONNECTIONS = 128

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-rules-'))
const children: ChildProcess[] = []
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
const world = benchWorld(folder)

function start(file: string, args: readonly string[], flags: readonly string[] = []): ChildProcess {
  const child = fork(new URL(file, import.meta.url), args, {
    execArgv: ['--expose-gc', ...AS_LAUNCHED, ...flags],
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
  })
  children.push(child)
  child.on('exit', (code) => {
    if (code !== 0 && code !== null) fail(`${file} ended with ${code}`)
  })
  return child
}
function fail(text: string): never {
  process.stderr.write(`bench: ${text}\n`)
  process.exit(1)
}
const portOf = async (child: ChildProcess): Promise<number> =>
  (await message<{ port: number }>(child, 'port')).port

const upstream = start('./gateway/upstream.ts', [])
const origin = `http://127.0.0.1:${await portOf(upstream)}`
const loader = start('./gateway/load.ts', [])
const profile = values.prof === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.prof}`]
const bare = start('./gateway/bare-proxy.ts', [origin, world.certificates])
const barePort = await portOf(bare)
const ours = start('./rules/gateway.ts', [origin, folder], profile)
const oursPort = await portOf(ours)

interface Kind {
  readonly name: string
  readonly child: ChildProcess
  readonly port: number
  readonly status: number
  /** In each answer. */
  readonly field?: string
  /** Ready-made requests for one round. */
  readonly texts: (count: number) => readonly string[]
}
const reads = (): readonly string[] => world.reads(0, false)
const kinds: Kind[] = [
  { name: 'bare-read', child: bare, port: barePort, status: 200, texts: reads },
  { name: 'read', child: ours, port: oursPort, status: 200, texts: reads },
  {
    name: 'read-dpop',
    child: ours,
    port: oursPort,
    status: 200,
    texts: (count) => world.reads(count, true),
  },
  {
    name: 'bare-payment',
    child: bare,
    port: barePort,
    status: 201,
    texts: (count) => world.payments(count, 'unsigned'),
  },
  {
    name: 'payment',
    child: ours,
    port: oursPort,
    status: 201,
    texts: (count) => world.payments(count, 'unsigned'),
  },
  {
    name: 'payment-signed',
    child: ours,
    port: oursPort,
    status: 201,
    texts: (count) => world.payments(count, 'signed'),
  },
  {
    name: 'payment-answered',
    child: ours,
    port: oursPort,
    status: 201,
    field: 'x-jws-signature: ',
    texts: (count) => world.payments(count, 'answered'),
  },
]
const wanted = (name: string): boolean => values.only === undefined || values.only.includes(name)
if (wanted('read-large')) {
  const { operations, clients, consents } = LARGE
  const large = start('./rules/gateway.ts', [
    origin,
    folder,
    ...[operations, clients, consents].map(String),
  ])
  kinds.push({
    name: 'read-large',
    child: large,
    port: await portOf(large),
    status: 200,
    texts: reads,
  })
}
const measured = kinds
  .filter(({ name }) => wanted(name))
  .map((kind) => ({ ...kind, cpuMicros: Infinity, requestsPerSecond: 0, p99Ms: Infinity }))

async function load(
  { name, port, status, field, texts }: Kind,
  count: number,
  rate?: number,
): Promise<Load & { readonly cpu: number }> {
  const { child } = kinds.find((one) => one.name === name) ?? fail(name)
  const round: Round = {
    port,
    connections: rate === undefined ? connections : OPEN_CONNECTIONS,
    requests: count,
    texts: texts(count),
    status,
    ...(field !== undefined && { field }),
    tls: world.tls,
    ...(rate !== undefined && { perSecond: rate }),
  }
  const settled = message(child, 'settled')
  child.send('settle')
  await settled
  const done = message<Load | { readonly error: string }>(loader, 'loaded')
  const before = cpuMicrosOf(child.pid ?? 0)
  loader.send(round)
  const result = await done
  const cpu = (cpuMicrosOf(child.pid ?? 0) - before) / count
  return 'error' in result ? fail(`${name}: ${result.error}`) : { ...result, cpu }
}

async function payAtFixedTimes(): Promise<OpenLoop> {
  const count = perSecond * OPEN_SECONDS
  const of = (name: string): Kind => kinds.find((one) => one.name === name) ?? fail(name)
  const bareLoad = await load(of('bare-payment'), count, perSecond)
  const probe = probeDisk(folder)
  const { p99Ms, requestsPerSecond } = await load(of('payment'), count, perSecond)
  return {
    perSecond,
    answered: requestsPerSecond,
    bareP99Ms: bareLoad.p99Ms,
    p99Ms,
    fdatasyncP99Ms: await probe(),
  }
}

for (const one of measured) await load(one, Number(values.warm)) // code, tokens, connections
for (let round = 0; round < rounds; round++)
  for (const one of measured) {
    const { cpu, requestsPerSecond, p99Ms } = await load(one, requests)
    one.cpuMicros = Math.min(one.cpuMicros, cpu)
    one.requestsPerSecond = Math.max(one.requestsPerSecond, requestsPerSecond)
    one.p99Ms = Math.min(one.p99Ms, p99Ms)
    if (process.stderr.isTTY) process.stderr.write(`${one.name} ${cpu.toFixed(1)} µs\n`)
  }
const openLoop = wanted('open-loop') ? await payAtFixedTimes() : null
for (const child of children) {
  // By itself: then it leaves its profile.
  child.removeAllListeners('exit')
  const ended = once(child, 'exit')
  child.disconnect()
  if (child === ours && values.prof !== undefined) await ended
}

const weighed = wanted('consent-bytes') ? await bytesPerConsent(LARGE.consents) : null
const results: readonly RuleResult[] = measured.map(
  ({ name, cpuMicros, requestsPerSecond, p99Ms }) => ({
    name,
    cpuMicros,
    requestsPerSecond,
    p99Ms,
  }),
)
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  rounds,
  requests,
  connections,
  ...LARGE,
}
const report = rulesReport(results, weighed, openLoop)
process.stdout.write(
  values.json
    ? `${JSON.stringify({ machine, ...report })}\n`
    : `${JSON.stringify(machine)}\n${rulesPrinted(report)}`,
)
process.exit(0)
