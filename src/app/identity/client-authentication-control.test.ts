/** `client-strong-auth` of an API: held, broken, never seen, and unknown where tokens come from another server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aisPlan } from '../../../test/support/ais-plan.ts'
import { objective } from '../../../test/support/objective.ts'
import { observation } from '../../../test/support/observation.ts'
import type { GatehouseConfig } from '../../config/index.ts'
import { control, type Observation } from '../../controls/index.ts'
import type { ActiveApi, Plan, PlanRule } from '../../decide/index.ts'
import { controlStates } from '../../posture/index.ts'
import { apisOfServer, clientAuthenticationControls } from './client-authentication-control.ts'

const OURS = 'https://login.bank.example'
const OTHER = 'https://keycloak.example'
const ID = 'client-strong-auth'
const SERVER = { identity: { issuer: OURS } } as unknown as Pick<GatehouseConfig, 'identity'> // sound: nothing else is read
const NONE = { identity: null }

const [given] = aisPlan({ upstream: 'http://127.0.0.1:9' }).apis
assert.ok(given?.state === 'active')
const base: ActiveApi = given

const check = (issuers: readonly string[], changes: Partial<PlanRule> = {}): PlanRule =>
  // Sound: `changes` are of what all rules have.
  ({
    name: 'token.validation',
    control: 'token-validation',
    mode: 'enforce',
    origin: { level: 'api', source: 'test' },
    params: { issuers },
    ...changes,
  }) as PlanRule
const plan = (...rules: readonly PlanRule[]): Pick<Plan, 'apis'> => ({
  apis: [{ ...base, name: 'accounts', rules }],
})
const modes = (of: Pick<Plan, 'apis'>, server = SERVER) =>
  clientAuthenticationControls(of, server).map(({ api, mode }) => `${api} ${mode}`)

test('it is configured for an API that takes our tokens alone, and is of another server for any other', () => {
  assert.deepEqual(modes(plan(check([OURS]))), ['accounts enforce'])
  assert.deepEqual(modes(plan(check([OURS]), check([OURS]))), ['accounts enforce'])
  for (const of of [
    plan(check([OTHER])),
    plan(check([OURS, OTHER])),
    plan(check([OURS]), check([OTHER])),
    plan(check([`${OURS}/`])),
  ]) {
    assert.deepEqual(modes(of), ['accounts elsewhere'])
    assert.deepEqual(apisOfServer(of, SERVER), [])
  }
  assert.deepEqual(modes(plan(check([OURS])), NONE), ['accounts elsewhere'])
  assert.deepEqual(apisOfServer(plan(check([OURS])), SERVER), ['accounts'])
  assert.deepEqual(apisOfServer(plan(check([OURS])), NONE), [])
})

test('of an API that checks no tokens, or not always, nothing is said', () => {
  const { code, reason } = { code: 'GH_POLICY_TEMPLATE_UNKNOWN', reason: 'test' } as const
  const closed = { state: 'closed', name: 'accounts', basePath: '', code, reason } as const
  for (const of of [
    plan(),
    plan(check([])),
    plan(check([OURS], { mode: 'observe' })),
    plan(check([OURS], { mode: 'off' })),
    plan(check([OURS], { fraction: 99 })),
    plan(check([OURS]), check([OURS], { mode: 'observe' })),
    { apis: [closed] },
  ]) {
    assert.deepEqual(modes(of), [])
    assert.deepEqual(apisOfServer(of, SERVER), [])
  }
  const mandated = check([OURS], { mode: 'off', origin: { level: 'mandate', source: 'test' } })
  assert.deepEqual(modes(plan(mandated)), ['accounts enforce'])
})

const AT = Date.UTC(2026, 10, 29)
function stateOf(of: Pick<Plan, 'apis'>, ...seen: readonly Partial<Observation>[]) {
  const state = controlStates({
    objective: objective({ roles: ['ais'], exposure: 'internet-authenticated' }),
    configured: clientAuthenticationControls(of, SERVER),
    observations: seen.map((one) =>
      observation({ control: ID, collectedAt: AT, expiresAt: AT + 86_400_000, ...one }),
    ),
    now: AT + 1_000,
  }).find((one) => one.control === ID)
  assert.ok(control(ID) !== undefined && state?.because)
  return state.state
}

test('held, broken, never seen; of another server unknown, unless something was seen; without tokens not met', () => {
  const ours = plan(check([OURS]))
  const elsewhere = plan(check([OTHER]))
  const broken = { outcome: 'fail' } as const
  assert.equal(stateOf(ours, {}), 'met')
  assert.equal(stateOf(ours, {}, broken), 'not-met')
  assert.equal(stateOf(ours), 'partial')
  assert.equal(stateOf(ours, { api: 'payments' }), 'partial')
  assert.equal(stateOf(ours, { collectedAt: AT - 3 * 86_400_000, expiresAt: AT }), 'unknown')
  assert.equal(stateOf(elsewhere), 'unknown')
  assert.equal(stateOf(elsewhere, broken), 'not-met')
  assert.equal(stateOf(plan()), 'not-met')
})
