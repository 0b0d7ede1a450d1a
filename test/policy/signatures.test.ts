/** Which operations of published specifications ask for signed messages, and what a policy makes of it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Plan, RuleOf } from '../../src/decide/index.ts'
import { type CompiledPolicy, compilePolicy, type PolicySource } from '../../src/policy/index.ts'
import { ISSUER } from '../support/ais-plan.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'

const SPECS = join(import.meta.dirname, '../inventory/specs')
const BERLIN = readFileSync(join(SPECS, 'berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml'), 'utf8')
const UK = readFileSync(join(SPECS, 'uk-obie/payment-initiation-openapi.yaml'), 'utf8')

type Params = RuleOf<'request.signature'>['params']

const ABLE = { signsAnswers: true, trustStores: true }

function compiled(
  spec: string,
  params: Readonly<Record<string, unknown>>,
  installation: Partial<PolicySource> = ABLE,
  template = 'pis@1.1.0',
): CompiledPolicy {
  const rules = [change('request.signature', { params, line: 1 })]
  const source = apiSource({ spec, template, rules })
  return compilePolicy({ ...policySource([source], [], [ISSUER]), ...installation })
}

function signed(...given: Parameters<typeof compiled>): ReadonlyMap<string, Params> {
  return rulesIn(compiled(...given).plan)
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

test('OBIE: answers that declare a signature are signed where the policy says so and there is a key', () => {
  const read = 'GET /domestic-payments/{DomesticPaymentId}'
  const pay = 'POST /domestic-payments'
  const answers = { header: 'x-jws-signature' }
  const found = signed(UK, { answers: 'signed' })
  assert.deepEqual(found.get(read)?.answers, answers)
  assert.equal(found.get(read)?.form, 'none')
  assert.deepEqual(found.get(pay)?.answers, answers)
  assert.equal(found.get(pay)?.form, undefined)
  assert.equal(signed(UK, {}).get(pay)?.answers, undefined)
  assert.equal(signed(UK, { answers: 'signed' }, {}).get(pay)?.answers, undefined)
})

test('what this installation cannot do is a finding, or closes the API that must have it', () => {
  const said = (...given: Parameters<typeof compiled>): string => {
    const { plan, findings } = compiled(...given)
    const found = findings.filter(({ code }) => code === 'GH_POLICY_SIGNATURE_IMPOSSIBLE')
    return `${plan.apis[0]?.state} ${found.map(({ severity }) => severity).join()}`
  }
  assert.equal(said(UK, { answers: 'signed' }, {}), 'active medium')
  assert.equal(said(UK, { answers: 'required' }, {}), 'closed critical')
  assert.equal(said(UK, { answers: 'required' }), 'active ')
  assert.equal(said(BERLIN, { httpSignature: 'when-sent' }, {}), 'active medium')
  assert.equal(said(BERLIN, { httpSignature: 'required' }, {}), 'closed critical')
  assert.equal(said(BERLIN, { httpSignature: 'required' }), 'active ')
  assert.equal(said(BERLIN, {}, {}), 'active ')
  // As it comes with the product.
  assert.equal(said(UK, {}, {}, 'pis'), 'active medium')
  assert.equal(said(BERLIN, {}, {}, 'pis'), 'active medium')
  assert.equal(said(UK, {}, ABLE, 'pis'), 'active ')
})
