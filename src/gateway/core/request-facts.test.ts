/** What a later plan needs in order to decide again: there when it was known, absent when it was not, and never a value. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFactsRecorder } from './facts-record.ts'
import { indexPlan, type OperationIndex } from './plan-index.ts'
import { RawHeaders } from './header-view.ts'
import { type Facts, type Match, prepare } from '../../decide/index.ts'
import type { FactsRecord } from '../../events/index.ts'
import { aisPlan } from '../../../test/support/ais-plan.ts'
import { linearRegex } from '../../../test/support/linear-regex.ts'

const NOW = Date.UTC(2026, 0, 5)
const record = createFactsRecorder()

const token: Facts['token'] = {
  kind: 'verified',
  issuer: 'https://as.example',
  type: 'at+jwt',
  audiences: ['https://api.bank.example'],
  clientId: 'tpp-a',
  subject: 'customer-1',
  consentId: 'consent-1',
  scopes: new Set(['accounts']),
  expiresAt: NOW / 1000 + 300.25,
  issuedAt: NOW / 1000 - 20.5,
  notBefore: undefined,
  tokenId: 'jti-secret',
  revoked: false,
}
const consent: Facts['consent'] = {
  kind: 'known',
  id: 'consent-1',
  clientId: 'tpp-a',
  subject: 'customer-1',
  status: 'AUTH',
  permissions: new Set(['p']),
  accounts: new Set(['A1', 'A2', 'customer-1']),
  validFrom: NOW - 5_000,
  transactionsFrom: NOW - 9_000,
  revoked: false,
}

const { apis } = indexPlan(
  prepare(aisPlan({ upstream: 'http://127.0.0.1:1' }), { regex: linearRegex }),
)
const index = (id: string): OperationIndex => {
  const found = apis.get('accounts')?.operations.get(id)
  assert.ok(found !== undefined)
  return found
}

function recorded(
  operation: OperationIndex,
  {
    account = 'A1',
    target = '/aisp/accounts/A1/transactions',
    headers = [],
    ...changes
  }: Partial<Facts> & {
    readonly account?: string
    readonly target?: string
    readonly headers?: readonly string[]
  },
): FactsRecord {
  const match: Match = {
    api: 'accounts',
    operation: 'o',
    method: 'GET',
    route: '/r',
    parameters: new Map([['AccountId', account]]),
  }
  const request = { method: 'GET', target, headers: new RawHeaders(headers) }
  return record({ now: NOW, bucket: 1, feedAgeMs: 1, request, ...changes }, match, operation)
}

const transactions = index('GetTransactions')

test('what was looked up is told from what was not', () => {
  assert.deepEqual(recorded(transactions, {}).gathered, [])
  assert.deepEqual(recorded(transactions, { token: { kind: 'absent' } }).gathered, ['token'])
  assert.deepEqual(
    recorded(transactions, {
      token,
      client: { kind: 'unknown' },
      consent: { kind: 'unknown' },
      body: { kind: 'absent' },
    }).gathered,
    ['token', 'client', 'consent', 'body'],
  )
})

test('times are exact, and absent where the token or the consent is silent', () => {
  const facts = recorded(transactions, { token, consent })
  assert.equal(facts.token?.expiresAt, NOW / 1000 + 300.25)
  assert.equal(facts.token?.issuedAt, NOW / 1000 - 20.5)
  assert.ok(facts.token !== null && !('notBefore' in facts.token))
  assert.equal(facts.consent?.validFrom, NOW - 5_000)
  assert.equal(facts.consent?.transactionsFrom, NOW - 9_000)
  assert.ok(facts.consent !== null && !('transactionsTo' in facts.consent))
})

test('names of a stranger are counted and not kept', () => {
  const target = '/x?fromBookingDateTime=1&iban=GB1&iban=GB2&&x'
  const facts = recorded(transactions, { target })
  assert.deepEqual(facts.query, ['fromBookingDateTime'])
  assert.equal(facts.undeclaredQuery, 3)
  assert.ok(!('undeclaredQuery' in recorded(transactions, { target: '/x?fromBookingDateTime=1' })))
  assert.equal(
    recorded(transactions, { target: '/x?a%20b=1&fromBookingDateTime=' }).undeclaredQuery,
    1,
  )
})

test('the parameter of a path is told by whose it is, compared by the plan or not', () => {
  const named = (account: string): FactsRecord['named'] =>
    recorded(transactions, { account, token, consent }).named
  const label = ['path:AccountId']
  assert.deepEqual(named('A1'), { present: label, ofConsent: label, ofSubject: [] })
  assert.deepEqual(named('A9'), { present: label, ofConsent: [], ofSubject: [] })
  assert.deepEqual(named('customer-1'), { present: label, ofConsent: label, ofSubject: label })
  assert.deepEqual(recorded(transactions, { account: 'A1' }).named?.ofConsent, [])
})

test('objects in query and headers are read as the rule reads them: loosely, in lists, all or nothing', () => {
  const plan = aisPlan({ upstream: 'http://127.0.0.1:1' })
  const [first] = plan.apis
  assert.ok(first?.state === 'active')
  const parameter = (where: 'query' | 'header', name: string, list: 'comma' | false) => ({
    in: where,
    name,
    required: false,
    schema: 0,
    list,
  })
  const operations = first.operations.map((one) => ({
    ...one,
    parameters: [
      ...one.parameters,
      parameter('query', 'accountIds', 'comma'),
      parameter('query', 'sort', false),
      parameter('header', 'X-Customer-Id', false),
    ],
  }))
  const kernel = prepare({ ...plan, apis: [{ ...first, operations }] }, { regex: linearRegex })
  const operation = indexPlan(kernel).apis.get('accounts')?.operations.get('GetTransactions')
  assert.ok(operation !== undefined)
  const named = (query: string, headers: readonly string[] = []): FactsRecord['named'] =>
    recorded(operation, { token, consent, target: `/x${query}`, headers }).named
  assert.deepEqual(named('?sort=A1'), {
    present: ['path:AccountId'],
    ofConsent: ['path:AccountId'],
    ofSubject: [],
  })
  assert.deepEqual(named('?accountIds=A1,A2')?.ofConsent, ['path:AccountId', 'query:accountIds'])
  assert.deepEqual(named('?accountIds=A1,A9')?.ofConsent, ['path:AccountId'])
  // A lenient bank would read this one too.
  assert.deepEqual(named('?accountIds=A1&ACCOUNTIDS=A9')?.ofConsent, ['path:AccountId'])
  const header = named('', ['x-customer-id', 'customer-1'])
  assert.deepEqual(header?.present, ['path:AccountId', 'header:X-Customer-Id'])
  assert.deepEqual(header?.ofSubject, ['header:X-Customer-Id'])
  assert.deepEqual(recorded(operation, { headers: ['X-CUSTOMER-ID', 'secret'] }).headers, [
    'x-customer-id',
  ])
  assert.ok(
    !JSON.stringify(recorded(operation, { headers: ['X-CUSTOMER-ID', 'secret'] })).includes(
      'secret',
    ),
  )
})

test('a body is told by what was announced, and by size and kind once it was read', () => {
  const note = index('AddNote')
  const body = (headers: readonly string[], changes: Partial<Facts> = {}): FactsRecord['body'] =>
    recorded(note, { headers, ...changes }).body
  assert.equal(body([]), undefined)
  assert.equal(body(['content-length', '0']), undefined)
  assert.deepEqual(body(['Content-Length', '12']), { announced: 12 })
  assert.deepEqual(body(['transfer-encoding', 'chunked']), { announced: null })
  const text = { kind: 'text', mediaType: 'application/json', text: '{"Text":"é"}' } as const
  assert.deepEqual(body(['content-length', '13'], { body: text }), {
    announced: 13,
    bytes: 13,
    mediaType: 'application/json',
  })
})
