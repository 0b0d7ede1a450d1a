import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { METRICS } from './catalogue.ts'
import { expose, formatFor } from './exposition.ts'
import { gauge } from './samples.ts'

test('the catalogue is sound: names, units and labels as Prometheus and OpenMetrics want them', () => {
  assert.ok(METRICS.length > 20)
  const seen = new Set<string>()
  for (const { name, type, unit, labels, help } of METRICS) {
    assert.match(name, /^[a-z][a-z0-9_]*$/)
    assert.ok(!seen.has(name), name)
    seen.add(name)
    assert.equal(name.endsWith('_total'), type === 'counter', name)
    const family = name.replace(/_total$/, '')
    if (unit !== '') assert.ok(family.endsWith(`_${unit}`), `${name} lacks ${unit}`)
    assert.doesNotMatch(family, /_(?:count|sum|bucket|created|info)$(?<!plan_info|build_info)/)
    for (const label of labels) assert.match(label, /^[a-z][a-z0-9_]*$/)
    assert.match(help, /\.$/, name)
    // A client, a customer, a path is chosen by others, and there is no end of them.
    for (const label of labels) assert.doesNotMatch(label, /client|subject|consent|path|peer|host/)
  }
})

test('`expose` writes text format 0.0.4', () => {
  const text = expose(
    {
      gatehouse_decisions_total: [gauge(3, 'accounts', 'denied', 'GH_X')],
      gatehouse_feed_age_seconds: [gauge(Infinity)],
      gatehouse_plan_info: [gauge(1, 'a"b\\c\nd')],
    },
    'prometheus',
  )
  assert.match(text, /^# TYPE gatehouse_decisions_total counter$/m)
  assert.match(
    text,
    /^gatehouse_decisions_total\{api="accounts",outcome="denied",code="GH_X"\} 3$/m,
  )
  assert.match(text, /^gatehouse_feed_age_seconds \+Inf$/m)
  assert.ok(text.includes(String.raw`gatehouse_plan_info{digest="a\"b\\c\nd"} 1`))
  assert.ok(text.endsWith('\n') && !text.includes('EOF') && !text.includes('# UNIT'))
})

test('`expose` writes histograms cumulatively, up to +Inf', () => {
  const buckets = Array.from({ length: 17 }, (_, at) => (at === 1 ? 2 : at === 16 ? 1 : 0))
  const samples = {
    gatehouse_upstream_duration_seconds: [{ labels: ['a', '200'], buckets, sum: 12.5 }],
  }
  const lines = expose(samples, 'prometheus').split('\n')
  const of = (rest: string): string | undefined =>
    lines.find((line) => line.startsWith(`gatehouse_upstream_duration_seconds${rest}`))
  const set = 'api="a",http_response_status_code="200"'
  assert.equal(of(`_bucket{${set},le="0.001"}`)?.split(' ')[1], '0')
  assert.equal(of(`_bucket{${set},le="0.0025"}`)?.split(' ')[1], '2')
  assert.equal(of(`_bucket{${set},le="10"}`)?.split(' ')[1], '2')
  assert.equal(of(`_bucket{${set},le="+Inf"}`)?.split(' ')[1], '3')
  assert.equal(of(`_sum{${set}}`)?.split(' ')[1], '12.5')
  assert.equal(of(`_count{${set}}`)?.split(' ')[1], '3')
})

test('`expose` writes OpenMetrics: families without _total, units, and an end', () => {
  const text = expose(
    { gatehouse_spool_bytes_total: [gauge(7)], gatehouse_ready: [gauge(1)] },
    'openmetrics',
  )
  assert.match(text, /^# TYPE gatehouse_spool_bytes counter$/m)
  assert.match(text, /^# UNIT gatehouse_spool_bytes bytes$/m)
  assert.match(text, /^gatehouse_spool_bytes_total 7$/m)
  assert.ok(text.endsWith('\n# EOF\n'))
})

for (const [accept, format] of [
  ['', 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'prometheus'],
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;q=0.5',
    'openmetrics',
  ],
  ['Application/OpenMetrics-Text', 'openmetrics'],
  ['application/openmetrics-text;q=0', 'prometheus'],
  ['application/openmetrics-text-like', 'prometheus'],
] as const)
  test(`formatFor(${JSON.stringify(accept)}) is ${format}`, () =>
    assert.equal(formatFor(accept), format))

test('`expose`: no label value can end its line or its quotes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const lines = expose({ gatehouse_plan_info: [gauge(1, value)] }, 'prometheus').split('\n')
      assert.equal(lines.length, 4)
      assert.match(lines[2] ?? '', /^gatehouse_plan_info\{digest="(?:[^"\\\n]|\\[\\"n])*"\} 1$/)
    }),
    { numRuns: 2_000 },
  )
})
