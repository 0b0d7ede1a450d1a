import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlanApi } from '../decide/index.ts'
import { judgeReadiness, type ReadinessFacts } from './readiness.ts'

// Sound: readiness looks at these members only.
const active = (name: string, feedAllowanceMs = 60_000): PlanApi =>
  ({ state: 'active', name, feedAllowanceMs }) as PlanApi
const closed = (name: string): PlanApi => ({
  state: 'closed',
  name,
  basePath: '',
  code: 'GH_POLICY_ROUTES',
  reason: '/secret/place/spec.yaml',
})
const GOOD: ReadinessFacts = {
  phase: 'serving',
  spool: 'open',
  feedAgeMs: 10,
  apis: [active('a'), active('b', 300_000)],
  observed: new Set(),
}

const rows: readonly (readonly [string, Partial<ReadinessFacts>, readonly string[]])[] = [
  ['all is well', {}, []],
  ['it starts', { phase: 'starting' }, ['starting']],
  ['it drains', { phase: 'draining' }, ['draining']],
  ['the spool fails', { spool: 'failed' }, ['spool-failing']],
  ['the spool is closed', { spool: 'closed' }, ['spool-failing']],
  ['the feed is too old for one API of two', { feedAgeMs: 60_001 }, []],
  ['the feed is as old as the last API allows', { feedAgeMs: 300_000 }, []],
  ['the feed is too old for every API', { feedAgeMs: 300_001 }, ['feed-stale']],
  ['the feed was never heard of', { feedAgeMs: Infinity }, ['feed-stale']],
  ['one API of two is closed', { apis: [active('a'), closed('b')] }, []],
  ['every API is closed', { apis: [closed('a')] }, ['no-active-api']],
  ['there is no API', { apis: [] }, ['no-active-api']],
  [
    'several at once',
    { phase: 'draining', spool: 'failed', feedAgeMs: Infinity },
    ['draining', 'spool-failing', 'feed-stale'],
  ],
]
for (const [name, changes, reasons] of rows)
  test(`\`judgeReadiness\` when ${name}`, () => {
    const readiness = judgeReadiness({ ...GOOD, ...changes })
    assert.deepEqual(readiness.reasons, reasons)
    assert.equal(readiness.ready, reasons.length === 0)
  })

test('`judgeReadiness` tells of each API by codes, never by what stands in a file', () => {
  const readiness = judgeReadiness({
    ...GOOD,
    apis: [active('a', 5), closed('b'), active('c')],
    observed: new Set(['c']),
  })
  assert.deepEqual(readiness.apis, [
    { name: 'a', state: 'degraded', reasons: ['feed-stale'], observeAll: false },
    { name: 'b', state: 'closed', reasons: ['GH_POLICY_ROUTES'], observeAll: false },
    { name: 'c', state: 'ready', reasons: [], observeAll: true },
  ])
  assert.doesNotMatch(JSON.stringify(readiness), /secret/)
})
