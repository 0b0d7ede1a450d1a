/**
 * What the authorization server costs: tokens by client credentials (private_key_jwt, DPoP, ES256) beside the library alone with its
 * records in memory; introspection of an opaque token, by a gateway that shows its certificate and by one that signs; whole journeys at a steady rate beside the disk's own fdatasync. Interleaved rounds,
 * after one of each that is not counted: code that is still being compiled says nothing of a server that has run for an hour. `--keycloak`: the same tokens of Keycloak, where
 * GATEHOUSE_KEYCLOAK says where it is; the JVM needs some thousands until it is as fast as it gets.
 *
 *   npm run -s bench:identity -- --json [--rounds 3] [--requests 2000] [--warm-requests 8000] [--connections 16]
 *     [--journey-seconds 10] [--journeys-per-second 50] [--warm-seconds 20] [--keycloak]
 */
import { type ChildProcess, fork } from 'node:child_process'
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeCertificates } from '../src/app/index.ts'
import { readCertificate } from '../src/proof/index.ts'
import { message } from './children.ts'
import { cpuMicrosOf, mainThreadMicrosOf } from './gateway/cpu-time.ts'
import type { Load, Round } from './gateway/load.ts'
import { keycloakHome } from '../test/support/peer-keycloak.ts'
import { type Beside, keycloakBeside } from './identity/keycloak.ts'
import type { Journeys, Stage } from './identity/journeys.ts'
import { identityWorld, OWN_TOKEN } from './identity/world.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '2000' },
    connections: { type: 'string', default: '16' },
    'journey-seconds': { type: 'string', default: '10' },
    'journeys-per-second': { type: 'string', default: '50' },
    /** Only where it is found (`GATEHOUSE_KEYCLOAK`). */
    keycloak: { type: 'boolean', default: false },
    'warm-requests': { type: 'string', default: '8000' },
    'warm-seconds': { type: 'string', default: '20' },
  },
})
const [rounds, requests, connections, warmRequests] = [
  Number(values.rounds),
  Number(values.requests),
  Number(values.connections),
  Number(values['warm-requests']),
]
/** Keycloak takes a proof for ten seconds. */
const PROOFS_AT_ONCE = 200
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-identity-'))
const children: ChildProcess[] = []
process.on('exit', () => {
  for (const child of children) child.kill()
  rmSync(folder, { recursive: true, force: true })
})

function start(file: string, args: readonly string[]): ChildProcess {
  const child = fork(new URL(file, import.meta.url), args, { execArgv: ['--expose-gc'] })
  children.push(child)
  return child
}
const certificates = join(folder, 'certificates')
makeCertificates({
  dir: certificates,
  organization: 'Gateway of a benchmark',
  organizationIdentifier: 'PSDGB-FCA-123456',
  hosts: ['127.0.0.1'],
  days: 1,
  now: Date.now(),
})
const pem = (name: string): string => readFileSync(join(certificates, `${name}.pem`), 'utf8')
const shown = readCertificate(new X509Certificate(pem('qwac')).raw)
if (!shown.ok) throw new Error(shown.fault)
const world = await identityWorld(shown.certificate.subject.text)
const file = join(folder, 'clients.json')
writeFileSync(file, JSON.stringify(world.clients))
interface Served {
  readonly child: ChildProcess
  readonly port: number
  readonly tlsPort: number
}
const server = async (which: string): Promise<Served> => {
  const child = start('./identity/server.ts', [which, file, join(folder, which), certificates])
  return { child, ...(await message<Omit<Served, 'child'>>(child, 'port')) }
}
const tls = { ca: pem('ca'), cert: pem('qwac'), key: pem('qwac-key') }
const [bare, ours, loader] = [
  await server('bare'),
  await server('ours'),
  start('./gateway/load.ts', []),
]
const stops: (() => unknown)[] = []
process.on('exit', () => {
  for (const stop of stops) stop()
})
const keycloak = values.keycloak ? await startedKeycloak() : undefined
interface Kind {
  readonly name: string
  readonly port: number
  /** A process of our own, which is told to collect what was before; or another's process. */
  readonly child?: ChildProcess
  readonly pid: number
  readonly tls?: Round['tls']
  /** No more at once: what is signed grows old. */
  readonly most?: number
  readonly texts: (count: number) => Promise<readonly string[]>
}
const of = ({ child, port }: Served) => ({ child, port, pid: child.pid ?? 0 })
const asked: readonly Kind[] = [
  { name: 'bare-token', ...of(bare), texts: (count) => world.tokens(count) },
  { name: 'token', ...of(ours), texts: (count) => world.tokens(count) },
  {
    name: 'introspection',
    ...of(ours),
    port: ours.tlsPort,
    tls,
    texts: async () => world.questionsByCertificate(await opaqueToken(ours.port)),
  },
  {
    name: 'introspection-signed',
    ...of(ours),
    texts: async (count) => world.questions(count, await opaqueToken(ours.port)),
  },
]
const others: readonly Kind[] =
  keycloak === undefined
    ? []
    : [
        {
          name: 'keycloak-token',
          ...keycloak,
          most: PROOFS_AT_ONCE,
          texts: (count) => world.tokensElsewhere(count, keycloak),
        },
      ]
const kinds = [...asked, ...others].map((kind) => ({
  ...kind,
  cpuMicros: Infinity,
  requestsPerSecond: 0,
  p99Ms: Infinity,
}))

for (let round = -1; round < rounds; round++)
  for (const kind of kinds) {
    const count = round < 0 ? warmRequests : requests
    if (count === 0) continue
    const { cpu, requestsPerSecond, p99Ms } = await measure(kind, count)
    if (process.stderr.isTTY) process.stderr.write(`${kind.name} ${cpu.toFixed(1)} µs\n`)
    if (round < 0) continue
    kind.cpuMicros = Math.min(kind.cpuMicros, cpu)
    kind.requestsPerSecond = Math.max(kind.requestsPerSecond, requestsPerSecond)
    kind.p99Ms = Math.min(kind.p99Ms, p99Ms)
  }
const [warmSeconds, seconds, perSecond] = [
  Number(values['warm-seconds']),
  Number(values['journey-seconds']),
  Number(values['journeys-per-second']),
]
const walker = start('./identity/journeys.ts', [])
if (warmSeconds > 0) await journeysFor(warmSeconds)
const journeys = await journeysFor(seconds)
const diskMs = syncP99Ms()
const report = {
  cpu: cpus()[0]?.model ?? '',
  cores: cpus().length,
  load: loadavg().map(tenths),
  node: process.version,
  rounds,
  requests,
  connections,
  results: kinds.map(({ name, cpuMicros, requestsPerSecond, p99Ms }) => ({
    name,
    cpuMicros: tenths(cpuMicros),
    requestsPerSecond: Math.round(requestsPerSecond),
    p99Ms: tenths(p99Ms),
  })),
  journeys: {
    count: journeys.walked,
    perSecond,
    cpuMs: tenths(journeys.serverMs),
    mainThreadMs: tenths(journeys.mainMs),
    clientCpuMs: tenths(journeys.cpuMs),
    p50Ms: tenths(journeys.p50Ms),
    p99Ms: tenths(journeys.p99Ms),
  },
  fdatasyncP99Ms: tenths(diskMs),
  targets: [
    target('token rate / bare-token rate ≥ 0.6', ratio('token', 'bare-token'), (is) => is >= 0.6),
    ...(keycloak === undefined
      ? []
      : [
          target(
            'token rate / keycloak-token rate ≥ 1',
            ratio('token', 'keycloak-token'),
            (is) => is >= 1,
          ),
        ]),
    target('introspections per second ≥ 4000', rate('introspection'), (is) => is >= 4_000),
    target('journey p99 - fdatasync p99, ms ≤ 60', journeys.p99Ms - diskMs, (is) => is <= 60),
  ],
}
for (const child of children) child.kill()
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`)
else {
  for (const { name, cpuMicros, requestsPerSecond, p99Ms } of report.results)
    process.stdout.write(
      `${name.padEnd(20)} ${String(cpuMicros).padStart(8)} µs/request ${String(requestsPerSecond).padStart(6)}/s  p99 ${p99Ms} ms\n`,
    )
  process.stdout.write(
    `journeys at ${perSecond}/s: ${journeys.walked}, ${report.journeys.cpuMs} ms of CPU each (${report.journeys.mainThreadMs} in the main thread, the client's ${report.journeys.clientCpuMs} not counted), p50 ${report.journeys.p50Ms} ms, p99 ${report.journeys.p99Ms} ms; fdatasync p99 ${report.fdatasyncP99Ms} ms\n`,
  )
  for (const { what, is, met } of report.targets)
    process.stdout.write(`target: ${what}: ${is}, ${met ? 'met' : 'missed'}\n`)
}
process.exit(0)

async function measure(
  { name, child, pid, port, tls: pair, most = Infinity, texts: make }: Kind,
  count: number,
): Promise<{ readonly cpu: number; readonly requestsPerSecond: number; readonly p99Ms: number }> {
  let [cpu, busySeconds, p99Ms] = [0, 0, 0]
  for (let left = count; left > 0; left -= most) {
    const now = Math.min(left, most)
    const texts = await make(now)
    if (child !== undefined) {
      const settled = message(child, 'settled')
      child.send('settle')
      await settled
    }
    const done = message<Load | { readonly error: string }>(loader, 'loaded')
    const before = cpuMicrosOf(pid)
    const round: Round = { port, connections, requests: now, texts, status: 200 }
    loader.send(pair === undefined ? round : { ...round, tls: pair })
    const result = await done
    if ('error' in result) throw new Error(`${name}: ${result.error}`)
    cpu += cpuMicrosOf(pid) - before
    busySeconds += now / result.requestsPerSecond
    p99Ms = Math.max(p99Ms, result.p99Ms)
  }
  return { cpu: cpu / count, requestsPerSecond: count / busySeconds, p99Ms }
}

function rate(name: string): number {
  return kinds.find((one) => one.name === name)?.requestsPerSecond ?? 0
}
function ratio(a: string, b: string): number {
  return rate(a) / rate(b)
}
function target(
  what: string,
  is: number,
  holds: (is: number) => boolean,
): { readonly what: string; readonly is: number; readonly met: boolean } {
  return { what, is: Math.round(is * 100) / 100, met: holds(is) }
}
function tenths(value: number): number {
  return Math.round(value * 10) / 10
}

/** @throws Error where it is not: a run that was to compare compares. */
async function startedKeycloak(): Promise<Beside> {
  const third = world.clients.find(({ client_id: id }) => id === 'tpp')
  if (third === undefined || keycloakHome === undefined)
    throw new Error('keycloak is absent: GATEHOUSE_KEYCLOAK says where it is')
  const beside = await keycloakBeside(keycloakHome, third, stops)
  // It makes its keys when it is first asked, and answers 500 to some who ask meanwhile.
  await oneToken('tpp', beside.issuer, beside.tokenPath, beside.issuer)
  return beside
}

async function journeysFor(
  length: number,
): Promise<Journeys & { readonly serverMs: number; readonly mainMs: number }> {
  const errands = await Promise.all(
    Array.from({ length: length * perSecond }, () => world.errand()),
  )
  const settled = message(ours.child, 'settled')
  ours.child.send('settle')
  await settled
  const pid = ours.child.pid ?? 0
  const before = [cpuMicrosOf(pid), mainThreadMicrosOf(pid)] as const
  const done = message<Journeys | { readonly error: string }>(walker, 'walked')
  walker.send({ port: ours.port, perSecond, errands } satisfies Stage)
  const walked = await done
  if ('error' in walked) throw new Error(`journeys: ${walked.error}`)
  const each = 1_000 * walked.walked
  return {
    ...walked,
    serverMs: (cpuMicrosOf(pid) - before[0]) / each,
    mainMs: (mainThreadMicrosOf(pid) - before[1]) / each,
  }
}

/** Made when it is needed: a token lives for five minutes, and a run for longer. */
function opaqueToken(port: number): Promise<string> {
  return oneToken('opaque', `http://127.0.0.1:${port}`, '/token')
}

async function oneToken(
  client: 'tpp' | 'opaque',
  address: string,
  path: string,
  issuer?: string,
): Promise<string> {
  const form = await world.form(client, path, OWN_TOKEN, issuer)
  const answer = await fetch(address + path, { method: 'POST', ...form })
  const { access_token: token } = (await answer.json()) as { readonly access_token?: string } // sound: a member or none
  if (token === undefined) throw new Error(`no token: ${answer.status}`)
  return token
}

function syncP99Ms(): number {
  const handle = openSync(join(folder, 'fdatasync'), 'w')
  const times = Array.from({ length: 300 }, () => {
    const began = performance.now()
    writeSync(handle, 'x'.repeat(512))
    fdatasyncSync(handle)
    return performance.now() - began
  }).toSorted((a, b) => a - b)
  closeSync(handle)
  return times[Math.floor(times.length * 0.99)] ?? 0
}
