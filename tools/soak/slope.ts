/** How a series of samples grows: least squares over its second half, when caches are warm, in percent of its mean for each ten minutes. */
export interface Sample {
  /** Milliseconds since the start. */
  readonly at: number
  readonly value: number
}

const TEN_MINUTES = 600_000

export function slopePerTenMinutes(samples: readonly Sample[]): number {
  const late = samples.slice(Math.floor(samples.length / 2))
  const mean = (pick: (one: Sample) => number): number =>
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
