/**
 * What exchanges do, counted where they end. This is on the path of every answer: a few look-ups in maps that are keyed by strings the
 * plan holds, no text is put together, nothing is allocated for a series that is known.
 */
import type { AccessEvent } from '../../events/index.ts'
import type { ExchangeObserver } from '../../gateway/core/index.ts'
import { DURATION_BOUNDS } from './catalogue.ts'
import type { HistogramSample, PlainSample, Samples } from './samples.ts'

/** Series of requests: routes of the plan × methods × statuses. More of them share one whose route is `_OTHER`. */
export const MAX_REQUEST_SERIES = 5_000
/** Series of each other metric that traffic makes. All their labels come from the plan and the catalogue of codes. */
export const MAX_OTHER_SERIES = 2_000

const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
])
const OTHER = '_OTHER'
const UNRECORDED = { status: 503, outcome: 'failed', code: 'GH_AUDIT_UNAVAILABLE' } as const

export interface TrafficMetrics extends ExchangeObserver {
  samples(): Samples
  /** Forgets the series of APIs that are no longer there. */
  keepApis(names: ReadonlySet<string>): void
}

interface Histogram extends HistogramSample {
  readonly buckets: number[]
  sum: number
}
interface Counter extends PlainSample {
  value: number
}

export function createTrafficMetrics(): TrafficMetrics {
  const requests = new Tree<Histogram>(MAX_REQUEST_SERIES, histogram)
  const upstream = new Tree<Histogram>(MAX_OTHER_SERIES, histogram)
  const decisions = new Tree<Counter>(MAX_OTHER_SERIES, counter)
  const failures = new Tree<Counter>(MAX_OTHER_SERIES, counter)
  const refusals = new Tree<Counter>(MAX_OTHER_SERIES, counter)

  return {
    ended(event, recorded) {
      const { status, outcome, code } = recorded ? event : UNRECORDED
      const api = event.api ?? ''
      observe(
        requests.at(api, methodOf(event), event.route ?? '', STATUS_TEXT[status] ?? `${status}`),
        event.durationMicros,
      )
      decisions.at(api, outcome, code ?? '', '').value++
      for (const { rule, effect } of event.failed) failures.at(api, rule, effect, '').value++
      const { response } = event
      if (response !== null)
        observe(
          upstream.at(
            api,
            STATUS_TEXT[response.upstreamStatus] ?? `${response.upstreamStatus}`,
            '',
            '',
          ),
          response.upstreamMicros,
        )
    },
    refused(code) {
      refusals.at(code, '', '', '').value++
    },
    samples: () => ({
      http_server_request_duration_seconds: requests.all(),
      gatehouse_upstream_duration_seconds: upstream.all(),
      gatehouse_decisions_total: decisions.all(),
      gatehouse_rule_failures_total: failures.all(),
      gatehouse_early_refusals_total: refusals.all(),
    }),
    keepApis(names) {
      for (const tree of [requests, upstream, decisions, failures])
        tree.keep((first) => first === '' || first === OTHER || names.has(first))
    },
  }
}

function methodOf({ method }: AccessEvent): string {
  return METHODS.has(method) ? method : OTHER
}

/** Where Envoy answers, its status is not known here: an empty label is none (OpenTelemetry: only if one was sent). */
const STATUS_TEXT: readonly string[] = Array.from({ length: 600 }, (_, status) =>
  status === 0 ? '' : String(status),
)

function observe(into: Histogram, micros: number): void {
  const seconds = micros / 1_000_000
  let at = 0
  while (at < DURATION_BOUNDS.length && seconds > (DURATION_BOUNDS[at] ?? 0)) at++
  into.buckets[at] = (into.buckets[at] ?? 0) + 1
  into.sum += seconds
}

function histogram(labels: readonly string[]): Histogram {
  return { labels, buckets: Array.from({ length: DURATION_BOUNDS.length + 1 }, () => 0), sum: 0 }
}
function counter(labels: readonly string[]): Counter {
  return { labels, value: 0 }
}

type Branch<V> = Map<string, V>

/** Series by up to four label values; unused ones are `''`. */
class Tree<T> {
  readonly #root: Branch<Branch<Branch<Branch<T>>>> = new Map()
  readonly #limit: number
  readonly #make: (labels: readonly string[]) => T
  #size = 0

  constructor(limit: number, make: (labels: readonly string[]) => T) {
    this.#limit = limit
    this.#make = make
  }

  at(a: string, b: string, c: string, d: string): T {
    return this.#root.get(a)?.get(b)?.get(c)?.get(d) ?? this.#grow(a, b, c, d)
  }

  #grow(a: string, b: string, c: string, d: string): T {
    if (this.#size >= this.#limit && a !== OTHER) return this.at(OTHER, OTHER, OTHER, OTHER)
    const leaf = within(within(within(this.#root, a), b), c)
    const made = this.#make([a, b, c, d])
    leaf.set(d, made)
    this.#size++
    return made
  }

  all(): T[] {
    const found: T[] = []
    for (const one of this.#root.values())
      for (const two of one.values())
        for (const three of two.values()) found.push(...three.values())
    return found
  }

  keep(wanted: (first: string) => boolean): void {
    for (const first of this.#root.keys()) if (!wanted(first)) this.#root.delete(first)
    this.#size = this.all().length
  }
}

function within<V>(branch: Branch<Map<string, V>>, key: string): Map<string, V> {
  let inner = branch.get(key)
  if (inner === undefined) {
    inner = new Map()
    branch.set(key, inner)
  }
  return inner
}
