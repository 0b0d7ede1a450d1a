/** The figures of a run beside the targets of the rules; what was not measured is said to be unknown. */
export interface RuleResult {
  readonly name: string
  readonly cpuMicros: number
  readonly requestsPerSecond: number
  readonly p99Ms: number
}
/** Payments that are due at fixed times, through the gateway and through the bare proxy. */
export interface OpenLoop {
  readonly perSecond: number
  /** What was answered a second; fewer than were due: the figures below are those of an overload. */
  readonly answered: number
  readonly bareP99Ms: number
  readonly p99Ms: number
  /** Of the same disk, meanwhile. */
  readonly fdatasyncP99Ms: number
}
interface Target {
  readonly what: string
  readonly limit: number
  /** `null`: not measured. */
  readonly is: number | null
  readonly met: boolean | null
}
export interface RulesReport {
  readonly results: readonly RuleResult[]
  readonly bytesPerConsent: number | null
  readonly openLoop: OpenLoop | null
  readonly targets: readonly Target[]
}

export function rulesReport(
  results: readonly RuleResult[],
  bytesPerConsent: number | null,
  openLoop: OpenLoop | null = null,
): RulesReport {
  const cpu = (name: string): number | undefined =>
    results.find((one) => one.name === name)?.cpuMicros
  const by = (a: string, b: string, how: (x: number, y: number) => number): number | null => {
    const [x, y] = [cpu(a), cpu(b)]
    return x === undefined || y === undefined ? null : how(x, y)
  }
  const target = (what: string, limit: number, is: number | null | undefined): Target => ({
    what,
    limit,
    is: is === null || is === undefined ? null : Math.round(is * 100) / 100,
    met: is === null || is === undefined ? null : is <= limit,
  })
  return {
    results: results.map((one) => ({
      name: one.name,
      cpuMicros: Math.round(one.cpuMicros * 10) / 10,
      requestsPerSecond: Math.round(one.requestsPerSecond),
      p99Ms: Math.round(one.p99Ms * 100) / 100,
    })),
    bytesPerConsent: bytesPerConsent === null ? null : Math.round(bytesPerConsent),
    openLoop,
    targets: [
      target('read, µs', 60, cpu('read')),
      target(
        'read / bare-read',
        1.8,
        by('read', 'bare-read', (x, y) => x / y),
      ),
      target(
        'read-dpop - read, µs',
        90,
        by('read-dpop', 'read', (x, y) => x - y),
      ),
      target('payment, µs', 250, cpu('payment')),
      target('payment-answered, µs', 600, cpu('payment-answered')),
      target(
        'open loop, added p99 beyond fdatasync, ms',
        5,
        openLoop && openLoop.p99Ms - openLoop.bareP99Ms - openLoop.fdatasyncP99Ms,
      ),
      target(
        'read-large / read',
        1.1,
        by('read-large', 'read', (x, y) => x / y),
      ),
      target('bytes per consent', 400, bytesPerConsent),
    ],
  }
}

export function rulesPrinted({ results, openLoop, targets }: RulesReport): string {
  const lines = [
    ...results.map(
      ({ name, cpuMicros, requestsPerSecond, p99Ms }) =>
        `${name.padEnd(16)} ${cpuMicros.toFixed(1).padStart(7)} µs/request ${String(requestsPerSecond).padStart(7)}/s  p99 ${p99Ms.toFixed(2)} ms`,
    ),
    ...(openLoop === null ? [] : [openPrinted(openLoop)]),
    ...targets.map(
      ({ what, limit, is, met }) =>
        `target: ${what} ≤ ${limit}: ${is ?? '–'}, ${met === null ? 'not measured' : met ? 'met' : 'missed'}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

function openPrinted({ perSecond, answered, bareP99Ms, p99Ms, fdatasyncP99Ms }: OpenLoop): string {
  const ms = [p99Ms, bareP99Ms, fdatasyncP99Ms].map((one) => one.toFixed(2))
  return `open loop, ${perSecond}/s due, ${Math.round(answered)}/s answered: p99 ${ms[0]} ms, bare ${ms[1]} ms, fdatasync ${ms[2]} ms`
}
