import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objective } from '../../test/support/objective.ts'
import { observation } from '../../test/support/observation.ts'
import { control, controls, type Observation } from '../controls/index.ts'
import {
  type ConfiguredControl,
  type ControlState,
  controlStates,
  type StateInput,
} from './index.ts'

const DAY = 86_400_000
const T = Date.UTC(2026, 0, 5, 9)
const CONSENT = 'consent-bound-access'

function rule(changes: Partial<ConfiguredControl> = {}): ConfiguredControl {
  return {
    api: 'accounts',
    control: CONSENT,
    rule: 'authz.consent',
    mode: 'enforce',
    fraction: null,
    operations: 26,
    of: 26,
    ...changes,
  }
}

function stateOf(id: string, input: Partial<StateInput>): ControlState {
  const states = controlStates({
    objective: objective(),
    configured: [rule()],
    observations: [],
    now: T,
    ...input,
  })
  const found = states.find((item) => item.control === id)
  assert.ok(found)
  return found
}
function name(observations: readonly Observation[], now = T, id = CONSENT): string {
  return stateOf(id, { observations, now }).state
}

test('`controlStates` gives one state for each control of the catalogue', () => {
  const states = controlStates({ objective: objective(), configured: [], observations: [], now: T })
  assert.deepEqual(
    states.map((item) => item.control),
    controls().map((item) => item.id),
  )
})

test('a control is met when it is configured and was seen to hold', () => {
  const state = stateOf(CONSENT, { observations: [observation()] })
  assert.equal(state.state, 'met')
  assert.equal(state.metUntil, T + DAY)
  assert.equal(state.because, "access rests on the user's consent")
})

test('configured and never observed is partial', () => {
  assert.equal(name([]), 'partial')
  assert.equal(name([observation({ population: 0 })]), 'partial')
  assert.equal(name([observation({ population: Number.NaN })]), 'partial')
})

test('what the gateway says of its own configuration is not enough', () => {
  assert.equal(name([observation({ kind: 'gateway-config', source: 'policy@1' })]), 'partial')
})

test('a required gateway control that is not configured is not met, whatever was seen', () => {
  for (const [configured, why] of [
    [[], 'no rule of the policy enforces it (authz.consent)'],
    [[rule({ mode: 'observe' })], 'rule authz.consent is set to observe'],
    [[rule({ mode: 'off' })], 'rule authz.consent is set to off'],
    [[rule({ fraction: 99 })], 'rule authz.consent enforces 99 % of requests'],
    [[rule({ operations: 0 })], 'rule authz.consent is on no operation'],
    [[rule({ api: 'other' })], 'no rule of the policy enforces it (authz.consent)'],
  ] as const) {
    const state = stateOf(CONSENT, { configured, observations: [observation()] })
    assert.equal(state.state, 'not-met')
    assert.equal(state.text, `not configured: ${why}`)
  }
})

test('one rule that enforces in full is enough beside one that observes', () => {
  const configured = [rule({ mode: 'observe' }), rule({ fraction: 100 })]
  assert.equal(stateOf(CONSENT, { configured, observations: [observation()] }).state, 'met')
})

test('a fresh failing observation is not met, although a newer one passed', () => {
  const failing = observation({ outcome: 'fail', value: '3 went on', collectedAt: T - 1000 })
  const state = stateOf(CONSENT, { observations: [observation(), failing] })
  assert.equal(state.state, 'not-met')
  assert.equal(state.text, '3 went on; counts until 2026-01-06T08:59Z')
})

test('a failing observation of any kind counts, of itself even without a population', () => {
  assert.equal(
    name([observation(), observation({ outcome: 'fail', kind: 'attestation' })]),
    'not-met',
  )
  assert.equal(name([observation(), observation({ outcome: 'fail', population: 0 })]), 'not-met')
})

test('a pass of a kind that the control does not list proves nothing', () => {
  assert.equal(name([observation({ kind: 'attestation' })]), 'unknown')
})

test('evidence ends at the instant, not after it: met, then unknown', () => {
  assert.equal(name([observation()], T + DAY - 1), 'met')
  assert.equal(name([observation()], T + DAY), 'unknown')
  assert.match(
    stateOf(CONSENT, { observations: [observation()], now: T + 3 * DAY }).text,
    /3 days ago/,
  )
})

test('a failure ends by the clock too, and what is left is judged', () => {
  const failing = observation({ outcome: 'fail' })
  assert.equal(name([failing], T + DAY), 'unknown')
  assert.equal(name([failing, observation({ collectedAt: T + 1 })], T + DAY), 'met')
})

test('evidence never outlives what its producer said', () => {
  assert.equal(name([observation({ expiresAt: T + 5 })], T + 4), 'met')
  assert.equal(name([observation({ expiresAt: T + 5 })], T + 5), 'unknown')
})

test('tests and probes age by the objective, traffic by the control', () => {
  const tested = observation({ kind: 'active-test' })
  // object-authz: traffic 7 days; the objective asks for tests every 7 days at high assurance, 30 at low.
  const objects = { configured: [rule({ control: 'object-authz', rule: 'authz.objects' })] }
  const quiet = objective({
    exposure: 'internal-network',
    roles: ['internal'],
    dataClasses: ['account-reference'],
  })
  assert.equal(quiet.protection['activeTestDays'], 14)
  const at = (kind: Observation['kind'], days: number): string =>
    stateOf('object-authz', {
      ...objects,
      objective: quiet,
      observations: [{ ...tested, kind, control: 'object-authz' }],
      now: T + days * DAY,
    }).state
  assert.equal(at('active-test', 13), 'met')
  assert.equal(at('active-test', 14), 'unknown')
  assert.equal(at('traffic', 6), 'met')
  assert.equal(at('traffic', 7), 'unknown')
})

test('evidence from ahead of the clock counts within a minute of skew only', () => {
  assert.equal(name([observation({ collectedAt: T + 60_000 })]), 'met')
  assert.equal(name([observation({ collectedAt: T + 60_001 })]), 'unknown')
  assert.equal(name([observation({ collectedAt: Number.NaN })]), 'unknown')
})

test('a control that no gateway enforces needs no configuration, and is unknown until it is seen', () => {
  assert.ok(!control('client-activity')?.evidence.kinds.includes('gateway-config'))
  assert.equal(name([], T, 'client-activity'), 'unknown')
  assert.equal(name([observation({ control: 'client-activity' })], T, 'client-activity'), 'met')
})

test('a control that is not required is not applicable, with the rule that says so', () => {
  const state = stateOf('payment-idempotency', {
    observations: [observation({ control: 'payment-idempotency', outcome: 'fail' })],
  })
  assert.equal(state.state, 'not-applicable')
  assert.equal(state.text, '"it starts payments" does not hold: roles is ais, not one of pis')
})

test('evidence of another API is no evidence', () => {
  assert.equal(name([observation({ api: 'payments' })]), 'partial')
})
