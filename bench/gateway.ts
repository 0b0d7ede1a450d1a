/**
 * What a guarded request costs beside a bare proxy: CPU of the proxy process by the operating system's count, over fixed numbers of
 * requests, in interleaved rounds, of which the cheapest counts. Upstream, proxies and load are processes of their own.
 *
 *   npm run -s bench:gateway -- --json [--rounds 5] [--requests 20000] [--connections 32] [--only NAME] [--prof DIR]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '20000' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string' },
    prof: { type: 'string' },
  },
})

interface Variant {
  readonly name: string
  readonly proxy: Measured
  readonly texts: readonly string[]
  cpuMicros: number
  requestsPerSecond: number
  p99Ms: number
}
interface Measured {
  readonly process: ChildProcess
  readonly port: number
}
interface Usage {
  readonly cpuMicros: number
}
interface Load {
  readonly requestsPerSecond: number
  readonly p99Ms: number
  readonly error?: string
}

const rounds = Number(values.rounds)
const requests = Number(values.requests)
const children: ChildProcess[] = []

function start(file: string, args: readonly string[], flags: readonly string[] = []): ChildProcess {
  const child = fork(new URL(`./gateway/${file}`, import.meta.url), args, {
    execArgv: ['--expose-gc', ...flags],
  })
  children.push(child)
  child.on('exit', (code) => {
    if (code !== 0 && code !== null) fail(`${file} ended with ${code}`)
  })
  return child
}

/** The next message with this member. */
function message<T>(child: ChildProcess, member: string): Promise<T> {
  return new Promise((resolve) => {
    const take = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || !(member in value)) return
      child.off('message', take)
      resolve(value as T) // sound: our own processes
    }
    child.on('message', take)
  })
}

async function usage(child: ChildProcess, when: 'before' | 'after'): Promise<Usage> {
  const answer = message<Usage>(child, 'cpuMicros')
  child.send(when)
  return answer
}

function load(variant: Variant, count: number): Promise<Load> {
  return new Promise((resolve) => {
    loader.once('message', (result) => {
      const done = result as Load // sound: our own process
      if (done.error !== undefined) fail(`${variant.name}: ${done.error}`)
      else resolve(done)
    })
    loader.send({
      port: variant.proxy.port,
      connections: Number(values.connections),
      requests: count,
      texts: variant.texts,
      status: 200,
    })
  })
}

function fail(text: string): never {
  process.stderr.write(`bench: ${text}\n`)
  for (const child of children) child.kill()
  process.exit(1)
}

function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`)
}

function requestText(account: string, token: string): string {
  return [
    `GET /open-banking/v4.0/aisp/accounts/${account}/transactions?fromBookingDateTime=2026-01-01T00:00:00Z HTTP/1.1`,
    'Host: api.bench.example',
    'User-Agent: bench/1',
    'Accept: application/json',
    'x-fapi-interaction-id: 93bac548-d2de-4546-b106-880a5018460d',
    `Authorization: Bearer ${token}`,
    '\r\n',
  ].join('\r\n')
}

const upstream = start('upstream.ts', [])
const { port } = await message<{ port: number; small: number; large: number }>(upstream, 'port')
const origin = `http://127.0.0.1:${port}`
const loader = start('load.ts', [])
const bareProcess = start('bare-proxy.ts', [origin])
const bare = {
  process: bareProcess,
  port: (await message<{ port: number }>(bareProcess, 'port')).port,
}
const profile = values.prof === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.prof}`]
const ourProcess = start('gatehouse-proxy.ts', [origin], profile)
const tokensSent = message<{ tokens: string[] }>(ourProcess, 'tokens')
const ours = {
  process: ourProcess,
  port: (await message<{ port: number }>(ourProcess, 'port')).port,
}
const { tokens } = await tokensSent

const variant = (name: string, proxy: Measured, account: string): Variant => ({
  name,
  proxy,
  texts: tokens.map((token) => requestText(account, token)),
  cpuMicros: Number.POSITIVE_INFINITY,
  requestsPerSecond: 0,
  p99Ms: Number.POSITIVE_INFINITY,
})
const variants = [
  variant('undici-proxy', bare, 'A1'),
  variant('gatehouse-ais', ours, 'A1'),
  variant('undici-proxy-10kb', bare, 'A2'),
  variant('gatehouse-ais-10kb', ours, 'A2'),
].filter((one) => values.only === undefined || one.name === values.only)

for (const one of variants) await load(one, Math.min(requests, 5_000)) // warm up: code, tokens, connections
for (let round = 0; round < rounds; round++)
  for (const one of variants) {
    const before = await usage(one.proxy.process, 'before')
    const { requestsPerSecond, p99Ms } = await load(one, requests)
    const after = await usage(one.proxy.process, 'after')
    const cpu = (after.cpuMicros - before.cpuMicros) / requests
    one.cpuMicros = Math.min(one.cpuMicros, cpu)
    one.requestsPerSecond = Math.max(one.requestsPerSecond, requestsPerSecond)
    one.p99Ms = Math.min(one.p99Ms, p99Ms)
    note(
      `${one.name} ${cpu.toFixed(1)} µs ${Math.round(requestsPerSecond)}/s p99 ${p99Ms.toFixed(2)} ms`,
    )
  }

const [cpu] = cpus()
const report = {
  machine: {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    connections: Number(values.connections),
    requests,
    rounds,
  },
  results: variants.map(({ name, cpuMicros, requestsPerSecond, p99Ms }) => ({
    name,
    cpuMicrosPerRequest: Math.round(cpuMicros * 10) / 10,
    requestsPerSecond: Math.round(requestsPerSecond),
    p99Ms: Math.round(p99Ms * 100) / 100,
  })),
}
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`)
else {
  process.stdout.write(`${JSON.stringify(report.machine)}\n`)
  for (const { name, cpuMicrosPerRequest, requestsPerSecond, p99Ms } of report.results)
    process.stdout.write(
      `${name.padEnd(20)} ${cpuMicrosPerRequest.toFixed(1).padStart(6)} µs/request ${String(requestsPerSecond).padStart(7)}/s  p99 ${p99Ms} ms\n`,
    )
}
for (const child of children) child.disconnect()
