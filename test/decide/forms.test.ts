/** Forms, as an authorization server takes them (RFC 6749 appendix B): judged by the schema that is declared for them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PlanRule, prepare } from '../../src/decide/index.ts'
import type { SchemaNode } from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import {
  askStepwise,
  bankApi,
  bankPlan,
  BASE,
  goodFacts,
  headers,
  OPERATIONS,
  RULES,
} from './bank-plan.ts'

const FORM = 'application/x-www-form-urlencoded'
const nodes: readonly SchemaNode[] = [
  { kind: 'string', maxLength: 40 },
  { kind: 'string', enum: ['authorization_code', 'refresh_token'] },
  {
    kind: 'object',
    properties: [
      ['grant_type', 1],
      ['code', 0],
    ],
    required: ['grant_type'],
  },
]
const rules = RULES.flatMap((rule): PlanRule[] =>
  rule.name === 'request.validation'
    ? [{ ...rule, params: { ...rule.params, maxBodyBytes: 4_096 } }]
    : [],
)
const [any] = OPERATIONS
assert.ok(any !== undefined)
const operation = {
  ...any,
  id: 'token',
  method: 'POST',
  path: '/token',
  rules: [0],
  parameters: [],
  requestBody: {
    required: true,
    content: [
      { mediaType: FORM, schema: 2 },
      { mediaType: 'text/plain', schema: 0 },
    ],
  },
  responses: [],
}
const kernel = prepare(
  bankPlan(
    bankApi({
      rules,
      operations: [operation],
      schema: { format: 1, nodes },
    }),
  ),
  { regex: linearRegex },
)

function judged(text: string, mediaType = FORM): string {
  const request = {
    method: 'POST',
    target: `${BASE}/token`,
    headers: headers({ 'content-length': [String(text.length)] }),
  }
  const verdict = askStepwise(
    kernel,
    goodFacts('/token', { request, body: { kind: 'text', mediaType, text } }),
    true,
  )
  return verdict.kind === 'deny' ? verdict.code : 'allow'
}

const INVALID = 'GH_GATEWAY_REQUEST_INVALID'
for (const [text, want] of [
  ['grant_type=authorization_code&code=abc', 'allow'],
  ['grant_type=refresh%5Ftoken', 'allow'],
  ['grant_type=authorization_code&code=a+b%2Fc', 'allow'],
  ['grant_type=authorization_code&extension=1', 'allow'],
  ['code=abc', INVALID],
  ['grant_type=password', INVALID],
  ['grant_type=authorization_code&grant_type=refresh_token', INVALID],
  ['grant_type=authorization_code&grant%5Ftype=refresh_token', INVALID],
  [`grant_type=refresh_token&code=${'x'.repeat(41)}`, INVALID],
  ['grant_type=refresh_token&=x', INVALID],
  ['grant_type=refresh_token&code=%zz', INVALID],
  ['grant_type=refresh_token&code=%00', INVALID],
  ['{"grant_type":"refresh_token"}', INVALID],
  ['grant_type=refresh_token&__proto__=1', 'allow'],
  ['', INVALID],
] as const)
  test(`a form ${JSON.stringify(text.slice(0, 60))}: ${want}`, () =>
    assert.equal(judged(text), want))

test('any other text is no form, and cannot be checked', () => {
  assert.equal(judged('grant_type=refresh_token', 'text/plain'), INVALID)
})
