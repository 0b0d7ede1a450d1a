/** Controls of strong customer authentication: held, broken and unknown, from what the file says and from events. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessEvent } from '../../../test/support/access-event.ts'
import { objective } from '../../../test/support/objective.ts'
import type { GatehouseConfig } from '../../config/index.ts'
import { control } from '../../controls/index.ts'
import type { ScaEvent, StoredEvent } from '../../events/index.ts'
import {
  type ConfiguredControl,
  controlStates,
  deriveTrafficObservations,
} from '../../posture/index.ts'
import { scaControls } from './configured-controls.ts'

const AT = Date.UTC(2026, 10, 29)
const ISSUER = 'https://login.bank.example'
type Given = Parameters<typeof scaControls>[0]

function config(changes: {
  readonly sca?: null
  readonly issuers?: readonly string[]
  readonly named?: readonly string[]
}): Given {
  const { issuers = [ISSUER], named = null, sca = {} } = changes
  return {
    sca,
    identity: { issuer: ISSUER },
    issuers: issuers.map((issuer) => ({ issuer })),
    apis: [{ name: 'accounts', issuers: named }],
  } as unknown as Pick<GatehouseConfig, 'sca' | 'identity' | 'issuers' | 'apis'> // sound: nothing else is read
}

test('the file enforces them where all tokens come of the server that authenticates', () => {
  assert.deepEqual(
    scaControls(config({})).map(({ api, control: id, rule }) => [api, id, rule]),
    [
      ['accounts', 'sca-exemption-governance', 'sca.exemptions'],
      ['accounts', 'sca-attempt-limits', 'sca.limits'],
    ],
  )
  const other = 'https://keycloak.example'
  assert.deepEqual(scaControls(config({ sca: null })), [])
  assert.deepEqual(scaControls(config({ issuers: [ISSUER, other] })), [])
  assert.deepEqual(scaControls(config({ issuers: [] })), [])
  assert.equal(scaControls(config({ issuers: [ISSUER, other], named: [ISSUER] })).length, 2)
  for (const { control: id } of scaControls(config({}))) assert.ok(control(id) !== undefined)
})

const LINKED = 'sca-dynamic-linking'
const CONFIGURED: readonly ConfiguredControl[] = [
  ...scaControls(config({})),
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
function stateOf(id: string, ...events: readonly StoredEvent['event'][]): string {
  const observations = deriveTrafficObservations(
    events.map((event, at) => ({ partition: 0, seq: at + 1, hash: '', event })),
    { rulesOf: () => RULES, now: AT + 1_000 },
  )
  const of = objective({ roles: ['ais', 'pis'], exposure: 'internet-authenticated' })
  const states = controlStates({
    objective: of,
    configured: CONFIGURED,
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
    assert.equal(stateOf(id, held), 'met')
    assert.equal(stateOf(id, held, broken), 'not-met')
    assert.equal(stateOf(id), 'partial')
    assert.equal(stateOf(id, { ...held, api: 'another' }), 'partial')
  })
