/** What a run says: the cheapest round of each proxy, ours against each, and whether the target is met. */
import { cpus } from 'node:os'
import { ENVOY_JWT_CACHED } from './peers/index.ts'

export const OURS = 'gatehouse-ais'
export const LARGE = '-10kb'
/** Ours in the same run, small answer, against Envoy that verifies the token and remembers it. */
const TARGET_RATIO = 1.1

export interface Result {
  readonly name: string
  readonly version: string
  readonly cpuMicros: number
  readonly requestsPerSecond: number
  readonly p99Ms: number
}

export interface Settings {
  readonly connections: number
  readonly requests: number
  readonly rounds: number
}

export interface Report {
  readonly machine: Settings & {
    readonly cpu: string
    readonly cores: number
    readonly node: string
  }
  readonly results: readonly {
    readonly name: string
    readonly version: string
    readonly cpuMicrosPerRequest: number
    readonly requestsPerSecond: number
    readonly p99Ms: number
    /** CPU of ours for the same answer, by this one's. */
    readonly oursBy: number
  }[]
  readonly absent: readonly string[]
  readonly target: {
    readonly peer: string
    readonly ratioLimit: number
    /** `null`: the peer is absent or was not measured, so nothing is known. */
    readonly ratio: number | null
    readonly met: boolean | null
  }
}

export function report(
  settings: Settings,
  results: readonly Result[],
  absent: readonly string[],
): Report {
  const micros = new Map(results.map(({ name, cpuMicros }) => [name, cpuMicros]))
  const ours = (name: string): number =>
    micros.get(name.endsWith(LARGE) ? OURS + LARGE : OURS) ?? Number.NaN
  const ratio = (micros.get(OURS) ?? Number.NaN) / (micros.get(ENVOY_JWT_CACHED) ?? Number.NaN)
  const known = Number.isFinite(ratio)
  return {
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      node: process.version,
      ...settings,
    },
    results: results.map(({ name, version, cpuMicros, requestsPerSecond, p99Ms }) => ({
      name,
      version,
      cpuMicrosPerRequest: rounded(cpuMicros, 1),
      requestsPerSecond: Math.round(requestsPerSecond),
      p99Ms: rounded(p99Ms, 2),
      oursBy: rounded(ours(name) / cpuMicros, 2),
    })),
    absent,
    target: {
      peer: ENVOY_JWT_CACHED,
      ratioLimit: TARGET_RATIO,
      ratio: known ? rounded(ratio, 3) : null,
      met: known ? ratio <= TARGET_RATIO : null,
    },
  }
}

export function printed({ machine, results, absent, target }: Report): string {
  const lines = results.map(
    ({ name, version, cpuMicrosPerRequest, requestsPerSecond, p99Ms, oursBy }) =>
      `${name.padEnd(24)} ${version.padEnd(9)} ${cpuMicrosPerRequest.toFixed(1).padStart(6)} µs/request ${String(requestsPerSecond).padStart(7)}/s  p99 ${p99Ms.toFixed(2)} ms  ours: × ${oursBy.toFixed(2)}`,
  )
  if (absent.length > 0) lines.push(`absent on this machine: ${absent.join(', ')}`)
  const verdict = target.met === null ? 'not measured' : target.met ? 'met' : 'missed'
  lines.push(
    `target: ${OURS} ≤ ${target.ratioLimit} × ${target.peer}: ${target.ratio ?? '–'}, ${verdict}`,
  )
  return `${JSON.stringify(machine)}\n${lines.join('\n')}\n`
}

function rounded(value: number, digits: number): number {
  const scale = 10 ** digits
  return Math.round(value * scale) / scale
}
