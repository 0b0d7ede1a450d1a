/** States of a bank's own controls: the rules are those of every other control (DESIGN §1). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { control, type Control, type Observation } from '../../src/controls/index.ts'
import { computeObjective } from '../../src/objectives/index.ts'
import {
  type ConfiguredControl,
  controlStates,
  failsOn,
  postureOf,
} from '../../src/posture/index.ts'
import { apiProfile } from '../support/api-profile.ts'
import { observation } from '../support/observation.ts'

const NOW = Date.UTC(2026, 0, 5, 9)
const DAY = 86_400_000
const catalogued = control('object-authz')
assert.ok(catalogued)
const OWN: Control = {
  ...catalogued,
  id: 'own-objects',
  title: 'Objects, as our policy 4.2 has it',
  severityIfMissing: 'critical',
  requiredWhen: [{ because: 'policy 4.2' }],
  evidence: { kinds: ['gateway-config', 'traffic'], freshnessDays: 7 },
  file: 'own.yaml',
}
const ATTESTED: Control = {
  ...OWN,
  id: 'own-review',
  enforce: { policyField: '', expectation: '', coverage: 'partial' },
  evidence: { kinds: ['attestation'], freshnessDays: 7 },
}
const ELSEWHERE: Control = {
  ...OWN,
  id: 'own-cards',
  requiredWhen: [{ roles: ['pis'], because: 'x' }],
}
const objective = computeObjective(apiProfile({ roles: ['ais'] }), {
  approval: null,
  ownControls: [OWN, ATTESTED, ELSEWHERE],
})
const CONFIGURED: ConfiguredControl = {
  api: objective.api,
  control: OWN.id,
  rule: 'authz.objects',
  mode: 'enforce',
  fraction: null,
  operations: 1,
  of: 1,
}
const seen = (changes: Partial<Observation>): Observation =>
  observation({ api: objective.api, control: OWN.id, collectedAt: NOW - DAY, ...changes })

function states(
  configured: readonly ConfiguredControl[],
  observations: readonly Observation[],
): ReturnType<typeof controlStates> {
  return controlStates({ objective, configured, observations, now: NOW })
}

for (const { name, configured, observations, expected } of [
  { name: 'no rule enforces it', configured: [], observations: [], expected: 'not-met' },
  {
    name: 'its rule only observes',
    configured: [{ ...CONFIGURED, mode: 'observe' as const }],
    observations: [seen({})],
    expected: 'not-met',
  },
  {
    name: 'enforced, never observed',
    configured: [CONFIGURED],
    observations: [],
    expected: 'partial',
  },
  {
    name: 'enforced and seen yesterday',
    configured: [CONFIGURED],
    observations: [seen({})],
    expected: 'met',
  },
  {
    name: 'enforced and seen longer ago than its own days',
    configured: [CONFIGURED],
    observations: [seen({ collectedAt: NOW - 8 * DAY })],
    expected: 'unknown',
  },
  {
    name: 'seen to fail',
    configured: [CONFIGURED],
    observations: [seen({}), seen({ outcome: 'fail' })],
    expected: 'not-met',
  },
])
  test(`an own control with a rule, ${name}: ${expected}`, () => {
    const state = states(configured, observations).find((one) => one.control === OWN.id)
    assert.equal(state?.state, expected)
  })

test('an own control that only a person can confirm is unknown until one did', () => {
  const of = (observations: readonly Observation[]): string | undefined =>
    states([], observations).find((one) => one.control === ATTESTED.id)?.state
  assert.equal(of([]), 'unknown')
  assert.equal(of([seen({ control: ATTESTED.id })]), 'unknown')
  assert.equal(of([seen({ control: ATTESTED.id, kind: 'attestation' })]), 'met')
})

test('an own control that is not required is not applicable, with the reason', () => {
  const state = states([], []).find((one) => one.control === ELSEWHERE.id)
  assert.equal(state?.state, 'not-applicable')
  assert.match(state?.text ?? '', /roles is ais, not one of pis/)
})

test('a gap of an own control is named, counted and fails a threshold', () => {
  const all = states([], []).filter((one) => one.control.startsWith('own-'))
  const posture = postureOf({
    objective,
    states: all,
    availableKinds: ['gateway-config', 'traffic'],
    now: NOW,
  })
  assert.deepEqual(
    posture.gaps.map(({ control: id, title, waitsFor }) => [id, title, waitsFor]),
    [
      ['own-objects', OWN.title, []],
      ['own-review', OWN.title, ['attestation']],
    ],
  )
  assert.equal(posture.worst['data-loss']?.control, 'own-objects')
  assert.ok(failsOn(posture, 'critical'))
})
