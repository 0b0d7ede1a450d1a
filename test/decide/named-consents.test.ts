/** Consents that a request names, in path, header and body, with a customer's token and with one that a client got for itself. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type ConsentFact,
  type Facts,
  type ObjectSelector,
  type PlanRule,
  prepare,
  type Verdict,
} from '../../src/decide/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import {
  askStepwise,
  bankApi,
  bankPlan,
  BASE,
  CONSENT,
  goodFacts,
  headers,
  NODE,
  OPERATIONS,
  RULES,
  TOKEN,
} from './bank-plan.ts'

const PATH: ObjectSelector = { in: 'path', name: 'AccountId', names: 'consent' }
const HEADER: ObjectSelector = { in: 'header', name: 'Consent-ID', names: 'consent' }
const QUERY: ObjectSelector = { in: 'query', name: 'consentId', names: 'consent' }
const BODY: ObjectSelector = {
  in: 'body',
  name: 'ConsentId',
  at: ['Data', 'ConsentId'],
  names: 'consent',
}
const OWN = { ...TOKEN, consentId: '', subject: 'tpp-1' } as const
const FOREIGN: ConsentFact = { ...CONSENT, id: 'consent-9', clientId: 'tpp-9' }

function judge(selectors: readonly ObjectSelector[], facts: Facts, resuming = true): Verdict {
  const rules = RULES.flatMap((rule): PlanRule[] => {
    if (rule.name === 'authz.consent' || rule.name === 'response.fields') return []
    if (rule.name === 'request.validation') return [{ ...rule, mode: 'observe' }]
    return [rule.name === 'authz.objects' ? { ...rule, params: { selectors } } : rule]
  })
  const all = rules.map((_, at) => at)
  const [, account] = OPERATIONS
  assert.ok(account !== undefined)
  const pay = {
    ...account,
    id: 'Pay',
    method: 'POST',
    path: '/payments',
    rules: all,
    parameters: [],
    requestBody: {
      required: true,
      content: [{ mediaType: 'application/json', schema: NODE.text }],
    },
  }
  const operations = selectors.includes(PATH) ? [{ ...account, rules: all }] : [pay]
  const kernel = prepare(bankPlan(bankApi({ rules, operations })), { regex: linearRegex })
  return askStepwise(kernel, facts, resuming)
}

function read(id: string, more: Partial<Facts> = {}): Facts {
  return goodFacts(`/accounts/${id}`, { namedConsent: { kind: 'unknown' }, ...more })
}
function pay(text: string, more: Partial<Facts> = {}, header: readonly string[] = []): Facts {
  return goodFacts('/payments', {
    namedConsent: { kind: 'unknown' },
    request: {
      method: 'POST',
      target: `${BASE}/payments`,
      headers: headers({
        'content-length': ['9'],
        ...(header.length ? { 'consent-id': header } : {}),
      }),
    },
    body: { kind: 'text', mediaType: 'application/json', text },
    ...more,
  })
}
const body = (id: unknown): string => JSON.stringify({ Data: { ConsentId: id } })

/** selectors, facts, whether it is allowed */
const CASES: readonly (readonly [
  what: string,
  selectors: readonly ObjectSelector[],
  facts: Facts,
  allowed: boolean,
])[] = [
  ['the consent of the token, in the path', [PATH], read('consent-1'), true],
  [
    'another consent of the same client, with a token that has one',
    [PATH],
    read('consent-2', { namedConsent: { ...CONSENT, id: 'consent-2' } }),
    false,
  ],
  ['a consent whose name only begins so', [PATH], read('consent-11'), false],
  [
    "a client's own consent, with its own token",
    [PATH],
    read('consent-1', { token: OWN, namedConsent: CONSENT }),
    true,
  ],
  [
    "another client's consent",
    [PATH],
    read('consent-9', { token: OWN, namedConsent: FOREIGN }),
    false,
  ],
  ['a consent that the feed does not know yet', [PATH], read('new', { token: OWN }), true],
  [
    'a consent of a client without a name',
    [PATH],
    read('consent-9', {
      token: { ...OWN, clientId: '' },
      client: { kind: 'known', id: '', status: 'active' },
      namedConsent: { ...FOREIGN, clientId: '' },
    }),
    false,
  ],
  [
    'a record of another consent than was asked for',
    [PATH],
    read('consent-9', { token: OWN, namedConsent: CONSENT }),
    false,
  ],
  ['a feed that is too old', [PATH], read('consent-1', { feedAgeMs: Infinity }), false],
  ['the consent of the token, in the body', [BODY], pay(body('consent-1')), true],
  ['another consent in the body', [BODY], pay(body('consent-9')), false],
  ['no consent in the body', [BODY], pay('{"Data":{}}'), false],
  ['an empty consent in the body', [BODY], pay(body('')), false],
  ['a number for a consent', [BODY], pay(body(1)), false],
  ['a list of consents', [BODY], pay(body(['consent-1'])), false],
  [
    'two consents in one body',
    [BODY],
    pay('{"Data":{"ConsentId":"consent-9","ConsentId":"consent-1"}}'),
    false,
  ],
  [
    'two bodies in one',
    [BODY],
    pay('{"Data":{"ConsentId":"consent-9"},"Data":{"ConsentId":"consent-1"}}'),
    false,
  ],
  [
    'a name spelled by escapes, twice',
    [BODY],
    pay('{"Data":{"ConsentId":"consent-9","\\u0043onsentId":"consent-1"}}'),
    false,
  ],
  ['no JSON', [BODY], pay('Data.ConsentId=consent-1'), false],
  ['no body', [BODY], pay('', { body: { kind: 'absent' } }), false],
  [
    "a client's own consent in the body",
    [BODY],
    pay(body('consent-1'), { token: OWN, namedConsent: CONSENT }),
    true,
  ],
  [
    "another client's in the body",
    [BODY],
    pay(body('consent-9'), { token: OWN, namedConsent: FOREIGN }),
    false,
  ],
  ['no header', [HEADER, BODY], pay(body('consent-1')), true],
  ['header and body of one mind', [HEADER, BODY], pay(body('consent-1'), {}, ['consent-1']), true],
  [
    'another consent in the header',
    [HEADER, BODY],
    pay(body('consent-1'), {}, ['consent-9']),
    false,
  ],
  [
    'a header with two values',
    [HEADER],
    pay(body('consent-1'), {}, ['consent-1', 'consent-9']),
    false,
  ],
]

for (const [what, selectors, facts, allowed] of CASES)
  test(`authz.objects ${allowed ? 'lets pass' : 'refuses'} ${what}`, () => {
    for (const resuming of [true, false]) {
      const verdict = judge(selectors, facts, resuming)
      assert.equal(verdict.kind, allowed ? 'allow' : 'deny', JSON.stringify(verdict.trail.failed))
      if (verdict.kind === 'deny' && facts.feedAgeMs < Infinity && facts.body?.kind !== 'absent')
        assert.equal(verdict.code, 'GH_GATEWAY_OBJECT_FORBIDDEN')
    }
  })

describe('the need for a named consent', () => {
  const kernel = prepare(
    bankPlan(
      bankApi({
        rules: RULES.map((rule): PlanRule =>
          rule.name === 'authz.objects'
            ? { ...rule, params: { selectors: [PATH, QUERY] } }
            : { ...rule, mode: 'off' },
        ),
      }),
    ),
    { regex: linearRegex },
  )
  test('names it, decoded', () => {
    const { now, bucket, feedAgeMs, request } = goodFacts('/accounts/a%20b')
    const need = kernel.next({ now, bucket, feedAgeMs, request, token: OWN })
    assert.ok(need.kind === 'need')
    assert.deepEqual([need.facts, need.consentId], [['namedConsent'], 'a b'])
  })
  test('path and query must agree', () => {
    const facts = (path: string): Facts =>
      goodFacts(path, { token: OWN, namedConsent: { kind: 'unknown' } })
    assert.equal(askStepwise(kernel, facts('/accounts/c-1?ConsentID=c-1'), true).kind, 'allow')
    assert.equal(askStepwise(kernel, facts('/accounts/c-1?consentid[]=c-2'), true).kind, 'deny')
  })
})

test('authz.objects refuses to be prepared for an account in a body', () => {
  const api = bankApi({
    rules: RULES.map((rule): PlanRule =>
      rule.name === 'authz.objects'
        ? { ...rule, params: { selectors: [{ in: 'body', name: 'AccountId', at: ['AccountId'] }] } }
        : rule,
    ),
  })
  const verdict = askStepwise(
    prepare(bankPlan(api), { regex: linearRegex }),
    goodFacts('/accounts/22289'),
    true,
  )
  assert.equal(verdict.kind, 'deny')
})
