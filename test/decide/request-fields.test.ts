/** `request.fields` over real specifications: what nobody declared is refused or watched, what the specification leaves open stays. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Facts, type Kernel, prepare, type RuleFailure } from '../../src/decide/index.ts'
import { compilePolicy, type RuleChange, templateLibrary } from '../../src/policy/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'
import { goodFacts } from './bank-plan.ts'

const BERLIN = `openapi: 3.0.3
info: { title: Payments, version: "1" }
servers: [{ url: "https://a.example/v1" }]
paths:
  /payments/sepa-credit-transfers:
    post:
      operationId: initiatePayment
      parameters: [{ in: query, name: dry, schema: { type: boolean } }]
      requestBody:
        required: true
        content:
          application/json: { schema: { $ref: "#/components/schemas/Payment" } }
      responses: { "201": { description: made } }
      security: [{ oauth: [payments] }]
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://as.example/t", scopes: { payments: p } } } }
  schemas:
    Account: { type: object, properties: { iban: { type: string }, currency: { type: string } } }
    Payment:
      allOf:
        - type: object
          properties:
            instructedAmount: { type: object, properties: { currency: { type: string }, amount: { type: string } } }
            creditorAccount: { $ref: "#/components/schemas/Account" }
            supplementaryData: { type: object }
        - oneOf:
            - { type: object, properties: { remittanceInformationUnstructured: { type: string } } }
            - { type: object, properties: { remittanceInformationStructured: { type: string } } }
`
const UK = readFileSync(
  join(import.meta.dirname, '../../examples/bank/spec/payment-initiation-openapi.yaml'),
  'utf8',
)
const ALONE = ['request.fields', 'response.fields', 'response.errors', 'logging.audit']

function kernel(spec: string, changes: Partial<RuleChange>): Kernel {
  const { templates } = templateLibrary([])
  const source = policySource([
    apiSource({
      name: 'payments',
      spec,
      template: 'pis@1.3.0',
      rules: [change('request.fields', { mode: 'enforce', ...changes })],
    }),
  ])
  const { plan } = compilePolicy({ ...source, templates })
  const only = plan.apis.map((api) =>
    api.state === 'active'
      ? {
          ...api,
          rules: api.rules.map((one) =>
            ALONE.includes(one.name) ? one : { ...one, mode: 'off' as const },
          ),
        }
      : api,
  )
  return prepare({ ...plan, apis: only }, { regex: linearRegex })
}

function asked(path: string, body: unknown): Facts {
  const facts = goodFacts(path)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return {
    ...facts,
    request: { ...facts.request, method: 'POST', target: path },
    body: { kind: 'text', mediaType: 'application/json', text },
  }
}

/** What the rule said; `undefined`: nothing. */
function said(of: Kernel, facts: Facts): RuleFailure | undefined {
  const verdict = of.next(facts)
  assert.ok(verdict.kind === 'allow' || verdict.kind === 'deny', verdict.kind)
  return verdict.trail.failed.find(({ rule }) => rule === 'request.fields')
}

const SEPA = '/v1/payments/sepa-credit-transfers'
const PAYMENT = {
  instructedAmount: { currency: 'EUR', amount: '12.50' },
  creditorAccount: { iban: 'DE02120300000000202051' },
  remittanceInformationUnstructured: 'Rent',
}

test('members that no schema declares are refused, with the place and not the name', () => {
  const of = kernel(BERLIN, {})
  assert.equal(said(of, asked(SEPA, PAYMENT)), undefined)
  for (const [body, at] of [
    [{ ...PAYMENT, secretName: 1 }, 'body'],
    [{ ...PAYMENT, creditorAccount: { iban: 'x', secretName: 1 } }, 'body/creditorAccount'],
    [
      { ...PAYMENT, instructedAmount: { ...PAYMENT.instructedAmount, Amount: '9' } },
      'body/instructedAmount',
    ],
    ['{"__proto__":{"polluted":true}}', 'body'],
    ['{"constructor":{}}', 'body'],
  ] as const) {
    const failure = said(of, asked(SEPA, body))
    assert.equal(failure?.code, 'GH_GATEWAY_REQUEST_UNDECLARED')
    assert.equal(failure.effect, 'denied')
    assert.equal(failure.control, 'write-allowlist')
    assert.equal(failure.detail, `${at} holds a member that is not declared`)
  }
})

test('branches of allOf and oneOf are one set of names; open objects stay open', () => {
  const of = kernel(BERLIN, {})
  const open = { ...PAYMENT, supplementaryData: { anything: { at: ['all'] } } }
  assert.equal(said(of, asked(SEPA, open)), undefined)
  const both = { ...PAYMENT, remittanceInformationStructured: 'RF18' }
  assert.equal(said(of, asked(SEPA, both)), undefined, 'which branch is meant is for the validator')
})

test('an agreed prefix may stand, a longer or other one may not', () => {
  const of = kernel(BERLIN, { params: { extensions: ['x-'] } })
  assert.equal(said(of, asked(SEPA, { ...PAYMENT, 'x-trace': { deep: 1 } })), undefined)
  assert.equal(said(of, asked(SEPA, { ...PAYMENT, creditorAccount: { 'x-a': 1 } })), undefined)
  assert.ok(said(of, asked(SEPA, { ...PAYMENT, 'X-trace': 1 })))
  assert.ok(said(of, asked(SEPA, { ...PAYMENT, xtrace: 1 })))
})

test('parameters of the query are looked at where the policy says so', () => {
  const quiet = kernel(BERLIN, {})
  assert.equal(said(quiet, asked(`${SEPA}?debug=1`, PAYMENT)), undefined)
  const strict = kernel(BERLIN, { params: { query: true, extensions: ['x-'] } })
  assert.equal(
    said(strict, asked(`${SEPA}?debug=1`, PAYMENT))?.code,
    'GH_GATEWAY_REQUEST_UNDECLARED',
  )
  assert.equal(said(strict, asked(`${SEPA}?dry=true&x-y=1`, PAYMENT)), undefined)
})

test('under observe it is told and goes on', () => {
  const of = kernel(BERLIN, { mode: 'observe' })
  const facts = asked(SEPA, { ...PAYMENT, more: 1 })
  assert.equal(of.next(facts).kind, 'allow')
  assert.equal(said(of, facts)?.effect, 'observed')
})

test('a body that cannot be read is refused by it, whoever else is off; another media type is not its business', () => {
  const of = kernel(BERLIN, {})
  for (const body of ['{"a":', '{"a":1,"a":2}', `${'['.repeat(200)}${']'.repeat(200)}`])
    assert.equal(said(of, asked(SEPA, body))?.code, 'GH_GATEWAY_REQUEST_INVALID')
  const facts = asked(SEPA, PAYMENT)
  const xml = {
    ...facts,
    body: { kind: 'text', mediaType: 'application/xml', text: '<a/>' },
  } as const
  assert.equal(said(of, xml), undefined)
  assert.equal(said(of, { ...facts, body: { kind: 'absent' } }), undefined)
})

test('the UK specification: its supplementary data is open, its initiation is not', () => {
  const of = kernel(UK, {})
  const path = '/open-banking/v4.0/pisp/domestic-payment-consents'
  const initiation = {
    InstructionIdentification: 'I',
    EndToEndIdentification: 'E',
    InstructedAmount: { Amount: '1.00', Currency: 'GBP' },
    CreditorAccount: { SchemeName: 'UK.OBIE.IBAN', Identification: 'GB33', Name: 'N' },
    SupplementaryData: { anything: { goes: [1] } },
  }
  const body = (more: object): object => ({
    Data: { Initiation: { ...initiation, ...more } },
    Risk: {},
  })
  assert.equal(said(of, asked(path, body({}))), undefined)
  assert.equal(
    said(of, asked(path, body({ InstructedAmount: { Amount: '1.00', Currency: 'GBP', Fee: '0' } })))
      ?.detail,
    'body/Data/Initiation/InstructedAmount holds a member that is not declared',
  )
  assert.ok(said(of, asked(path, body({ Priority: 'high' }))))
})
