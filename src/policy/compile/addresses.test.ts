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
for (const [what, upstream, merged, tls, want] of ROWS)
  test(`\`readUpstream\`: ${what}`, () => {
    const read = readUpstream(upstream, merged, tls)
    if (want === 'taken') assert.ok(read.ok)
    else assert.match(read.ok ? '' : read.error, want)
    if (read.ok) assert.deepEqual(read.value.tls, tls)
  })
