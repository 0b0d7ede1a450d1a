/**
 * THE list of metrics: what `/metrics` offers, what each means, and what the reference page is written from. Names follow the
 * OpenTelemetry semantic conventions where these have one (github.com/open-telemetry/semantic-conventions, HTTP, process and Node.js
 * metrics), in the spelling of Prometheus. No label holds what a stranger may choose: no client, no path, no method of their own.
 */
export interface MetricDefinition {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** As OpenMetrics has it; part of the name where there is one. */
  readonly unit: '' | 'seconds' | 'bytes' | 'ratio'
  readonly labels: readonly string[]
}

const metric = <N extends string>(
  name: N,
  type: MetricDefinition['type'],
  unit: MetricDefinition['unit'],
  labels: readonly string[],
  help: string,
): MetricDefinition & { readonly name: N } => ({ name, type, unit, labels, help })

export const METRICS = [
  metric(
    'http_server_request_duration_seconds',
    'histogram',
    'seconds',
    ['api', 'http_request_method', 'http_route', 'http_response_status_code'],
    'Time from the arrival of a request to its recorded answer. An unknown method is _OTHER; no route: no operation matched.',
  ),
  metric('http_server_active_requests', 'gauge', '', [], 'Requests that have no answer yet.'),
  metric(
    'gatehouse_upstream_duration_seconds',
    'histogram',
    'seconds',
    ['api', 'http_response_status_code'],
    'Time from the call of the bank API to the end of what was read of its answer.',
  ),
  metric(
    'gatehouse_upstream_address_available',
    'gauge',
    '',
    ['address'],
    '1 while an address of a bank API has its turn; 0 while it is out for failures or health checks.',
  ),
  metric(
    'gatehouse_upstream_address_active_requests',
    'gauge',
    '',
    ['address'],
    'Requests that an address of a bank API owes an answer.',
  ),
  metric(
    'gatehouse_decisions_total',
    'counter',
    '',
    ['api', 'outcome', 'code'],
    'Decisions by outcome (allowed, trimmed, denied, failed) and code; no API: none was meant.',
  ),
  metric(
    'gatehouse_rule_failures_total',
    'counter',
    '',
    ['api', 'rule', 'effect'],
    'Failures of rules: denied the request, or were only observed.',
  ),
  metric(
    'gatehouse_early_refusals_total',
    'counter',
    '',
    ['code'],
    'What was refused before there was a request.',
  ),
  metric('gatehouse_ready', 'gauge', '', [], '1 while /ready answers 200.'),
  metric(
    'gatehouse_api_active',
    'gauge',
    '',
    ['api'],
    '1 for an API that is served, 0 for one that is closed.',
  ),
  metric('gatehouse_plan_info', 'gauge', '', ['digest'], '1 for the plan that decides.'),
  metric(
    'gatehouse_observe_all_active',
    'gauge',
    '',
    ['api'],
    '1 while the kill switch only observes what this API would have refused.',
  ),
  metric(
    'gatehouse_reloads_total',
    'counter',
    '',
    ['outcome'],
    'Reloads of the configuration since the start: done, unchanged or refused.',
  ),
  metric(
    'gatehouse_config_last_reload_successful',
    'gauge',
    '',
    [],
    '0 when the last reload was refused and the last good configuration stayed.',
  ),
  metric(
    'gatehouse_spool_events_appended_total',
    'counter',
    '',
    [],
    'Events that the operating system took since the start.',
  ),
  metric(
    'gatehouse_spool_events_synced_total',
    'counter',
    '',
    [],
    'Events that the disk holds since the start.',
  ),
  metric(
    'gatehouse_spool_events_refused_total',
    'counter',
    '',
    [],
    'Events that could not be recorded: each was a 503, or waits in the degraded queue.',
  ),
  metric(
    'gatehouse_spool_events_waiting',
    'gauge',
    '',
    [],
    'Events that are accepted and not synced yet.',
  ),
  metric(
    'gatehouse_spool_bytes_total',
    'counter',
    'bytes',
    [],
    'Bytes of events that the operating system took since the start.',
  ),
  metric(
    'gatehouse_spool_unsynced_seconds',
    'gauge',
    'seconds',
    [],
    'For how long something has been waiting for the disk without any sync; 0: nothing waits.',
  ),
  metric('gatehouse_spool_failing', 'gauge', '', [], '1 while the spool takes no event.'),
  metric(
    'gatehouse_degraded_queue_events',
    'gauge',
    '',
    [],
    'Events of degraded APIs that wait in memory because the spool refused them.',
  ),
  metric(
    'gatehouse_feed_age_seconds',
    'gauge',
    'seconds',
    [],
    'Age of what is known of clients, consents and revocations; +Inf before the first word.',
  ),
  metric('gatehouse_feed_records', 'gauge', '', ['kind'], 'Records in force, by kind.'),
  metric('gatehouse_feed_mistakes', 'gauge', '', [], 'Files of the feed that do not count.'),
  metric('gatehouse_issuer_keys', 'gauge', '', ['issuer'], 'Usable keys of an issuer.'),
  metric(
    'gatehouse_issuer_keys_age_seconds',
    'gauge',
    'seconds',
    ['issuer'],
    'Time since the keys of an issuer were last read; +Inf: never.',
  ),
  metric(
    'gatehouse_store_units_total',
    'counter',
    '',
    ['outcome'],
    'Units of work of the store: done or failed.',
  ),
  metric('gatehouse_build_info', 'gauge', '', ['version', 'node'], '1 for the version that runs.'),
  metric('process_cpu_seconds_total', 'counter', 'seconds', [], 'User and system time spent.'),
  metric('process_resident_memory_bytes', 'gauge', 'bytes', [], 'Memory in use.'),
  metric(
    'process_start_time_seconds',
    'gauge',
    'seconds',
    [],
    'Start of the process, in seconds since the epoch.',
  ),
  metric(
    'gatehouse_certificate_remaining_seconds',
    'gauge',
    'seconds',
    ['use', 'name'],
    'Time until the first of these certificates ends; negative: one has ended. Use: listener, proxy, trust-store, trusted-list (its signers) or issuer-key.',
  ),
  metric(
    'gatehouse_ocsp_answers_total',
    'counter',
    '',
    ['store', 'status'],
    'Questions to OCSP responders by trust store and by what came of them: good, revoked, unknown, or failed (no answer that counts).',
  ),
  metric(
    'gatehouse_ocsp_answer_age_seconds',
    'gauge',
    'seconds',
    ['store'],
    'Age of the oldest OCSP answer of a trust store that counts; 0: there is none.',
  ),
  metric('nodejs_heap_used_bytes', 'gauge', 'bytes', [], 'Heap of the main thread in use.'),
  metric(
    'nodejs_eventloop_delay_p50_seconds',
    'gauge',
    'seconds',
    [],
    'Median lateness of the event loop since the last look.',
  ),
  metric(
    'nodejs_eventloop_delay_p99_seconds',
    'gauge',
    'seconds',
    [],
    'Lateness of the event loop that one turn in a hundred exceeded since the last look.',
  ),
  metric(
    'nodejs_eventloop_delay_max_seconds',
    'gauge',
    'seconds',
    [],
    'Longest lateness of the event loop since the last look.',
  ),
  metric(
    'nodejs_eventloop_utilization_ratio',
    'gauge',
    'ratio',
    [],
    'Share of time that the event loop was busy since the last look.',
  ),
] as const

export type MetricName = (typeof METRICS)[number]['name']

/** Upper bounds of duration buckets in seconds: those that OpenTelemetry advises, and two below, because a gateway is quick. */
export const DURATION_BOUNDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]
