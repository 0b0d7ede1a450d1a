/**
 * `npm run soak -- [--minutes N] [--rate N]`: the example bank behind a real gateway process under everything that it can do (mutual TLS, DPoP,
 * payments with linking and idempotency, message signatures, limits), while feed, keys, certificates and configuration change beneath it.
 * Memory is measured after collection. Figures go to stdout as one line of JSON, progress to stderr where that is a terminal.
 */
import { readdirSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { READER, soakedBank, type SoakedBank, SUBJECT } from './bank.ts'
import { changes } from './changes.ts'
import { soakOptions } from './options.ts'
import { type Point, readSamples, type Sample, secondHalf, slopePerTenMinutes } from './samples.ts'
import { patiently, thirdParty } from './third-party.ts'
import { thumbprintOf } from './thumbprint.ts'
import { type Kind, traffic } from './traffic.ts'
import { faults, type Soaked } from './verdict.ts'

export interface SoakOptions {
  readonly minutes: number
  /** Requests a second, of all kinds. */
  readonly rate: number
  /** Told of each sample. */
  readonly progress?: (line: string) => void
}

const CLIENTS = 16
/** Answers that nobody expected, told in full; the rest is counted. */
const MAX_TOLD = 20
const SAMPLES = 180
const MAX_SAMPLE_MS = 10_000
const CHANGE_MS = 5_000

export async function soak(options: SoakOptions): Promise<Soaked> {
  const ends: (() => unknown)[] = []
  const t = { after: (end: () => unknown) => ends.push(end) } as unknown as TestContext // sound: the helpers use nothing else of it
  const everyMs = Math.min(MAX_SAMPLE_MS, (options.minutes * 60_000) / SAMPLES)
  try {
    return await measured(await soakedBank(t, everyMs), options, everyMs)
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}

async function measured(
  bank: SoakedBank,
  { minutes, rate, progress }: SoakOptions,
  everyMs: number,
): Promise<Soaked> {
  const pid = bank.gateway.child.pid ?? 0
  const party = thirdParty(bank)
  const kinds = await traffic(bank, party)
  const beneath = changes(bank)
  const wheel = [...kinds, withdrawn(bank, beneath, party)].flatMap((kind) =>
    Array.from({ length: kind.share }, () => kind),
  )
  const startedAt = performance.now()
  const until = startedAt + minutes * 60_000
  const statuses: Record<string, Record<string, number>> = {}
  const told: string[] = []
  const descriptors: Point[] = []
  let requests = 0
  let unexpected = 0
  let slowDisk = 0
  let slowestMs = 0

  const one = async (kind: Kind): Promise<void> => {
    const begun = performance.now()
    const { word } = await patiently(kind.ask, () => slowDisk++)
    requests++
    const of = (statuses[kind.name] ??= {})
    of[word] = (of[word] ?? 0) + 1
    slowestMs = Math.max(slowestMs, performance.now() - begun)
    if (kind.expected.includes(word)) return
    unexpected++
    if (told.length < MAX_TOLD) told.push(`${kind.name}: ${word}`)
  }
  const client = async (number: number): Promise<void> => {
    for (let at = number; ; at += CLIENTS) {
      const due = startedAt + (at * 1000) / rate
      const now = performance.now()
      if (Math.max(due, now) >= until) return
      if (due > now) await wait(due - now)
      // Kinds in turn, but never in the same order of clients.
      const kind = wheel[(at * 37) % wheel.length]
      if (kind !== undefined) await one(kind)
    }
  }
  const look = (): void => {
    const at = performance.now() - startedAt
    descriptors.push({ at, value: readdirSync(`/proc/${pid}/fd`).length })
    const last = readSamples(bank.samples).at(-1)
    const left = Math.max(0, Math.round((until - performance.now()) / 1000))
    progress?.(
      `${left} s left, ${requests} requests, ${unexpected} unexpected, ${megabytes(last?.rss)} MB, ${descriptors.at(-1)?.value} descriptors`,
    )
  }
  const timers = [
    setInterval(look, everyMs),
    setInterval(() => beneath.step(), Math.min(CHANGE_MS, everyMs * 4)),
  ]
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)))
  for (const timer of timers) clearInterval(timer)
  look()
  const samples = readSamples(bank.samples)
  party.end()
  const { code } = await bank.gateway.stop()
  const grown = (pick: (one: Sample) => number): Soaked['memory']['rss'] => {
    const late = secondHalf(samples).map(pick)
    return {
      slopePercentPerTenMinutes: rounded(
        slopePerTenMinutes(samples.map((sample) => ({ at: sample.at, value: pick(sample) }))),
      ),
      firstMegabytes: megabytes(late[0]),
      lastMegabytes: megabytes(late.at(-1)),
    }
  }
  const open = secondHalf(descriptors).map(({ value }) => value)
  return {
    minutes,
    rate,
    requests,
    statuses,
    unexpected,
    told,
    slowDisk,
    memory: { rss: grown(({ rss }) => rss), kept: grown(({ kept }) => kept) },
    descriptors: { first: open[0] ?? 0, last: open.at(-1) ?? 0, most: Math.max(...open) },
    lag: {
      p99Ms: rounded(Math.max(0, ...secondHalf(samples).map(({ lagP99Ms }) => lagP99Ms))),
      maxMs: rounded(Math.max(0, ...secondHalf(samples).map(({ lagMs }) => lagMs))),
    },
    slowestMs: Math.round(slowestMs),
    changes: beneath.made,
    exitCode: code,
  }
}

/** Reads under a consent that the customer has withdrawn meanwhile. */
function withdrawn(
  bank: SoakedBank,
  beneath: ReturnType<typeof changes>,
  party: ReturnType<typeof thirdParty>,
): Kind {
  const bound = { cnf: { 'x5t#S256': thumbprintOf(bank.pem('qwac-ais')) } }
  return {
    name: 'read, consent withdrawn',
    share: 2,
    expected: ['403 GH_GATEWAY_CONSENT_INACTIVE', 'not yet'],
    async ask() {
      const consent = beneath.withdrawn()
      if (consent === undefined) return { word: 'not yet', body: '', nonce: undefined }
      const claims = { client_id: READER, sub: SUBJECT, consent_id: consent, jti: randomUUID() }
      const token = bank.home.token({ ...claims, scope: 'accounts', ...bound })
      const headers = {
        authorization: `Bearer ${token}`,
        'x-fapi-customer-ip-address': '203.0.113.7',
      }
      return party.ask({
        path: '/open-banking/v4.0/aisp/accounts',
        certificate: 'qwac-ais',
        headers,
      })
    },
  }
}

function megabytes(bytes = 0): number {
  return rounded(bytes / 1_048_576)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

if (import.meta.main) {
  const options = soakOptions(process.argv.slice(2))
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`)
    process.exitCode = 4
  } else {
    const line = (text: string): void => void process.stderr.write(`\r\u{1b}[K${text}`)
    const terminal = process.stderr.isTTY
    const result = await soak({ ...options, ...(terminal && { progress: line }) })
    if (terminal) line('')
    const found = faults(result)
    process.stdout.write(`${JSON.stringify({ ...result, faults: found })}\n`)
    process.exitCode = found.length === 0 ? 0 : 3
  }
}
