/** Which operations of published specifications ask for signed messages, and what a policy makes of it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Plan, RuleOf } from '../../src/decide/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import { ISSUER } from '../support/ais-plan.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'

const SPECS = join(import.meta.dirname, '../inventory/specs')
const BERLIN = readFileSync(join(SPECS, 'berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml'), 'utf8')
const UK = readFileSync(join(SPECS, 'uk-obie/payment-initiation-openapi.yaml'), 'utf8')

type Params = RuleOf<'request.signature'>['params']

function signed(
  spec: string,
  params: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, Params> {
  const rules = [change('request.signature', { params, line: 1 })]
  const source = apiSource({ spec, template: 'pis@1.1.0', rules })
  const { plan } = compilePolicy(policySource([source], [], [ISSUER]))
  return rulesIn(plan)
}

function rulesIn({ apis: [api] }: Plan): ReadonlyMap<string, Params> {
  assert.equal(api?.state, 'active')
  return new Map(
    api.operations.flatMap(({ method, path, rules }) =>
      rules.flatMap((at) => {
        const rule = api.rules[at]
        return rule?.name === 'request.signature'
          ? [[`${method} ${path}`, rule.params] as const]
          : []
      }),
    ),
  )
}

test('Berlin Group: nothing is asked for unless the policy says so, then on reads and writes alike', () => {
  assert.equal(signed(BERLIN, {}).size, 0)
  const whenSent = signed(BERLIN, { httpSignature: 'when-sent' })
  const pay = 'POST /v1/{payment-service}/{payment-product}'
  const read = 'GET /v1/{payment-service}/{payment-product}/{paymentId}/status'
  for (const operation of [pay, read]) {
    const params = whenSent.get(operation)
    assert.equal(params?.form, 'http-signature', operation)
    assert.equal(params.whenSent, true)
  }
  const required = signed(BERLIN, { httpSignature: 'required', trustStores: ['seals'] })
  assert.equal(required.get(pay)?.whenSent, undefined)
  assert.deepEqual(required.get(pay)?.trustStores, ['seals'])
})

test('OBIE: a detached JWS on what has a body, whatever is said of HTTP signatures', () => {
  const found = signed(UK, { httpSignature: 'required' })
  assert.equal(found.get('POST /domestic-payments')?.form, undefined)
  assert.ok(found.has('POST /domestic-payments'))
  assert.ok(!found.has('GET /domestic-payments/{DomesticPaymentId}'))
})
