import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessEvent, storedEvents } from '../../../test/support/access-event.ts'
import type { AccessEvent, GatehouseEvent } from '../../events/index.ts'
import { deriveTrafficObservations, type RuleInPlan } from '../index.ts'
import { addUp, MAX_OPERATIONS, tallyKey } from './tally.ts'

const T = Date.UTC(2026, 0, 5, 9)
const DAY = 86_400_000
const RULES: readonly RuleInPlan[] = [
  { rule: 'token.validation', control: 'token-validation', mode: 'enforce' },
  { rule: 'authz.consent', control: 'consent-bound-access', mode: 'observe' },
]
const hole: AccessEvent['failed'][number] = {
  rule: 'authz.consent',
  control: 'consent-bound-access',
  code: 'GH_GATEWAY_CONSENT_MISSING',
  effect: 'observed',
  detail: '',
}
const ports = { rulesOf: () => RULES, now: T + 10 * DAY }

test('`deriveTrafficObservations` states population, operations and when it ends', () => {
  const events = [
    accessEvent({ at: T }),
    accessEvent({ at: T + 1, operation: 'GetBalances' }),
    accessEvent({ at: T + 2 }),
  ]
  const found = deriveTrafficObservations(storedEvents(events), { ...ports, carriedBy: () => 26 })
  assert.deepEqual(found[0], {
    control: 'token-validation',
    api: 'accounts',
    kind: 'traffic',
    outcome: 'pass',
    value: '3 requests since 2026-01-05T09:00Z, 2 of 26 operations (7 %): held for 3, refused 0',
    population: 3,
    collectedAt: T + 2,
    expiresAt: T + 2 + DAY,
    source: 'traffic@1',
    reproduce: 'gatehouse events tail --api accounts',
  })
  assert.equal(found.length, 2)
})

test('a pass and a hole of one control are two observations, each with its own time', () => {
  const events = [accessEvent({ at: T, failed: [hole] }), accessEvent({ at: T + 5 })]
  const found = deriveTrafficObservations(storedEvents(events), ports).filter(
    (item) => item.control === 'consent-bound-access',
  )
  assert.deepEqual(
    found.map(({ outcome, collectedAt, population }) => [outcome, collectedAt, population]),
    [
      ['pass', T + 5, 2],
      ['fail', T, 2],
    ],
  )
  assert.match(
    found[1]?.value ?? '',
    /1 went on although authz\.consent would have refused them \(last: GH_GATEWAY_CONSENT_MISSING\)/,
  )
})

test('a pass counts only for a control that lists traffic as evidence; a hole always', () => {
  const rules: readonly RuleInPlan[] = [
    { rule: 'gateway.baseline', control: 'gateway-hardening', mode: 'enforce' },
  ]
  const derive = (event: AccessEvent): readonly string[] =>
    deriveTrafficObservations(storedEvents([event]), { rulesOf: () => rules, now: T }).map(
      (item) => item.outcome,
    )
  assert.deepEqual(derive(accessEvent()), [])
  assert.deepEqual(
    derive(
      accessEvent({
        failed: [{ ...hole, rule: 'gateway.baseline', control: 'gateway-hardening' }],
      }),
    ),
    ['fail'],
  )
})

test('events that are no access, and access to no API, are passed over', () => {
  const events: readonly GatehouseEvent[] = [
    {
      v: 1,
      kind: 'refused',
      id: 'r',
      at: T,
      code: 'GH_GATEWAY_REQUEST_MALFORMED',
      cause: 'HPE_INVALID_METHOD',
      peer: '::1',
    },
    {
      v: 1,
      kind: 'notice',
      id: 'n',
      at: T,
      what: 'started',
      api: 'accounts',
      code: null,
      detail: '',
    },
    accessEvent({ api: null, operation: null }),
  ]
  assert.deepEqual(deriveTrafficObservations(storedEvents(events), ports), [])
})

test('an event without a usable time is passed over, and does not stop the others', () => {
  const events = [Number.NaN, Number.NEGATIVE_INFINITY, -1, T].map((at) => accessEvent({ at }))
  const found = deriveTrafficObservations(storedEvents(events), ports)
  assert.deepEqual(
    found.map((item) => item.population),
    [1, 1],
  )
})

test('an event from ahead of the clock gives evidence of now, so that it cannot live longer', () => {
  const found = deriveTrafficObservations(storedEvents([accessEvent({ at: T + 400 * DAY })]), {
    ...ports,
    now: T,
  })
  assert.equal(found[0]?.collectedAt, T)
  assert.equal(found[0]?.expiresAt, T + DAY)
})

test('a count begins anew when its evidence would have expired', () => {
  const key = tallyKey('accounts', 'token-validation')
  const at = (time: number): number | undefined =>
    addUp(new Map(), storedEvents([accessEvent({ at: T }), accessEvent({ at: time })]), ports).get(
      key,
    )?.held
  assert.equal(at(T + DAY - 1), 2)
  assert.equal(at(T + DAY), 1)
})

test('events out of order never take a time back', () => {
  const events = [
    accessEvent({ at: T + 9, failed: [hole] }),
    accessEvent({ at: T, failed: [hole] }),
  ]
  const fail = deriveTrafficObservations(storedEvents(events), ports).find(
    (item) => item.outcome === 'fail',
  )
  assert.equal(fail?.collectedAt, T + 9)
})

test('operations seen are remembered up to the limit, requests beyond it are still counted', () => {
  const key = tallyKey('accounts', 'token-validation')
  const full = addUp(new Map(), storedEvents([accessEvent()]), ports).get(key)
  assert.ok(full)
  const operations = Array.from({ length: MAX_OPERATIONS - 1 }, (_, index) => `op-${index}`)
  const more = storedEvents([accessEvent({ operation: 'x' }), accessEvent({ operation: 'y' })])
  const after = addUp(new Map([[key, { ...full, operations }]]), more, ports).get(key)
  assert.equal(after?.operations.length, MAX_OPERATIONS)
  assert.equal(after?.held, 3)
})
