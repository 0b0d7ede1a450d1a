import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { assemble } from './assemble.ts'
import { configObservations } from './config-observations.ts'
import { readConfig } from './read-config.ts'

const BANK = join(import.meta.dirname, '..', '..', 'examples', 'bank', 'gatehouse.yaml')
const { config } = readConfig(BANK, {})
assert.ok(config !== undefined)
const { policy, apis } = assemble(config)
const objectives = apis.map((api) => api.objective)
const NOW = Date.UTC(2026, 10, 22)
const OFF = { status: null, lifted: null }
const SWITCH = {
  apis: [] as string[],
  since: NOW,
  until: NOW + 1_800_000,
  who: 'olga',
  reason: 'INC-1',
}

test('configObservations says of each enforced control how many operations carry it, for the days of the objective', () => {
  const found = configObservations(policy, objectives, NOW, OFF)
  const consent = found.find((one) => one.control === 'consent-bound-access')
  assert.deepEqual(consent, {
    control: 'consent-bound-access',
    api: 'accounts',
    kind: 'gateway-config',
    outcome: 'pass',
    value: 'rule authz.consent enforces it on 29 of 29 operations',
    population: 29,
    collectedAt: NOW,
    expiresAt: NOW + 86_400_000,
    source: 'policy@1',
    reproduce: 'gatehouse plan accounts',
  })
  assert.ok(found.length >= 10, `${found.length} observations`)
})

test('configObservations says nothing of a rule that only observes, is set to a fraction, or is on no operation', () => {
  for (const change of [
    { mode: 'observe' },
    { mode: 'off' },
    { fraction: 50 },
    { operations: 0 },
  ] as const) {
    const weaker = {
      ...policy,
      configured: policy.configured.map((item) => ({ ...item, ...change })),
    }
    assert.deepEqual(configObservations(weaker, objectives, NOW, OFF), [], JSON.stringify(change))
  }
})

test('configObservations under observe-all: what only observes fails for as long, a mandate does not', () => {
  const mandated = policy.configured[0]?.control
  const mixed = {
    ...policy,
    configured: policy.configured.map((item) =>
      item.control === mandated
        ? { ...item, origin: { level: 'mandate', source: 'x' } as const }
        : item,
    ),
  }
  const before = configObservations(mixed, objectives, NOW, OFF)
  const under = configObservations(mixed, objectives, NOW, { status: SWITCH, lifted: null })
  assert.equal(under.length, before.length)
  for (const one of under) {
    assert.equal(one.outcome, one.control === mandated ? 'pass' : 'fail', one.control)
    if (one.outcome === 'fail') assert.equal(one.expiresAt, SWITCH.until)
  }
  const other = { ...SWITCH, apis: ['another'] }
  assert.deepEqual(
    configObservations(mixed, objectives, NOW, { status: other, lifted: null }),
    before,
  )
})

test('configObservations after observe-all was lifted early: the failure ends with it', () => {
  const later = NOW + 60_000
  const after = configObservations(policy, objectives, later, { status: null, lifted: SWITCH })
  const failed = after.filter((one) => one.outcome === 'fail')
  assert.ok(failed.length > 0)
  for (const one of failed) {
    assert.equal(one.expiresAt, later + 1)
    assert.ok(after.some((pass) => pass.outcome === 'pass' && pass.control === one.control))
  }
})
