/** What a look at the metrics gives: values by metric and label values, in the order of the catalogue's labels. */
import type { MetricName } from './catalogue.ts'

export interface PlainSample {
  readonly labels: readonly string[]
  readonly value: number
}
export interface HistogramSample {
  readonly labels: readonly string[]
  /** Count per bucket, not cumulative; one more than there are bounds. */
  readonly buckets: readonly number[]
  readonly sum: number
}
export type Samples = Partial<Record<MetricName, readonly (PlainSample | HistogramSample)[]>>

export function gauge(value: number, ...labels: string[]): PlainSample {
  return { labels, value }
}
