/**
 * What a check of Envoy (`ext_authz`) costs on our side, beside a responder that decides nothing: CPU of each process by the scheduler's
 * count, in interleaved rounds of the same run, of which the cheapest counts. The load plays Envoy: the same heads, kept connections.
 *
 *   npm run -s bench:envoy -- --json [--rounds 5] [--requests 10000] [--connections 16]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import { message } from './children.ts'
import { cpuMicrosOf } from './gateway/cpu-time.ts'
import type { Load, Round } from './gateway/load.ts'
import { checkText, forged } from './gateway/request.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '10000' },
    connections: { type: 'string', default: '16' },
    prof: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const requests = Number(values.requests)
const connections = Number(values.connections)
/** Issue 5. */
const TARGET_MICROS = 45

const children: ChildProcess[] = []
process.on('exit', () => {
  for (const child of children) if (child.connected) child.disconnect()
})

function start(file: string, args: readonly string[], flags: readonly string[] = []): ChildProcess {
  const child = fork(new URL(file, import.meta.url), args, { execArgv: ['--expose-gc', ...flags] })
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

const loader = start('./gateway/load.ts', [])
const profile = values.prof === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.prof}`]
const ours = start('./gateway/gatehouse-proxy.ts', ['http://127.0.0.1:9', 'ask'], profile)
const issued = message<{ tokens: readonly string[] }>(ours, 'tokens')
const ourPort = (await message<{ port: number }>(ours, 'port')).port
const { tokens } = await issued
const bare = start('./envoy/bare-responder.ts', [])
const barePort = (await message<{ port: number }>(bare, 'port')).port

const measured = [
  { name: 'bare-responder', child: bare, port: barePort, cpuMicros: Number.POSITIVE_INFINITY },
  { name: 'gatehouse-check', child: ours, port: ourPort, cpuMicros: Number.POSITIVE_INFINITY },
]

async function load(
  port: number,
  texts: readonly string[],
  count: number,
  status = 200,
): Promise<void> {
  const done = message<Load | { readonly error: string }>(loader, 'loaded')
  const round: Round = { port, connections, requests: count, texts, status }
  loader.send(round)
  const result = await done
  if ('error' in result) fail(result.error)
}

const texts = tokens.map(checkText)
// It decides: what is forged is refused.
await load(ourPort, [checkText(forged(tokens[0] ?? ''))], 1, 401)
for (const { port } of measured) await load(port, texts, Math.min(requests, 5_000)) // warm up: code, tokens, connections
for (let round = 0; round < rounds; round++)
  for (const one of measured) {
    const settled = message(one.child, 'settled')
    one.child.send('settle')
    await settled
    const pid = one.child.pid ?? 0
    const before = cpuMicrosOf(pid)
    await load(one.port, texts, requests)
    one.cpuMicros = Math.min(one.cpuMicros, (cpuMicrosOf(pid) - before) / requests)
  }

const micros = new Map(measured.map(({ name, cpuMicros }) => [name, cpuMicros]))
const result = {
  node: process.versions.node,
  connections,
  requests,
  rounds,
  cpuMicros: Object.fromEntries(micros),
  ratio: (micros.get('gatehouse-check') ?? 0) / (micros.get('bare-responder') ?? 0),
  targetMicros: TARGET_MICROS,
  met: (micros.get('gatehouse-check') ?? 0) <= TARGET_MICROS,
}
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`)
else {
  for (const [name, cpu] of micros) process.stdout.write(`${name.padEnd(18)}${cpu.toFixed(1)} µs\n`)
  process.stdout.write(
    `${result.ratio.toFixed(2)} × the bare responder; target ≤ ${TARGET_MICROS} µs: ${result.met ? 'met' : 'missed'}\n`,
  )
}
process.exit(0)
