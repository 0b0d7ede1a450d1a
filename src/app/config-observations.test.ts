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

test('configObservations says of each enforced control how many operations carry it, for the days of the objective', () => {
  const found = configObservations(policy, objectives, NOW)
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
    assert.deepEqual(configObservations(weaker, objectives, NOW), [], JSON.stringify(change))
  }
})
