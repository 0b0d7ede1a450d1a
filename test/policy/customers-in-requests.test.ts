/** A request that names the customer: which parameters do, and what they are compared with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectSelector } from '../../src/decide/index.ts'
import { type CompiledPolicy, compilePolicy } from '../../src/policy/index.ts'
import { activeApi, ruleOf } from '../support/plan-outline.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'

const text = { type: 'string' }
function compiled(
  path: string,
  query: readonly string[],
  also: readonly string[] = [],
): CompiledPolicy {
  const names = [...path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '')
  const parameters = [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: text })),
    ...query.map((name) => ({ name, in: 'query', schema: text })),
  ]
  const schema = { type: 'object', properties: { full_name: text } }
  const responses = { '200': { description: 'ok', content: { 'application/json': { schema } } } }
  const spec = {
    openapi: '3.0.3',
    info: { title: 'Customers', version: '1' },
    paths: { [path]: { get: { operationId: 'read', parameters, responses } } },
  }
  const rules = also.length === 0 ? [] : [change('authz.objects', { params: { parameters: also } })]
  return compilePolicy(policySource([apiSource({ spec, rules })]))
}
function selectors(policy: CompiledPolicy): readonly ObjectSelector[] {
  return ruleOf(activeApi(policy), 'read', 'authz.objects')?.params.selectors ?? []
}
const customer = (name: string, where: 'path' | 'query' = 'path'): ObjectSelector => ({
  in: where,
  name,
  names: 'subject',
})

const CASES: readonly [
  path: string,
  query: readonly string[],
  wanted: readonly ObjectSelector[],
][] = [
  ['/v1/customers/{customer_id}', [], [customer('customer_id')]],
  ['/customers/{id}', [], [customer('id')]],
  ['/users/{userId}/identity', [], [customer('userId')]],
  ['/customers', ['customerNumber'], [customer('customerNumber', 'query')]],
  [
    '/customers/{customer_id}/accounts/{account_number}',
    [],
    [{ in: 'path', name: 'account_number' }, customer('customer_id')],
  ],
  // An account by its name is an account, and a party may be another holder.
  ['/customers/{account_id}', [], [{ in: 'path', name: 'account_id' }]],
  ['/parties/{partyId}', ['customerSegment', 'client_id'], []],
]
for (const [path, query, wanted] of CASES)
  test(`compilePolicy compares the customers of GET ${path} with the token`, () => {
    assert.deepEqual(selectors(compiled(path, query)), wanted)
  })

test('compilePolicy takes a customer parameter for an account when authz.objects.parameters names it', () => {
  assert.deepEqual(selectors(compiled('/customers/{customer_id}', [], ['customer_id'])), [
    { in: 'path', name: 'customer_id' },
  ])
})

test('compilePolicy finds that a party in the path is compared with nothing', () => {
  const { findings } = compiled('/parties/{partyId}', [])
  assert.ok(findings.some(({ code }) => code === 'GH_POLICY_OBJECT_UNCHECKED'))
  assert.ok(
    !compiled('/customers/{id}', []).findings.some(
      ({ code }) => code === 'GH_POLICY_OBJECT_UNCHECKED',
    ),
  )
})
