import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessEvent } from '../../../test/support/access-event.ts'
import { expose } from './exposition.ts'
import { createTrafficMetrics, MAX_OTHER_SERIES, MAX_REQUEST_SERIES } from './traffic-metrics.ts'

const lines = (metrics: ReturnType<typeof createTrafficMetrics>): readonly string[] =>
  expose(metrics.samples(), 'prometheus').split('\n')

test('`createTrafficMetrics` counts what exchanges say of themselves', () => {
  const metrics = createTrafficMetrics()
  const event = accessEvent({
    api: 'accounts',
    method: 'GET',
    route: '/accounts/{AccountId}',
    outcome: 'denied',
    code: 'GH_GATEWAY_SCOPE_MISSING',
    status: 403,
    durationMicros: 2_000,
    failed: [
      {
        rule: 'authz.operations',
        control: 'c',
        code: 'GH_GATEWAY_SCOPE_MISSING',
        effect: 'denied',
        detail: '',
      },
      {
        rule: 'authz.consent',
        control: 'c',
        code: 'GH_GATEWAY_CONSENT_MISSING',
        effect: 'observed',
        detail: '',
      },
    ],
  })
  metrics.ended(event, true)
  metrics.ended(event, true)
  metrics.refused('GH_GATEWAY_REQUEST_MALFORMED')
  const seen = lines(metrics)
  for (const line of [
    'http_server_request_duration_seconds_bucket{api="accounts",http_request_method="GET",http_route="/accounts/{AccountId}",http_response_status_code="403",le="0.0025"} 2',
    'http_server_request_duration_seconds_sum{api="accounts",http_request_method="GET",http_route="/accounts/{AccountId}",http_response_status_code="403"} 0.004',
    'gatehouse_decisions_total{api="accounts",outcome="denied",code="GH_GATEWAY_SCOPE_MISSING"} 2',
    'gatehouse_rule_failures_total{api="accounts",rule="authz.operations",effect="denied"} 2',
    'gatehouse_rule_failures_total{api="accounts",rule="authz.consent",effect="observed"} 2',
    'gatehouse_early_refusals_total{code="GH_GATEWAY_REQUEST_MALFORMED"} 1',
  ])
    assert.ok(seen.includes(line), `${line}\n${seen.join('\n')}`)
})

test('a check of Envoy has no status, since the answer is not ours', () => {
  const metrics = createTrafficMetrics()
  metrics.ended(accessEvent({ api: 'accounts', status: 0, outcome: 'allowed', code: null }), true)
  const seen = lines(metrics).filter((line) => line.startsWith('http_server_request_duration'))
  assert.ok(seen.length > 0)
  for (const line of seen) assert.match(line, /http_response_status_code=""/)
})

test('an exchange that could not be recorded counts as what the client got', () => {
  const metrics = createTrafficMetrics()
  metrics.ended(
    accessEvent({ api: 'accounts', status: 200, outcome: 'allowed', code: null }),
    false,
  )
  const seen = lines(metrics)
  assert.ok(
    seen.includes(
      'gatehouse_decisions_total{api="accounts",outcome="failed",code="GH_AUDIT_UNAVAILABLE"} 1',
    ),
  )
  assert.ok(
    seen.every(
      (line) =>
        !line.includes('http_response_status_code="200"') || line.startsWith('gatehouse_upstream'),
    ),
  )
})

test('a method that a stranger made up makes no series of its own', () => {
  const metrics = createTrafficMetrics()
  for (let at = 0; at < 100; at++) metrics.ended(accessEvent({ method: `X${at}` }), true)
  const methods = new Set(
    lines(metrics).flatMap((line) => /http_request_method="([^"]*)"/.exec(line)?.[1] ?? []),
  )
  assert.deepEqual([...methods], ['_OTHER'])
})

test('series are bounded: what is beyond the limit shares one', () => {
  const metrics = createTrafficMetrics()
  for (let at = 0; at < MAX_REQUEST_SERIES + 10; at++)
    metrics.ended(
      accessEvent({ api: `api${at % MAX_OTHER_SERIES}`, route: `/r${at}`, response: null }),
      true,
    )
  const series = metrics.samples().http_server_request_duration_seconds ?? []
  assert.equal(series.length, MAX_REQUEST_SERIES + 1)
  const other = series.find(({ labels }) => labels[0] === '_OTHER')
  assert.ok(other !== undefined && 'buckets' in other)
  assert.equal(
    other.buckets.reduce((sum, count) => sum + count),
    10,
  )
})

test('`keepApis` forgets the series of APIs that are gone, and makes room', () => {
  const metrics = createTrafficMetrics()
  metrics.ended(accessEvent({ api: 'old' }), true)
  metrics.ended(accessEvent({ api: 'new' }), true)
  metrics.ended(accessEvent({ api: null }), true)
  metrics.keepApis(new Set(['new']))
  const apis = new Set(
    (metrics.samples().gatehouse_decisions_total ?? []).map(({ labels }) => labels[0]),
  )
  assert.deepEqual(apis, new Set(['', 'new']))
})
