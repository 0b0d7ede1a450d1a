/** A confirmation of funds is yes or no, whatever the specification of the bank declares besides (PSD2 Art. 65(3)). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compilePolicy } from '../../src/policy/index.ts'
import { apiSource, policySource } from '../support/policy-source.ts'

function dropped(spec: unknown, template: string, path: string): readonly string[] {
  const { plan } = compilePolicy(policySource([apiSource({ spec, template })]))
  const [api] = plan.apis
  assert.ok(api?.state === 'active', JSON.stringify(api).slice(0, 200))
  const operation = api.operations.find((one) => one.path === path)
  assert.ok(operation !== undefined)
  for (const index of operation.rules) {
    const rule = api.rules[index]
    if (rule?.name === 'response.fields') return rule.params.drop.map((one) => one.join('.')).sort()
  }
  return assert.fail('response.fields is on the operation')
}

const text = { type: 'string' }
const amount = { type: 'object', properties: { Amount: text, Currency: text } }
const talkative = {
  openapi: '3.0.3',
  info: { title: 'Funds', version: '1' },
  paths: {
    '/funds-confirmations': {
      post: {
        operationId: 'ConfirmFunds',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: {
                  Data: {
                    type: 'object',
                    properties: { ConsentId: text, Reference: text, InstructedAmount: amount },
                  },
                },
              },
            },
          },
        },
        responses: {
          201: {
            description: 'ok',
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: {
                    Data: {
                      type: 'object',
                      properties: {
                        FundsConfirmationId: text,
                        ConsentId: text,
                        CreationDateTime: { type: 'string', format: 'date-time' },
                        FundsAvailable: { type: 'boolean' },
                        Reference: text,
                        InstructedAmount: amount,
                        AvailableBalance: amount,
                        Shortfall: { type: 'number' },
                        Reason: text,
                        Accounts: {
                          type: 'array',
                          items: { type: 'object', properties: { AccountId: text, Iban: text } },
                        },
                        Extra: { type: 'object' },
                      },
                    },
                    Links: { type: 'object', properties: { Self: text } },
                    Meta: { type: 'object', properties: { TotalPages: { type: 'integer' } } },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
}

test('what tells of the money beyond yes or no never leaves; what the request said may be repeated', () => {
  assert.deepEqual(dropped(talkative, 'cbpii', '/funds-confirmations'), [
    'Data.Accounts.*.Iban',
    'Data.AvailableBalance.Amount',
    'Data.AvailableBalance.Currency',
    'Data.Extra',
    'Data.Reason',
    'Data.Shortfall',
  ])
})

test('the answers of the real specifications stay whole, and so do payments', () => {
  const spec = (name: string): string =>
    readFileSync(join(import.meta.dirname, '..', 'inventory', 'specs', name), 'utf8')
  const uk = spec('uk-obie/payment-initiation-openapi.yaml')
  assert.deepEqual(
    dropped(uk, 'pis', '/domestic-payment-consents/{ConsentId}/funds-confirmation'),
    ['Data.SupplementaryData'],
  )
  assert.deepEqual(dropped(uk, 'pis', '/domestic-payments'), [])
  const berlin = spec('berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml')
  assert.deepEqual(dropped(berlin, 'cbpii', '/v1/funds-confirmations'), [])
})
