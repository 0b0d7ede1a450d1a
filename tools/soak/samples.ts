/** What is measured of a gateway under load, from inside and outside, and how it grows. */
import { readFileSync } from 'node:fs'

export interface Sample {
  /** Milliseconds since the start. */
  readonly at: number
  /** Bytes of the whole process, after collection. */
  readonly rss: number
  /** Bytes of the main thread's heap and of buffers, after collection. */
  readonly kept: number
  /** Longest wait of the event loop since the sample before, and what 99 % of its turns stay below. */
  readonly lagMs: number
  readonly lagP99Ms: number
}

export interface Point {
  readonly at: number
  readonly value: number
}

const TEN_MINUTES = 600_000

/** Least squares over the second half, when caches are warm, in percent of its mean for each ten minutes. */
export function slopePerTenMinutes(points: readonly Point[]): number {
  const late = secondHalf(points)
  const mean = (pick: (one: Point) => number): number =>
    late.reduce((sum, one) => sum + pick(one), 0) / late.length
  const [at, value] = [mean((one) => one.at), mean((one) => one.value)]
  let over = 0
  let under = 0
  for (const one of late) {
    over += (one.at - at) * (one.value - value)
    under += (one.at - at) ** 2
  }
  return under === 0 || value === 0 ? 0 : ((over / under) * TEN_MINUTES * 100) / value
}

export function secondHalf<T>(all: readonly T[]): readonly T[] {
  return all.slice(Math.floor(all.length / 2))
}

/** What the collector wrote so far. */
export function readSamples(file: string): readonly Sample[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Sample) // sound: lines of our own collector
}
