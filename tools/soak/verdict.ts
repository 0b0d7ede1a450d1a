/** What a soak measured, and what is wrong with it. */
export interface Grown {
  /** Of the second half. */
  readonly slopePercentPerTenMinutes: number
  readonly firstMegabytes: number
  readonly lastMegabytes: number
}

export interface Soaked {
  readonly minutes: number
  readonly rate: number
  readonly requests: number
  /** Kind of request → answer → how often. */
  readonly statuses: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Answers that the kind of request does not have. */
  readonly unexpected: number
  /** The first of them. */
  readonly told: readonly string[]
  /** Answers with 503 because a disk or database was slower than its bound: of the machine, and fail-closed. */
  readonly slowDisk: number
  /** After collection: of the process, and what the main thread keeps. */
  readonly memory: { readonly rss: Grown; readonly kept: Grown }
  /** Of the second half. */
  readonly descriptors: { readonly first: number; readonly last: number; readonly most: number }
  /** Of the event loop, in the worst sample of the second half. */
  readonly lag: { readonly p99Ms: number; readonly maxMs: number }
  readonly slowestMs: number
  readonly changes: number
  /** Of the gateway, when it was asked to stop. */
  readonly exitCode: number | null
}

const MAX_SLOPE_PERCENT = 1
/** Of all answers; more say nothing about the gateway, or too much. */
const MAX_SLOW_DISK_PERCENT = 1
/** Connections come and go; more than this is a leak. */
const MAX_MORE_DESCRIPTORS = 8

/** Why a run is not in order; empty: it is. */
export function faults(soaked: Soaked): readonly string[] {
  const { memory, descriptors, requests, unexpected, slowDisk, exitCode } = soaked
  return [
    ...Object.entries(memory).flatMap(([name, { slopePercentPerTenMinutes }]) =>
      slopePercentPerTenMinutes > MAX_SLOPE_PERCENT
        ? [`${name} grows by ${slopePercentPerTenMinutes} % in ten minutes`]
        : [],
    ),
    ...(descriptors.last > descriptors.first + MAX_MORE_DESCRIPTORS ? ['descriptors grow'] : []),
    ...(unexpected > 0 ? [`${unexpected} answers that nobody expected`] : []),
    ...(slowDisk * 100 > requests * MAX_SLOW_DISK_PERCENT
      ? [`${slowDisk} times the disk was too slow`]
      : []),
    ...(exitCode === 0 ? [] : [`the gateway ended with ${exitCode}`]),
  ]
}
