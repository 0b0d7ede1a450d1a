/** Names and numbers of the kernel that a changed letter would have left green: each by itself, through the kernel. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Allow,
  type ObjectSelector,
  type PlanRule,
  prepare,
  type ResponseHead,
} from '../../src/decide/index.ts'
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
  TOKEN,
} from './bank-plan.ts'

const bank = prepare(bankPlan(), { regex: linearRegex })

for (const segment of [
  '.',
  '..',
  '.;',
  '..;',
  '.;x',
  '..;x',
  '.;a=b',
  '..;a;b',
  '%2e',
  '%2E%2e',
  '%2e;x',
])
  test(`a path with the segment ${segment} is refused, whatever the operation`, () => {
    for (const path of [
      `/accounts/${segment}`,
      `/${segment}/accounts`,
      `/accounts/${segment}/transactions`,
    ]) {
      const verdict = askStepwise(bank, goodFacts(path), false)
      assert.equal(verdict.kind, 'deny', path)
    }
  })

for (const segment of ['...', '.a', 'a.', 'a;..', '..a'])
  test(`the segment ${segment} names an object like any other, and one that is not the consent's`, () => {
    const verdict = askStepwise(bank, goodFacts(`/accounts/${segment}`), false)
    assert.equal(verdict.kind === 'deny' && verdict.code, 'GH_GATEWAY_OBJECT_FORBIDDEN')
  })

test('a query of 256 parameters is read, one more is not', () => {
  const pairs = (count: number): string =>
    Array.from({ length: count }, (_, at) => `state=${at}`).join('&')
  const at = (count: number): string =>
    askStepwise(bank, goodFacts(`/accounts?${pairs(count)}`), false).kind
  assert.equal(at(256), 'allow')
  assert.equal(at(257), 'deny')
})

/** Only `authz.objects`, with these selectors. */
function objectsAlone(selectors: readonly ObjectSelector[]) {
  const rules = RULES.map((rule): PlanRule =>
    rule.name === 'authz.objects'
      ? { ...rule, params: { ...rule.params, selectors } }
      : { ...rule, mode: 'off' },
  )
  return prepare(bankPlan(bankApi({ rules })), { regex: linearRegex })
}

test('`authz.objects` by itself needs a token that was verified: a consent alone names nobody', () => {
  const kernel = objectsAlone([{ in: 'path', name: 'AccountId' }])
  assert.equal(askStepwise(kernel, goodFacts('/accounts/22289'), false).kind, 'allow')
  const verdict = askStepwise(
    kernel,
    goodFacts('/accounts/22289', { token: { kind: 'absent' } }),
    false,
  )
  assert.equal(verdict.kind === 'deny' && verdict.code, 'GH_GATEWAY_TOKEN_MISSING')
})

for (const [customer, subject, kind] of [
  ['customer-1', 'customer-1', 'allow'],
  ['customer-2', 'customer-1', 'deny'],
  ['CUSTOMER-1', 'customer-1', 'deny'],
  ['', 'customer-1', 'deny'],
  ['', '', 'deny'],
  // An account of the consent is no customer, nor the other way round.
  ['22289', 'customer-1', 'deny'],
] as const)
  test(`a request for customer "${customer}" with a token of "${subject}" is: ${kind}`, () => {
    const kernel = objectsAlone([
      { in: 'path', name: 'AccountId' },
      { in: 'header', name: 'X-Customer', names: 'subject' },
    ])
    const request = {
      method: 'GET',
      target: `${BASE}/accounts/22289`,
      headers: headers({ 'x-customer': [customer] }),
    }
    const facts = goodFacts('/accounts/22289', { request, token: { ...TOKEN, subject } })
    assert.equal(askStepwise(kernel, facts, true).kind, kind)
    const alone = objectsAlone([{ in: 'header', name: 'X-Customer', names: 'subject' }])
    assert.equal(askStepwise(alone, facts, true).kind, kind)
  })

/** Headers of an answer that never leave, though the specification declares them all. */
const NEVER =
  'set-cookie set-cookie2 server via x-powered-by x-aspnet-version connection keep-alive proxy-authenticate proxy-connection te trailer transfer-encoding upgrade content-length content-encoding'.split(
    ' ',
  )
const ALWAYS =
  'content-type content-language content-disposition cache-control etag last-modified retry-after x-fapi-interaction-id'.split(
    ' ',
  )

test('of the headers of an answer, those that are declared leave, and some never do', () => {
  const operations = OPERATIONS.map((operation) => ({
    ...operation,
    responses: operation.responses.map((response) => ({
      ...response,
      headers: [...NEVER, ...NEVER.map((name) => name.toUpperCase()), 'X-Declared'],
    })),
  }))
  const kernel = prepare(bankPlan(bankApi({ operations })), { regex: linearRegex })
  const facts = goodFacts('/accounts')
  const verdict = kernel.next(facts)
  assert.equal(verdict.kind, 'allow')
  const head: ResponseHead = {
    status: 200,
    mediaType: 'application/json',
    contentEncoding: '',
    headers: [...ALWAYS, ...NEVER, 'x-declared', 'x-other'],
  }
  const answer = kernel.respond(verdict satisfies Allow, facts, head)
  assert.ok(answer.kind === 'project')
  assert.deepEqual([...answer.headers].sort(), [...ALWAYS, 'x-declared'].sort())
})
