/** From a configuration to a verdict: the compiled plan in the kernel, with answers as the bank would give them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Facts, type Kernel, prepare, type Verdict } from '../../src/decide/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { apiSource, type ApiWords, change, ISSUER, policySource } from '../support/policy-source.ts'

const json = (schema: unknown): unknown => ({
  responses: { '200': { description: 'ok', content: { 'application/json': { schema } } } },
})
const text = { type: 'string' }
const SPEC = {
  openapi: '3.0.3',
  info: { title: 'Own', version: '1' },
  paths: {
    '/accounts/{id}/transactions': {
      get: {
        operationId: 'transactions',
        parameters: [{ name: 'id', in: 'path', required: true, schema: text }],
        ...(json({
          type: 'object',
          properties: {
            transactions: {
              type: 'array',
              items: {
                type: 'object',
                properties: {
                  accountId: text,
                  bookingDate: { type: 'string' },
                  creditDebitIndicator: { type: 'string', enum: ['CRDT', 'DBIT'] },
                  amount: text,
                  creditorName: text,
                },
              },
            },
          },
        }) as object),
      },
    },
    '/accounts': {
      post: { operationId: 'openAccount', responses: { '201': { description: 'ok' } } },
    },
    '/mood': { get: { operationId: 'mood', ...(json({ type: 'object' }) as object) } },
  },
}
const ROWS = [
  {
    accountId: 'a1',
    bookingDate: '2026-01-10',
    creditDebitIndicator: 'CRDT',
    amount: '1.00',
    creditorName: 'X',
  },
  {
    accountId: 'a1',
    bookingDate: '2026-03-10',
    creditDebitIndicator: 'DBIT',
    amount: '2.00',
    creditorName: 'Y',
  },
  { accountId: 'a1', creditDebitIndicator: 'DBIT', amount: '3.00' },
  { accountId: 'a2', bookingDate: '2026-03-10', creditDebitIndicator: 'DBIT', amount: '4.00' },
]

function kernel(words: Partial<ApiWords> = {}): Kernel {
  const { plan } = compilePolicy(
    policySource([apiSource({ spec: SPEC, basePath: '/own', ...words })]),
  )
  return prepare(plan, { regex: linearRegex })
}

interface Holds {
  readonly permissions?: readonly string[]
  readonly status?: string
  readonly from?: string
}
function facts(
  path: string,
  { permissions = ['ReadTransactionsDetail'], status = 'AUTH', from }: Holds = {},
): Facts {
  const now = Date.UTC(2026, 5, 1)
  return {
    now,
    bucket: 0,
    feedAgeMs: 0,
    request: { method: 'GET', target: `/own${path}`, headers: { all: () => [] } },
    token: {
      kind: 'verified',
      issuer: ISSUER,
      type: 'at+jwt',
      audiences: ['https://api.bank.example'],
      clientId: 'tpp',
      subject: 'alice',
      consentId: 'c1',
      scopes: new Set(),
      expiresAt: now / 1000 + 200,
      issuedAt: now / 1000 - 100,
      notBefore: undefined,
      tokenId: 't1',
      revoked: false,
    },
    client: { kind: 'known', id: 'tpp', status: 'active' },
    consent: {
      kind: 'known',
      id: 'c1',
      clientId: 'tpp',
      subject: 'alice',
      status,
      permissions: new Set(permissions),
      accounts: new Set(['a1']),
      revoked: false,
      ...(from === undefined ? {} : { transactionsFrom: Date.parse(from) }),
    },
  }
}

function verdict(judge: Kernel, given: Facts): Verdict {
  const answer = judge.next({ ...given, claims: { kind: 'taken' } })
  if (answer.kind !== 'allow' && answer.kind !== 'deny') throw new Error(`asked for ${answer.kind}`)
  return answer
}
function code(judge: Kernel, given: Facts): string {
  const answer = verdict(judge, given)
  return answer.kind === 'deny' ? answer.code : 'allowed'
}

/** Amounts that leave of the bank's answer. */
function amounts(given: Facts): readonly string[] {
  const judge = kernel()
  const allow = verdict(judge, given)
  assert.equal(allow.kind, 'allow')
  if (allow.kind !== 'allow') return []
  const respond = judge.respond(allow, given, {
    status: 200,
    mediaType: 'application/json',
    contentEncoding: '',
    headers: [],
  })
  assert.equal(respond.kind, 'project')
  const projected =
    respond.kind === 'project' ? respond.apply(JSON.stringify({ transactions: ROWS })) : undefined
  if (projected?.ok !== true) throw new Error(JSON.stringify(projected))
  const { transactions } = JSON.parse(projected.text) as { transactions: { amount: string }[] } // sound: SPEC says so
  return transactions.map(({ amount }) => amount)
}

test('a consent without period and direction codes sees all rows of its account, and only those', () => {
  assert.deepEqual(amounts(facts('/accounts/a1/transactions')), ['1.00', '2.00', '3.00'])
})

test('a consent for debits only sees no credit, whatever the bank sends', () => {
  const permissions = ['ReadTransactionsBasic', 'ReadTransactionsDebits']
  assert.deepEqual(amounts(facts('/accounts/a1/transactions', { permissions })), ['2.00', '3.00'])
})

test('a consent for both directions sees both', () => {
  const permissions = ['ReadTransactionsBasic', 'ReadTransactionsDebits', 'ReadTransactionsCredits']
  assert.equal(amounts(facts('/accounts/a1/transactions', { permissions })).length, 3)
})

test('a consent with a period sees no row before it, nor one without a day', () => {
  assert.deepEqual(amounts(facts('/accounts/a1/transactions', { from: '2026-02-01' })), ['2.00'])
})

test('another’s account in the path, a permission not held, a status not in force, and no mapping are denied', () => {
  const judge = kernel()
  assert.equal(code(judge, facts('/accounts/a2/transactions')), 'GH_GATEWAY_OBJECT_FORBIDDEN')
  assert.equal(
    code(judge, facts('/accounts/a1/transactions', { permissions: ['ReadBalances'] })),
    'GH_GATEWAY_PERMISSION_MISSING',
  )
  assert.equal(
    code(judge, facts('/accounts/a1/transactions', { status: 'AWAU' })),
    'GH_GATEWAY_CONSENT_INACTIVE',
  )
  assert.equal(code(judge, facts('/mood')), 'GH_GATEWAY_PERMISSION_UNMAPPED')
})

test('what the template does not serve stays denied while authz.consent only observes', () => {
  const judge = kernel({
    permissions: { openAccount: [] },
    rules: [change('authz.consent', { mode: 'observe' })],
  })
  assert.equal(code(judge, facts('/mood')), 'allowed')
  const given = facts('/accounts')
  const write = { ...given, request: { ...given.request, method: 'POST' } }
  assert.equal(code(judge, write), 'GH_GATEWAY_PERMISSION_UNMAPPED')
})

test('a mapping in the configuration opens an operation that names did not tell', () => {
  assert.equal(code(kernel({ permissions: { mood: [] } }), facts('/mood')), 'allowed')
})

test('an API that is closed answers nothing, and one beside it goes on', () => {
  const { plan } = compilePolicy(
    policySource([
      apiSource({ spec: SPEC, basePath: '/own' }),
      apiSource({ spec: SPEC, name: 'other', basePath: '/other', template: 'nothing' }),
      apiSource({ spec: SPEC, name: 'third', basePath: '/twin' }),
      apiSource({ spec: SPEC, name: 'fourth', basePath: '/twin' }),
    ]),
  )
  const judge = prepare(plan, { regex: linearRegex })
  assert.equal(code(judge, facts('/accounts/a1/transactions')), 'allowed')
  for (const base of ['/other', '/twin']) {
    const given = facts('/mood')
    const elsewhere = { ...given, request: { ...given.request, target: `${base}/mood` } }
    assert.equal(code(judge, elsewhere), 'GH_GATEWAY_API_CLOSED', base)
  }
})
