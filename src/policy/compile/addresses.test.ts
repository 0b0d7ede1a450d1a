import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Mode, PlanUpstream } from '../../decide/index.ts'
import type { MergedRules } from '../merge/merged-rule.ts'
import { readUpstream } from './addresses.ts'

const shown: NonNullable<PlanUpstream['tls']> = { api: 'a', minVersion: '1.2', mutual: true }
const unshown = { ...shown, mutual: false }

function rules(mode: Mode | undefined, wanted: 'verified' | 'mutual' = 'verified'): MergedRules {
  if (mode === undefined) return new Map()
  const rule = {
    rule: 'upstream.tls' as const,
    mode,
    fraction: null,
    params: new Map([['mode', wanted]]),
    origin: { level: 'api' as const, source: 'gatehouse.yaml' },
    bounds: [],
    weakened: [],
  }
  return new Map([['upstream.tls', rule]]) as unknown as MergedRules // sound: only mode and parameters are read here
}

const ROWS: readonly (readonly [
  string,
  string,
  MergedRules,
  PlanUpstream['tls'],
  'taken' | RegExp,
])[] = [
  ['plain HTTP where nothing asks for more', 'http://a', rules(undefined), undefined, 'taken'],
  ['plain HTTP where it is only observed', 'http://a', rules('observe'), undefined, 'taken'],
  ['plain HTTP where TLS is asked for', 'http://a', rules('enforce'), undefined, /upstream\.tls/],
  ['TLS where it is asked for', 'https://a', rules('enforce'), undefined, 'taken'],
  ['TLS with our certificate', 'https://a', rules('enforce', 'mutual'), shown, 'taken'],
  [
    'TLS without it',
    'https://a',
    rules('enforce', 'mutual'),
    unshown,
    /no certificate of the gateway/,
  ],
  [
    'TLS that says nothing of it',
    'https://a',
    rules('enforce', 'mutual'),
    undefined,
    /upstreamTls/,
  ],
  ['plain HTTP with words about TLS', 'http://a', rules(undefined), unshown, /upstreamTls/],
]
const OTHERS: readonly (readonly [string, string, readonly string[], 'taken' | RegExp])[] = [
  ['two hosts', 'https://a/x', ['https://b/x'], 'taken'],
  ['two ports', 'http://127.0.0.1:1', ['http://127.0.0.1:2/', 'http://[::1]:2'], 'taken'],
  ['another scheme', 'https://a', ['http://b'], /https:\/\//],
  ['another path', 'https://a/x', ['https://b/y'], /differs/],
  ['the same twice', 'https://a', ['https://b', 'https://A:443'], /twice/],
  ['what is no address', 'https://a', ['b'], /differs/],
  ['a user name', 'https://a', ['https://u@b/'], /differs/],
  ['a query', 'https://a', ['https://b/?c'], /differs/],
]
for (const [what, upstream, upstreamOthers, want] of OTHERS)
  test(`\`readUpstream\` of several addresses: ${what}`, () => {
    const read = readUpstream({ upstream, upstreamOthers }, rules(undefined))
    if (want !== 'taken') return assert.match(read.ok ? '' : read.error, want)
    assert.ok(read.ok)
    const { origin, others = [], ejection, retries } = read.value
    assert.deepEqual(
      [origin, ...others],
      [upstream, ...upstreamOthers].map((one) => new URL(one).origin),
    )
    assert.deepEqual(ejection, { failures: 5, baseMs: 10_000, maxMs: 300_000, maxPercent: 50 })
    assert.deepEqual(retries, { percent: 20, burst: 50 })
  })

test('one address has no turns, and no health check that nobody asked for', () => {
  const read = readUpstream({ upstream: 'https://a' }, rules(undefined))
  assert.ok(read.ok)
  for (const key of ['others', 'ejection', 'retries', 'health'])
    assert.ok(!Object.hasOwn(read.value, key), key)
})

for (const [what, upstream, merged, tls, want] of ROWS)
  test(`\`readUpstream\`: ${what}`, () => {
    const read = readUpstream({ upstream, ...(tls !== undefined && { upstreamTls: tls }) }, merged)
    if (want === 'taken') assert.ok(read.ok)
    else assert.match(read.ok ? '' : read.error, want)
    if (read.ok) assert.deepEqual(read.value.tls, tls)
  })
