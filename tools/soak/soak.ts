/**
 * `npm run soak -- [MINUTES]` (30): a real gateway process under mixed load, while its feed, keys and configuration change. Memory, open
 * descriptors and the wait of its event loop are sampled from outside. Exit 3 if memory grows by more than 1 % in ten minutes or
 * descriptors grow; figures go to stdout as one line of JSON.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { TestContext } from 'node:test'
import { type GatewayProcess, up } from '../../test/scenario/gateway-process.ts'
import {
  MEADOW_FILES,
  meadowBank,
  meadowConfig,
  meadowConsent,
} from '../../test/scenario/invented-bank.ts'
import { type Installation, installation } from '../../test/scenario/installation.ts'
import { type Sample, slopePerTenMinutes } from './slope.ts'

const CLIENTS = 8
const MAX_SLOPE_PERCENT = 1
/** Warm connections come and go; more than this is a leak. */
const MAX_MORE_DESCRIPTORS = 8

export interface Soaked {
  readonly minutes: number
  readonly requests: number
  readonly statuses: Readonly<Record<string, number>>
  readonly failures: number
  /** Of resident memory. */
  readonly slopePercentPerTenMinutes: number
  readonly rssMegabytes: { readonly first: number; readonly last: number }
  readonly descriptors: { readonly first: number; readonly last: number }
  /** Longest answer of `/ready`-like work: a read, in milliseconds. */
  readonly slowestMs: number
  readonly changes: number
}

export async function soak(minutes: number): Promise<Soaked> {
  const ends: (() => unknown)[] = []
  const t = { after: (end: () => unknown) => ends.push(end) } as unknown as TestContext // sound: the helpers use nothing else of it
  try {
    const bank = await meadowBank(t)
    const home = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
    return await measured(await up(t, home), home, minutes)
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}

async function measured(
  gateway: GatewayProcess,
  home: Installation,
  minutes: number,
): Promise<Soaked> {
  const pid = gateway.child.pid ?? 0
  const until = performance.now() + minutes * 60_000
  const startedAt = performance.now()
  const statuses: Record<string, number> = {}
  const memory: Sample[] = []
  const open: number[] = []
  let requests = 0
  let failures = 0
  let slowestMs = 0
  let changes = 0

  const client = async (number: number): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let at = 0; performance.now() < until; at++) {
      const begun = performance.now()
      const status = await asked(
        gateway,
        agent,
        PATHS[(at + number) % PATHS.length] ?? '',
        tokenFor(home, at),
      )
      requests++
      if (status === 0) failures++
      statuses[status] = (statuses[status] ?? 0) + 1
      slowestMs = Math.max(slowestMs, performance.now() - begun)
    }
    agent.destroy()
  }
  const change = (): void => {
    changes++
    home.write(
      `feed/consents/more-${changes % 50}.json`,
      meadowConsent({ id: `consent-more-${changes % 50}` }),
    )
    if (changes % 3 === 0) home.write('jwks.json', readFileSync(`${home.dir}/jwks.json`, 'utf8'))
    if (changes % 5 === 0) gateway.child.kill('SIGHUP')
  }
  const sample = (): void => {
    memory.push({ at: performance.now() - startedAt, value: residentBytes(pid) })
    open.push(readdirSync(`/proc/${pid}/fd`).length)
  }
  const every = Math.min(10_000, (minutes * 60_000) / 20)
  const timers = [setInterval(sample, every), setInterval(change, every / 2)]
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)))
  for (const timer of timers) clearInterval(timer)
  sample()
  await gateway.stop()
  const late = open.slice(Math.floor(open.length / 2))
  const megabytes = (one: Sample | undefined): number => Math.round((one?.value ?? 0) / 1_048_576)
  return {
    minutes,
    requests,
    statuses,
    failures,
    slopePercentPerTenMinutes: Math.round(slopePerTenMinutes(memory) * 100) / 100,
    rssMegabytes: {
      first: megabytes(memory[Math.floor(memory.length / 2)]),
      last: megabytes(memory.at(-1)),
    },
    descriptors: { first: late[0] ?? 0, last: late.at(-1) ?? 0 },
    slowestMs: Math.round(slowestMs),
    changes,
  }
}

/** Served, served with less, of nobody's account, unknown. */
const PATHS = [
  '/v2/pot-accounts',
  '/v2/pot-accounts/pot-1/balance',
  '/v2/pot-accounts/pot-9/balance',
  '/v2/nothing',
]

/** Good ones, the same for a while; expired ones; none. */
function tokenFor(home: Installation, at: number): string | undefined {
  if (at % 11 === 0) return undefined
  if (at % 7 === 0) return home.token({ ...SCOPE, exp: 1 })
  if (at % 500 === 1 || kept.token === '') kept.token = home.token(SCOPE)
  return kept.token
}
const SCOPE = { scope: 'pots.read' }
const kept = { token: '' }

function asked(
  gateway: GatewayProcess,
  agent: Agent,
  path: string,
  token: string | undefined,
): Promise<number> {
  return new Promise((resolve) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    request(`${gateway.origin}${path}`, { agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', () => resolve(0))
    })
      .on('error', () => resolve(0))
      .end()
  })
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}

/** Why a run is not in order; empty: it is. */
export function faults({
  slopePercentPerTenMinutes,
  descriptors,
  failures,
}: Soaked): readonly string[] {
  return [
    ...(slopePercentPerTenMinutes > MAX_SLOPE_PERCENT
      ? [`memory grows by ${slopePercentPerTenMinutes} % in ten minutes`]
      : []),
    ...(descriptors.last > descriptors.first + MAX_MORE_DESCRIPTORS ? ['descriptors grow'] : []),
    ...(failures > 0 ? [`${failures} requests had no answer`] : []),
  ]
}

if (import.meta.main) {
  const result = await soak(Number(process.argv[2] ?? 30))
  const found = faults(result)
  process.stdout.write(`${JSON.stringify({ ...result, faults: found })}\n`)
  process.exitCode = found.length === 0 ? 0 : 3
}
