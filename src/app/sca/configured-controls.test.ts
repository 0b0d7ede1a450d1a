/** Controls of strong customer authentication: held, broken and unknown, from what the file says and from events. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessEvent } from '../../../test/support/access-event.ts'
import { aisPlan } from '../../../test/support/ais-plan.ts'
import { objective } from '../../../test/support/objective.ts'
import { control } from '../../controls/index.ts'
import type { ActiveApi, PlanRule } from '../../decide/index.ts'
import type { ScaEvent, StoredEvent } from '../../events/index.ts'
import {
  type ConfiguredControl,
  controlStates,
  deriveTrafficObservations,
} from '../../posture/index.ts'
import { scaControls } from './configured-controls.ts'

const AT = Date.UTC(2026, 10, 29)
const OURS = 'https://login.bank.example'
const OTHER = 'https://keycloak.example'
type Server = Parameters<typeof scaControls>[1]
// Sound: nothing else of them is read.
const server = (sca: object | null, identity: object | null = { issuer: OURS }) =>
  ({ sca, identity }) as unknown as Server
const SERVER = server({})

const [given] = aisPlan({ upstream: 'http://127.0.0.1:9' }).apis
assert.ok(given?.state === 'active')
const base: ActiveApi = given
function plan(
  issuers: readonly string[],
  changes: Partial<PlanRule> = {},
): Parameters<typeof scaControls>[0] {
  // Sound: `changes` are of what all rules have.
  const check = {
    name: 'token.validation',
    control: 'token-validation',
    mode: 'enforce',
    origin: { level: 'api', source: 'test' },
    params: { issuers },
    ...changes,
  } as PlanRule
  return { apis: [{ ...base, name: 'accounts', rules: [check] }] }
}
const modes = (...of: Parameters<typeof scaControls>) =>
  scaControls(...of).map(({ api, control: id, rule, mode }) => [api, id, rule, mode].join(' '))
const both = (mode: string) => [
  `accounts sca-exemption-governance sca.exemptions ${mode}`,
  `accounts sca-attempt-limits sca.limits ${mode}`,
]

test('the file enforces them where the plan takes tokens of the server that authenticates alone', () => {
  assert.deepEqual(modes(plan([OURS]), SERVER), both('enforce'))
  assert.deepEqual(modes(plan([OURS]), server(null)), [])
  for (const { control: id } of scaControls(plan([OURS]), SERVER))
    assert.ok(control(id) !== undefined)
})

test('of an API whose tokens come from another server as well they are kept elsewhere, whatever the file has', () => {
  for (const taken of [plan([OTHER]), plan([OURS, OTHER]), plan([`${OURS}/`])])
    for (const file of [SERVER, server(null), server(null, null)])
      assert.deepEqual(modes(taken, file), both('elsewhere'))
  assert.deepEqual(modes(plan([OURS]), server({}, null)), both('elsewhere'))
})

test('of an API that checks no tokens, or not always, nothing is said', () => {
  for (const unchecked of [
    plan([]),
    plan([OTHER], { mode: 'observe' }),
    plan([OURS], { mode: 'off' }),
    plan([OURS], { fraction: 99 }),
    { apis: [{ ...base, name: 'accounts', rules: [] }] },
  ])
    assert.deepEqual(modes(unchecked, SERVER), [])
})

const LINKED = 'sca-dynamic-linking'
const CONFIGURED: readonly ConfiguredControl[] = [
  ...scaControls(plan([OURS]), SERVER),
  ...(['sca-applied', LINKED] as const).map((id) => ({
    api: 'accounts',
    control: id,
    rule: id === LINKED ? 'sca.dynamicLinking' : 'sca.required',
    mode: 'enforce' as const,
    fraction: null,
    operations: 1,
    of: 1,
  })),
]
const RULES = [
  { rule: 'sca.required', control: 'sca-applied', mode: 'observe' },
  { rule: 'sca.dynamicLinking', control: LINKED, mode: 'observe' },
] as const

function sca(changes: Partial<ScaEvent>): ScaEvent {
  return {
    v: 1,
    kind: 'sca',
    id: 'e-1',
    at: AT,
    what: 'done',
    decision: 'd-1',
    api: 'accounts',
    act: 'remote-payment',
    outcome: 'required',
    exemption: null,
    code: null,
    ...changes,
  }
}
function stateOf(
  id: string,
  events: readonly StoredEvent['event'][],
  configured: readonly ConfiguredControl[] = CONFIGURED,
): string {
  const observations = deriveTrafficObservations(
    events.map((event, at) => ({ partition: 0, seq: at + 1, hash: '', event })),
    { rulesOf: () => RULES, now: AT + 1_000 },
  )
  const of = objective({ roles: ['ais', 'pis'], exposure: 'internet-authenticated' })
  const states = controlStates({
    objective: of,
    configured,
    observations,
    now: AT + 2_000,
  })
  return states.find((one) => one.control === id)?.state ?? ''
}
const through = (
  rule: (typeof RULES)[number],
  code: 'GH_GATEWAY_PAYMENT_SCA_MISSING' | 'GH_GATEWAY_PAYMENT_AMOUNT',
) =>
  accessEvent({
    at: AT,
    api: 'accounts',
    ran: RULES.length,
    failed: [{ rule: rule.rule, control: rule.control, code, effect: 'observed', detail: '' }],
  })

for (const [id, held, broken] of [
  ['sca-applied', sca({}), through(RULES[0], 'GH_GATEWAY_PAYMENT_SCA_MISSING')],
  ['sca-applied', sca({ outcome: 'exempt', exemption: 'low-value' }), sca({ outcome: 'refused' })],
  [LINKED, sca({ what: 'authenticated' }), through(RULES[1], 'GH_GATEWAY_PAYMENT_AMOUNT')],
  [
    'sca-exemption-governance',
    sca({ what: 'decided', outcome: 'exempt', exemption: 'low-value' }),
    sca({ what: 'decided', outcome: 'exempt' }),
  ],
  [
    'sca-attempt-limits',
    sca({ what: 'attempt-refused', code: 'GH_SCA_BLOCKED' }),
    sca({ what: 'authenticated', outcome: 'refused' }),
  ],
] as const)
  test(`${id} is met when it held, not met when it was broken, and never met unseen`, () => {
    assert.equal(stateOf(id, [held]), 'met')
    assert.equal(stateOf(id, [held, broken]), 'not-met')
    assert.equal(stateOf(id, []), 'partial')
    assert.equal(stateOf(id, [{ ...held, api: 'another' }]), 'partial')
  })

for (const id of ['sca-exemption-governance', 'sca-attempt-limits'])
  test(`${id} of another server is unknown until something was seen, and not met where nothing checks tokens`, () => {
    const elsewhere = scaControls(plan([OTHER]), SERVER)
    const held = sca(
      id === 'sca-attempt-limits'
        ? { what: 'attempt-refused', code: 'GH_SCA_BLOCKED' }
        : { what: 'decided', outcome: 'exempt', exemption: 'low-value' },
    )
    assert.equal(stateOf(id, [], elsewhere), 'unknown')
    assert.equal(stateOf(id, [held], elsewhere), 'met')
    assert.equal(stateOf(id, [], scaControls(plan([]), SERVER)), 'not-met')
  })
