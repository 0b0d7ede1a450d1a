/**
 * What a guarded request costs beside proxies that guard less: CPU of each proxy, all its processes and threads, by the operating
 * system's count, over fixed numbers of requests, in interleaved rounds, of which the cheapest counts. Upstream, proxies and load are
 * processes of their own; every proxy has one worker. Peers that this machine lacks are named in the result.
 *
 *   npm run -s bench:gateway -- --json [--rounds 5] [--requests 20000] [--connections 32] [--only NAME] [--prof DIR]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { message } from './children.ts'
import { peersRequired } from '../test/support/peer-programs.ts'
import { cpuMicrosOf } from './gateway/cpu-time.ts'
import type { Load, Round } from './gateway/load.ts'
import { startPeers } from './gateway/peers/index.ts'
import { LARGE, OURS, printed, report } from './gateway/report.ts'
import { type Account, forged, requestText, statusOf } from './gateway/request.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '20000' },
    connections: { type: 'string', default: '32' },
    /** Names of results to measure; all when absent. */
    only: { type: 'string', multiple: true },
    prof: { type: 'string' },
  },
})

interface Proxy {
  readonly name: string
  readonly version: string
  readonly pid: number
  readonly port: number
  readonly verifies: boolean
  /** Collects garbage first, so that one round does not pay for another's; peers have none. */
  settle(): Promise<void>
}
interface Ready {
  readonly port: number
}

const rounds = Number(values.rounds)
const requests = Number(values.requests)
const connections = Number(values.connections)
const stops: (() => void)[] = []
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-peers-'))
process.on('exit', () => {
  for (const stop of stops) stop()
  rmSync(folder, { recursive: true, force: true })
})

function start(file: string, args: readonly string[], flags: readonly string[] = []): ChildProcess {
  const child = fork(new URL(`./gateway/${file}`, import.meta.url), args, {
    execArgv: ['--expose-gc', ...flags],
  })
  stops.push(() => child.connected && child.disconnect())
  child.on('exit', (code) => {
    if (code !== 0 && code !== null) fail(`${file} ended with ${code}`)
  })
  return child
}

function own(name: string, child: ChildProcess, { port }: Ready, verifies: boolean): Proxy {
  return {
    name,
    version: process.versions.node,
    pid: child.pid ?? 0,
    port,
    verifies,
    async settle() {
      const settled = message(child, 'settled')
      child.send('settle')
      await settled
    },
  }
}

function fail(text: string): never {
  process.stderr.write(`bench: ${text}\n`)
  process.exit(1)
}

const upstream = start('upstream.ts', [])
const origin = new URL(`http://127.0.0.1:${(await message<Ready>(upstream, 'port')).port}`)
const loader = start('load.ts', [])
const bareProcess = start('bare-proxy.ts', [origin.origin])
const bare = own('undici-proxy', bareProcess, await message<Ready>(bareProcess, 'port'), false)
const profile = values.prof === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.prof}`]
const ourProcess = start('gatehouse-proxy.ts', [origin.origin], profile)
const issued = message<{
  tokens: readonly string[]
  issuer: string
  audience: string
  keySet: string
}>(ourProcess, 'tokens')
const ours = own(OURS, ourProcess, await message<Ready>(ourProcess, 'port'), true)
const { tokens, ...trusted } = await issued
const [firstToken = ''] = tokens

const peers = await startPeers(folder, origin, trusted)
for (const peer of peers.running) stops.push(() => peer.stop())
if (peersRequired && peers.absent.length > 0)
  fail(`GATEHOUSE_REQUIRE_PEERS=1 and absent: ${peers.absent.join(', ')}`)

const proxies: readonly Proxy[] = [
  ...peers.running.map((peer) => ({ ...peer, settle: () => Promise.resolve() })),
  bare,
  ours,
]
for (const { name, port, verifies } of proxies) {
  const good = await statusOf(port, firstToken)
  const bad = await statusOf(port, forged(firstToken))
  if (good !== 200 || bad !== (verifies ? 401 : 200))
    fail(`${name} answers ${good} to a good token and ${bad} to a forged one`)
}

const measure = (proxy: Proxy, name: string, account: Account) => ({
  name,
  proxy,
  texts: tokens.map((token) => requestText(account, token)),
  cpuMicros: Number.POSITIVE_INFINITY,
  requestsPerSecond: 0,
  p99Ms: Number.POSITIVE_INFINITY,
})
type Measured = ReturnType<typeof measure>
const measured = [
  ...proxies.map((proxy) => measure(proxy, proxy.name, 'A1')),
  ...proxies.map((proxy) => measure(proxy, proxy.name + LARGE, 'A2')),
].filter(({ name }) => values.only === undefined || values.only.includes(name))

async function load({ name, proxy, texts }: Measured, count: number): Promise<Load> {
  const done = message<Load | { readonly error: string }>(loader, 'loaded')
  const round: Round = { port: proxy.port, connections, requests: count, texts, status: 200 }
  loader.send(round)
  const result = await done
  return 'error' in result ? fail(`${name}: ${result.error}`) : result
}

for (const one of measured) await load(one, Math.min(requests, 5_000)) // warm up: code, tokens, connections
for (let round = 0; round < rounds; round++)
  for (const one of measured) {
    await one.proxy.settle()
    const before = cpuMicrosOf(one.proxy.pid)
    const { requestsPerSecond, p99Ms } = await load(one, requests)
    const cpu = (cpuMicrosOf(one.proxy.pid) - before) / requests
    one.cpuMicros = Math.min(one.cpuMicros, cpu)
    one.requestsPerSecond = Math.max(one.requestsPerSecond, requestsPerSecond)
    one.p99Ms = Math.min(one.p99Ms, p99Ms)
    if (process.stderr.isTTY)
      process.stderr.write(`${one.name} ${cpu.toFixed(1)} µs ${requestsPerSecond.toFixed(0)}/s\n`)
  }

const result = report(
  { connections, requests, rounds },
  measured.map((one) => ({ ...one, version: one.proxy.version })),
  peers.absent,
)
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : printed(result))
process.exit(0)
