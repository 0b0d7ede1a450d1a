/** From what people write to what a gateway is told about bound tokens and step-ups. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy } from '../../src/policy/index.ts'
import { activeApi, ruleOf } from '../support/plan-outline.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'

const SPEC = {
  openapi: '3.0.3',
  info: { title: 'Own', version: '1' },
  paths: {
    '/accounts': { get: { operationId: 'accounts', responses: { '200': { description: 'ok' } } } },
  },
}
const ORIGINS = ['https://api.bank.example']

function compiled(
  rules: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  publicOrigins: readonly string[],
): ReturnType<typeof compilePolicy> {
  const changes = Object.entries(rules).map(([name, params]) => change(name, { params }))
  return compilePolicy({
    ...policySource([apiSource({ spec: SPEC, rules: changes })]),
    publicOrigins,
  })
}

test('origins of the configuration are in the plan, and with them DPoP', () => {
  const api = activeApi(compiled({ 'token.senderConstrained': {} }, ORIGINS))
  assert.deepEqual(api.publicOrigins, ORIGINS)
  assert.deepEqual(ruleOf(api, 'accounts', 'token.senderConstrained')?.params, {
    methods: ['mtls', 'dpop'],
    maxAgeSeconds: 60,
    maxAheadSeconds: 10,
    nonce: 'optional',
  })
})

test('without an origin no DPoP proof is taken, and an API that takes nothing else is closed', () => {
  const api = activeApi(compiled({ 'token.senderConstrained': {} }, []))
  assert.equal(api.publicOrigins, undefined)
  assert.deepEqual(ruleOf(api, 'accounts', 'token.senderConstrained')?.params.methods, ['mtls'])
  const { plan, findings } = compiled({ 'token.senderConstrained': { methods: ['dpop'] } }, [])
  assert.equal(plan.apis[0]?.state, 'closed')
  assert.ok(findings.some(({ code, closes }) => closes && code === 'GH_POLICY_PARAM_INVALID'))
})

test('a step-up that an API asks for is in the plan, after accounts and before payments are compared', () => {
  const api = activeApi(
    compiled({ 'sca.required': { acr: ['loa3'], maxAgeSeconds: 300 } }, ORIGINS),
  )
  assert.deepEqual(ruleOf(api, 'accounts', 'sca.required')?.params, {
    acr: ['loa3'],
    maxAgeSeconds: 300,
  })
  const names = api.operations[0]?.rules.map((at) => api.rules[at]?.name) ?? []
  assert.ok(names.indexOf('sca.required') > names.indexOf('authz.consent'))
})
