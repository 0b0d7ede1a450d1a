import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessEvent } from '../../../test/support/access-event.ts'
import type { AccessEvent } from '../../events/index.ts'
import { judgeEvent, type RuleInPlan } from './judge-event.ts'

const RULES: readonly RuleInPlan[] = [
  { rule: 'authz.default', control: 'auth-required', mode: 'enforce' },
  { rule: 'token.validation', control: 'token-validation', mode: 'enforce' },
  { rule: 'authz.consent', control: 'consent-bound-access', mode: 'observe' },
  { rule: 'response.fields', control: 'response-minimisation', mode: 'enforce' },
  { rule: 'response.errors', control: 'error-disclosure', mode: 'enforce' },
  { rule: 'upstream.resilience', control: 'fault-isolation', mode: 'enforce' },
  { rule: 'request.validation', control: 'input-validation', mode: 'off' },
]

function seen(changes: Partial<AccessEvent>, rules = RULES): Readonly<Record<string, string>> {
  const event = accessEvent({ ran: rules.length, ...changes })
  return Object.fromEntries(
    judgeEvent(event, rules).map(({ control, outcome }) => [control, outcome]),
  )
}
function failure(
  rule: 'token.validation' | 'authz.consent' | 'authz.default',
  effect: 'denied' | 'observed',
  code: AccessEvent['failed'][number]['code'],
): AccessEvent['failed'][number] {
  const control = RULES.find((item) => item.rule === rule)?.control ?? ''
  return { rule, control, code, effect, detail: '' }
}

test('an allowed read shows that the rules that ran held, and nothing of a rule that is off', () => {
  assert.deepEqual(seen({}), {
    'auth-required': 'held',
    'token-validation': 'held',
    'consent-bound-access': 'held',
    'response-minimisation': 'held',
    'fault-isolation': 'held',
  })
})

test('a refusal shows that the rule works; what did not run says nothing', () => {
  const failed = [failure('token.validation', 'denied', 'GH_GATEWAY_TOKEN_EXPIRED')]
  assert.deepEqual(seen({ outcome: 'denied', status: 401, ran: 2, failed, response: null }), {
    'auth-required': 'held',
    'token-validation': 'refused',
  })
})

test('a rule under observe that let a bad request through is a hole', () => {
  const failed = [failure('authz.consent', 'observed', 'GH_GATEWAY_CONSENT_MISSING')]
  assert.equal(seen({ failed })['consent-bound-access'], 'let-through')
})

for (const code of ['GH_GATEWAY_FEED_STALE', 'GH_GATEWAY_RULE_FAILED'] as const) {
  test(`a denial with ${code} is no proof that the rule can judge`, () => {
    const failed = [failure('token.validation', 'denied', code)]
    assert.equal(
      seen({ outcome: 'denied', status: 503, ran: 2, failed })['token-validation'],
      undefined,
    )
  })
  test(`a request that went on with ${code} is a hole`, () => {
    const failed = [failure('token.validation', 'observed', code)]
    assert.equal(seen({ failed })['token-validation'], 'let-through')
  })
}

test('an unknown plan gives no passes, but its holes are still holes', () => {
  const failed = [failure('authz.consent', 'observed', 'GH_GATEWAY_CONSENT_EXPIRED')]
  assert.deepEqual(
    judgeEvent(accessEvent({ failed }), undefined).map((sight) => sight.outcome),
    ['let-through'],
  )
  assert.deepEqual(judgeEvent(accessEvent(), undefined), [])
})

test('two rules of one control give one sight, the worst', () => {
  const rules: readonly RuleInPlan[] = [
    { rule: 'authz.default', control: 'token-validation', mode: 'enforce' },
    { rule: 'token.validation', control: 'token-validation', mode: 'observe' },
  ]
  const failed = [failure('token.validation', 'observed', 'GH_GATEWAY_TOKEN_EXPIRED')]
  assert.deepEqual(seen({ failed }, rules), { 'token-validation': 'let-through' })
})

const response = accessEvent().response
assert.ok(response !== null)

for (const [what, changes, want] of [
  ['a trimmed answer', { outcome: 'trimmed' }, 'held'],
  [
    'an answer that was refused',
    { outcome: 'failed', code: 'GH_GATEWAY_RESPONSE_REFUSED' },
    'refused',
  ],
  ['a HEAD', { method: 'HEAD' }, undefined],
  ['a 204', { response: { ...response, upstreamStatus: 204 } }, undefined],
  ['a 304', { response: { ...response, upstreamStatus: 304 } }, undefined],
  [
    'an error of the bank',
    { response: { ...response, upstreamStatus: 500 }, outcome: 'failed' },
    undefined,
  ],
  [
    'no answer',
    { response: null, outcome: 'failed', code: 'GH_GATEWAY_UPSTREAM_TIMEOUT' },
    undefined,
  ],
] as const)
  test(`minimisation after ${what} is ${want ?? 'not seen'}`, () => {
    assert.equal(seen(changes)['response-minimisation'], want)
  })

test('minimisation that does not enforce every request leaves no trace, so nothing is claimed', () => {
  for (const changes of [{ mode: 'observe' }, { fraction: 5000 }] as const) {
    const rules = RULES.map((item) => ({ ...item, ...changes }))
    assert.equal(seen({}, rules)['response-minimisation'], undefined)
  }
})

test('errors of the bank and dead upstreams are what shows that they are contained', () => {
  const failing = { response: { ...response, upstreamStatus: 500 }, outcome: 'failed' } as const
  assert.equal(seen(failing)['error-disclosure'], 'held')
  assert.equal(seen({})['error-disclosure'], undefined)
  assert.equal(
    seen({ response: null, outcome: 'failed', code: 'GH_GATEWAY_UPSTREAM_UNREACHABLE' })[
      'fault-isolation'
    ],
    'refused',
  )
})

test('the intent that strict audit records before the call is not counted', () => {
  assert.deepEqual(seen({ status: 0, response: null }), {})
})
