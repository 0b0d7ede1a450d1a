import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActiveApi, Plan, PlanRule } from '../../../src/decide/index.ts'
import { beyondRequest } from '../../../src/gateway/core/index.ts'
import { aisPlan } from '../../support/ais-plan.ts'
import { keyedPlan } from '../../support/keyed-plan.ts'
import { unjudgedAnswers } from '../../support/unjudged-answers.ts'

const upstream = 'http://127.0.0.1:9'

function beyond(plan: Plan, id: string): readonly string[] {
  const [api] = plan.apis
  assert.ok(api?.state === 'active')
  const operation = api.operations.find((one) => one.id === id)
  assert.ok(operation !== undefined)
  return beyondRequest(api, operation).map(({ rule, absent }) => (absent ? `no ${rule}` : rule))
}

test('rules about answers are beyond what is asked, and so is their absence', () => {
  assert.deepEqual(beyond(aisPlan({ upstream }), 'GetAccounts'), [
    'response.fields',
    'response.errors',
  ])
  assert.deepEqual(beyond(aisPlan({ upstream }), 'AddNote'), [
    'response.errors',
    'no response.fields',
  ])
})

test('rules that only watch answers are not, nor is anything about the request', () => {
  for (const id of ['GetAccounts', 'GetTransactions', 'GetAtms', 'AddNote'])
    assert.deepEqual(beyond(unjudgedAnswers(aisPlan({ upstream })), id), [])
})

test('a bank that is believed by files of this gateway is beyond a proxy that has none of them', () => {
  const upstreamTls = { api: 'accounts', minVersion: '1.2', mutual: false } as const
  const plan = unjudgedAnswers(aisPlan({ upstream, upstreamTls }))
  assert.deepEqual(beyond(plan, 'GetAccounts'), ['upstream.tls'])
})

test('an idempotency key brings an answer back, so it needs one', () => {
  assert.deepEqual(beyond(unjudgedAnswers(keyedPlan({ upstream })), 'AddNote'), [
    'payment.idempotency',
  ])
})

test('a mandate has no other mode, and a rule that nobody knows is beyond', () => {
  const plan = unjudgedAnswers(aisPlan({ upstream }))
  const change = (rule: (one: PlanRule) => PlanRule): Plan => ({
    ...plan,
    apis: plan.apis.map((api) =>
      api.state === 'active' ? ({ ...api, rules: api.rules.map(rule) } satisfies ActiveApi) : api,
    ),
  })
  const mandated = change((rule) =>
    rule.name === 'response.errors'
      ? { ...rule, origin: { level: 'mandate', source: 'mandate' } }
      : rule,
  )
  assert.deepEqual(beyond(mandated, 'GetAccounts'), ['response.errors'])
  const unknown = change((rule) =>
    rule.name === 'token.lifetime'
      ? { ...rule, name: 'answer.of.tomorrow' as 'token.lifetime' } // a plan of a later version
      : rule,
  )
  assert.deepEqual(beyond(unknown, 'GetAccounts'), ['answer.of.tomorrow'])
})

test('a rule about the request that signs the answer, or keeps what it names, needs the answer', () => {
  const origin = { level: 'api', source: 'test' } as const
  const withRule = (rule: PlanRule): Plan => {
    const made = unjudgedAnswers(aisPlan({ upstream }))
    return {
      ...made,
      apis: made.apis.map((api) =>
        api.state === 'active'
          ? {
              ...api,
              rules: [...api.rules, rule],
              operations: api.operations.map((one) => ({
                ...one,
                rules: [...one.rules, api.rules.length],
              })),
            }
          : api,
      ),
    }
  }
  const signature = {
    header: 'x-jws-signature',
    maxAgeSeconds: 300,
    trustAnchors: [],
    unencoded: false,
  }
  const linking = { free: [] }
  const rows: readonly (readonly [PlanRule['name'], object, readonly string[]])[] = [
    ['request.signature', signature, []],
    [
      'request.signature',
      { ...signature, answers: { header: 'x-jws-signature' } },
      ['request.signature'],
    ],
    ['sca.dynamicLinking', linking, []],
    [
      'sca.dynamicLinking',
      { ...linking, made: { of: 'payment', idIn: 'paymentId' } },
      ['sca.dynamicLinking'],
    ],
    ['sca.dynamicLinking', { ...linking, consent: 'once' }, ['sca.dynamicLinking']],
  ]
  for (const [name, params, expected] of rows) {
    const rule = { name, control: 'c', mode: 'enforce', origin, params } as PlanRule // sound: the rows pair names with their parameters
    assert.deepEqual(beyond(withRule(rule), 'AddNote'), expected, name)
    assert.deepEqual(beyond(withRule({ ...rule, mode: 'observe' }), 'AddNote'), [])
  }
})
