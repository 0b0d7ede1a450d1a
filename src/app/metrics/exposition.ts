/**
 * Samples as text. Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats) and OpenMetrics 1.0
 * (github.com/OpenObservability/OpenMetrics, specification/OpenMetrics.md), which differ in how they name counters, in units and in the end.
 */
import { DURATION_BOUNDS, type MetricDefinition, METRICS } from './catalogue.ts'
import type { HistogramSample, PlainSample, Samples } from './samples.ts'

export type Format = 'prometheus' | 'openmetrics'

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** OpenMetrics for who asks for it, and the older form for everybody else. */
export function formatFor(accept: string): Format {
  const wanted = accept
    .split(',')
    .map((range) => range.trim().toLowerCase())
    .some(
      (range) =>
        /^application\/openmetrics-text(?:\s*;|$)/.test(range) &&
        !/;\s*q=0(?:\.0*)?\s*(?:;|$)/.test(range),
    )
  return wanted ? 'openmetrics' : 'prometheus'
}

export function expose(samples: Samples, format: Format): string {
  const lines: string[] = []
  for (const definition of METRICS) {
    const found = samples[definition.name] ?? []
    if (found.length === 0) continue
    describe(definition, format, lines)
    for (const sample of found) {
      if ('buckets' in sample) histogramLines(definition, sample, lines)
      else lines.push(plainLine(definition.name, definition, sample))
    }
  }
  if (format === 'openmetrics') lines.push('# EOF')
  return `${lines.join('\n')}\n`
}

function describe(
  { name, type, unit, help }: MetricDefinition,
  format: Format,
  lines: string[],
): void {
  // OpenMetrics names the family of a counter without `_total`, and a unit must end the family's name.
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name
  lines.push(`# HELP ${family} ${helpText(help, format)}`, `# TYPE ${family} ${type}`)
  if (format === 'openmetrics' && unit !== '') lines.push(`# UNIT ${family} ${unit}`)
}

function plainLine(
  name: string,
  { labels }: MetricDefinition,
  { labels: values, value }: PlainSample,
): string {
  return `${name}${labelText(labels, values)} ${numberText(value)}`
}

function histogramLines(
  { name, labels }: MetricDefinition,
  { labels: values, buckets, sum }: HistogramSample,
  lines: string[],
): void {
  let count = 0
  for (let at = 0; at <= DURATION_BOUNDS.length; at++) {
    count += buckets[at] ?? 0
    const le = numberText(DURATION_BOUNDS[at] ?? Infinity)
    lines.push(`${name}_bucket${labelText([...labels, 'le'], [...values, le])} ${count}`)
  }
  const set = labelText(labels, values)
  lines.push(`${name}_sum${set} ${numberText(sum)}`, `${name}_count${set} ${count}`)
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return ''
  return `{${names.map((name, at) => `${name}="${labelValue(values[at] ?? '')}"`).join(',')}}`
}

function labelValue(value: string): string {
  return value
    .toWellFormed()
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}

function helpText(help: string, format: Format): string {
  const text = help.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)
  return format === 'openmetrics' ? text.replaceAll('"', String.raw`\"`) : text
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return Number.isNaN(value) ? 'NaN' : String(value)
}
