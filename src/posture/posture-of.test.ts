import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objective } from '../../test/support/objective.ts'
import { observation } from '../../test/support/observation.ts'
import { controls, type Observation } from '../controls/index.ts'
import { type ConfiguredControl, controlStates, failsOn, type Posture, postureOf } from './index.ts'

const T = Date.UTC(2026, 0, 5, 9)
const everything: readonly ConfiguredControl[] = controls().map(({ id, enforce }) => ({
  api: 'accounts',
  control: id,
  rule: enforce.policyField,
  mode: 'enforce',
  fraction: null,
  operations: 1,
  of: 1,
}))

function posture(
  observations: readonly Observation[],
  configured = everything,
  availableKinds: Parameters<typeof postureOf>[0]['availableKinds'] = ['gateway-config', 'traffic'],
): Posture {
  const target = objective()
  const states = controlStates({ objective: target, configured, observations, now: T })
  return postureOf({ objective: target, states, availableKinds, now: T })
}

/** A passing observation of the first kind that counts, for every control but those named. */
function allBut(...left: readonly string[]): readonly Observation[] {
  return controls()
    .filter(({ id }) => !left.includes(id))
    .map(({ id, evidence }) =>
      observation({
        control: id,
        kind: evidence.kinds.find((kind) => kind !== 'gateway-config') ?? 'traffic',
      }),
    )
}

test('`postureOf` counts every control once, and the required ones are those that are not not-applicable', () => {
  const { counts, required } = posture([])
  assert.equal(
    Object.values(counts).reduce((sum, count) => sum + count),
    60,
  )
  assert.equal(required, 60 - counts['not-applicable'])
  assert.equal(counts.met, 0)
})

test('`postureOf` shows no gap and no worst when everything is met', () => {
  const { counts, gaps, worst, required } = posture(allBut())
  assert.equal(counts.met, required)
  assert.deepEqual(gaps, [])
  for (const gap of Object.values(worst)) assert.equal(gap, null)
})

test('`postureOf` names the worst open gap for each consequence that it would bring about', () => {
  const { worst, gaps } = posture(allBut('consent-bound-access', 'access-review'))
  assert.deepEqual(
    gaps.map(({ control, state, severity }) => [control, state, severity]),
    [
      ['consent-bound-access', 'partial', 'critical'],
      ['access-review', 'unknown', 'medium'],
    ],
  )
  assert.equal(worst['identity-theft']?.control, 'consent-bound-access')
  assert.equal(worst['money-laundering']?.control, 'access-review')
  assert.equal(worst['terrorist-financing'], null)
})

test('of equal severity, what is wrong comes before what is not known', () => {
  const failing = observation({ control: 'auth-required', outcome: 'fail', value: '2 went on' })
  const { gaps } = posture([...allBut('tls-modern', 'auth-required'), failing])
  assert.deepEqual(
    gaps.map(({ control, state }) => [control, state]),
    [
      ['auth-required', 'not-met'],
      ['tls-modern', 'partial'],
    ],
  )
  assert.deepEqual(gaps[0]?.evidence, {
    value: '2 went on',
    reproduce: 'gatehouse events tail --api accounts',
  })
  assert.equal(gaps[1]?.evidence, null)
})

test('`failsOn` fails at the threshold and above, and not below', () => {
  const medium = posture(allBut('access-review'))
  assert.equal(failsOn(medium, 'low'), true)
  assert.equal(failsOn(medium, 'medium'), true)
  assert.equal(failsOn(medium, 'high'), false)
  assert.equal(failsOn(posture(allBut('auth-required')), 'critical'), true)
  assert.equal(failsOn(posture(allBut()), 'low'), false)
})

test('`postureOf` says how many required controls wait for evidence that does not exist yet', () => {
  const { waiting, required } = posture([])
  assert.ok(waiting.controls > waiting.blind && waiting.blind > 0 && waiting.controls < required)
  assert.deepEqual(Object.keys(waiting.byKind).sort(), [
    'active-test',
    'attestation',
    'external-probe',
  ])
  // Only probes can show it.
  const gap = posture([]).gaps.find((item) => item.control === 'synthetic-monitoring')
  assert.deepEqual(gap?.waitsFor, ['external-probe'])
  const all = posture([], everything, [
    'gateway-config',
    'traffic',
    'external-probe',
    'active-test',
    'attestation',
  ])
  assert.deepEqual(all.waiting, { controls: 0, blind: 0, byKind: {} })
})
