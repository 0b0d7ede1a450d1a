import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Facts, Match } from '../../decide/index.ts'
import { createFactsRecorder } from './facts-record.ts'
import { RawHeaders } from './header-view.ts'
import type { OperationIndex, SelectorIndex } from './plan-index.ts'

const NOW = Date.UTC(2026, 0, 5)
const selector = (where: 'path' | 'query' | 'header', name: string): SelectorIndex => {
  const label = `${where}:${name}`
  return { in: where, name, label, alone: [{ [label]: false }, { [label]: true }] }
}
const facts = (target: string, changes: Partial<Facts> = {}): Facts => ({
  now: NOW,
  bucket: 7,
  feedAgeMs: 12.6,
  request: {
    method: 'GET',
    target,
    headers: new RawHeaders(['X-Account', 'A1', 'x-account', 'A9']),
  },
  ...changes,
})
const consent: Facts['consent'] = {
  kind: 'known',
  id: 'consent-1',
  clientId: 'tpp-a',
  subject: 'customer-1',
  status: 'AUTH',
  permissions: new Set(['p']),
  accounts: new Set(['A1', 'A2']),
  expiresAt: NOW + 5_000,
  revoked: false,
}
const match = (account: string): Match => ({
  api: 'a',
  operation: 'o',
  method: 'GET',
  route: '/{AccountId}',
  parameters: new Map([['AccountId', account]]),
})
const record = createFactsRecorder()
const operation = (...selectors: readonly SelectorIndex[]): OperationIndex => ({
  selectors,
  query: new Set(['from', 'to', 'a b']),
  headers: [],
  named: { objects: [], alone: undefined },
  audit: 'buffered',
})

test('`createFactsRecorder` says whether the consent covers each object named, by selector', () => {
  const path = operation(selector('path', 'AccountId'))
  assert.deepEqual(record(facts('/A1', { consent }), match('A1'), path).objects, {
    'path:AccountId': true,
  })
  assert.deepEqual(record(facts('/A9', { consent }), match('A9'), path).objects, {
    'path:AccountId': false,
  })
  assert.deepEqual(record(facts('/A1'), match('A1'), path).objects, { 'path:AccountId': false })
  const many = operation(
    selector('path', 'AccountId'),
    selector('header', 'X-Account'),
    selector('query', 'id'),
  )
  assert.deepEqual(record(facts('/A1?id=A1&id=A2', { consent }), match('A1'), many).objects, {
    'path:AccountId': true,
    'header:X-Account': false,
    'query:id': true,
  })
})

test('`createFactsRecorder` names declared query parameters only, as a form would read them', () => {
  const names = (query: string): readonly string[] =>
    record(facts(`/A1?${query}`), match('A1'), operation()).query
  assert.deepEqual(names('from=2026&x=1&to=&from=2'), ['from', 'to'])
  assert.deepEqual(names('a+b=1'), ['a b'])
  assert.deepEqual(names('%66rom=1'), ['from'])
  assert.deepEqual(record(facts('/A1'), match('A1'), operation()).query, [])
  const part = fc.constantFrom('from', 'to', 'x', '=', '&', '=1', '%66rom', '+', '?', '#')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const query = parts.join('')
      // With its own `?`, which is taken away once: a second one belongs to a name.
      const form = new Set(new URLSearchParams(`?${query}`).keys())
      assert.deepEqual(
        names(query).toSorted(),
        ['from', 'to', 'a b'].filter((name) => form.has(name)).toSorted(),
      )
    }),
  )
})

test('`createFactsRecorder` records a token without what names a person or could be replayed', () => {
  const token: Facts['token'] = {
    kind: 'verified',
    issuer: 'https://as.example',
    type: 'at+jwt',
    audiences: ['a'],
    clientId: 'tpp-a',
    subject: 'customer-1',
    consentId: 'consent-1',
    scopes: new Set(['accounts']),
    expiresAt: NOW / 1000 + 240,
    issuedAt: NOW / 1000 - 60,
    notBefore: undefined,
    tokenId: 'jti-1',
    revoked: false,
  }
  const made = record(facts('/A1', { token, consent }), match('A1'), operation())
  assert.deepEqual(made.token, {
    kind: 'verified',
    issuer: 'https://as.example',
    type: 'at+jwt',
    audiences: ['a'],
    scopes: ['accounts'],
    ageSeconds: 60,
    lifetimeSeconds: 300,
    revoked: false,
    issuedAt: NOW / 1000 - 60,
    expiresAt: NOW / 1000 + 240,
    bound: null,
    authentication: null,
  })
  assert.deepEqual(made.consent, {
    status: 'AUTH',
    permissions: ['p'],
    accounts: 2,
    sameClient: true,
    sameSubject: true,
    expiresInSeconds: 5,
    revoked: false,
    expiresAt: NOW + 5_000,
  })
  const text = JSON.stringify(made)
  for (const secret of ['customer-1', 'consent-1', 'jti-1', 'A1'])
    assert.ok(!text.includes(secret), secret)
})

test('`createFactsRecorder` writes an endless age as a number that JSON has', () => {
  const made = record(facts('/', { feedAgeMs: Number.POSITIVE_INFINITY }), undefined, undefined)
  assert.equal(JSON.parse(JSON.stringify(made)).feedAgeMs, Number.MAX_SAFE_INTEGER)
  assert.deepEqual(
    [made.token, made.consent, made.clientStatus, made.query],
    [null, null, null, []],
  )
})
