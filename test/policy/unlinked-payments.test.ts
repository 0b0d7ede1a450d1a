/** What nobody can compare is not paid: payments whose body says nowhere what is paid, and the steps that only go with one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy } from '../../src/policy/index.ts'
import { apiSource, change, ISSUER, policySource } from '../support/policy-source.ts'

const BODY = {
  content: {
    'application/json': { schema: { type: 'object', properties: { Data: { type: 'object' } } } },
  },
}
const OPERATION = { requestBody: BODY, responses: { 201: { description: 'made' } } }
/** Path → method; the id of each is its path. */
const PATHS: Readonly<Record<string, string>> = {
  '/file-payments': 'post',
  '/domestic-vrps': 'post',
  '/signing-baskets': 'post',
  '/payments/{paymentId}': 'patch',
  '/payments/{paymentId}/authorisations': 'post',
  '/payments/{paymentId}/authorisations/{authorisationId}': 'put',
  '/payments/{paymentId}/cancellation-authorisations': 'post',
  '/vrp-consents/{id}/funds-confirmation': 'post',
}

function compiled(mode: 'enforce' | 'observe'): {
  readonly denied: readonly string[]
  readonly found: readonly string[]
} {
  const paths = Object.fromEntries(
    Object.entries(PATHS).map(([path, method]) => {
      const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      }))
      return [path, { parameters, [method]: { ...OPERATION, operationId: path } }]
    }),
  )
  const spec = { openapi: '3.0.3', info: { title: 'Payments', version: '1' }, paths }
  const rules = mode === 'enforce' ? [] : [change('sca.dynamicLinking', { mode })]
  const { plan, findings } = compilePolicy(
    policySource(
      [
        apiSource({
          spec,
          template: 'pis',
          rules,
          permissions: Object.fromEntries(Object.keys(PATHS).map((path) => [path, ['pay']])),
        }),
      ],
      [],
      [ISSUER],
    ),
  )
  const [api] = plan.apis
  assert.ok(api?.state === 'active', JSON.stringify(findings))
  return {
    denied: api.operations.flatMap(({ id, rules: indexes }) =>
      indexes.some((index) => {
        const rule = api.rules[index]
        return rule?.name === 'authz.consent' && rule.params.unmapped
      })
        ? [id]
        : [],
    ),
    found: findings.flatMap(({ code, text }) =>
      code === 'GH_POLICY_PAYMENT_UNLINKED' ? [text] : [],
    ),
  }
}

test('a payment that nobody can compare is denied where linking is enforced, also where somebody named its permissions', () => {
  const { denied, found } = compiled('enforce')
  assert.deepEqual(denied.toSorted(), [
    '/domestic-vrps',
    '/file-payments',
    '/payments/{paymentId}',
    '/signing-baskets',
  ])
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /denied/)
})

test('where linking only observes it goes through, and the finding says who compares it', () => {
  const { denied, found } = compiled('observe')
  assert.deepEqual(denied, [])
  assert.match(found[0] ?? '', /the bank alone/)
})
