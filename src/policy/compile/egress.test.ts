import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiSource, change, ISSUER, policySource } from '../../../test/support/policy-source.ts'
import { compilePolicy } from '../compile/compile-policy.ts'
import type { PolicySource, RuleChange } from '../contract.ts'

const SPEC = {
  openapi: '3.0.3',
  info: { title: 'Accounts', version: '1' },
  paths: {
    '/accounts': {
      get: { operationId: 'GetAccounts', responses: { 200: { description: 'ok' } } },
    },
  },
}

type Params = RuleChange['params']

interface Words {
  readonly upstream?: string
  readonly others?: readonly string[]
  readonly mode?: RuleChange['mode']
  readonly mandate?: Params
  readonly issuer?: Partial<PolicySource['issuers'][number]>
}

function compiled(params: Params | null, words: Words = {}) {
  const { upstream = 'https://core.bank.internal:8443', others, mode = 'enforce' } = words
  const rules = params === null ? [] : [change('egress.allowlist', { mode, params, line: 33 })]
  const api = apiSource({
    spec: SPEC,
    upstream,
    rules,
    ...(others !== undefined && { upstreamOthers: others }),
  })
  const mandate =
    words.mandate === undefined
      ? []
      : [change('egress.allowlist', { mode: 'enforce', params: words.mandate })]
  const source = policySource([api], mandate)
  const { plan, findings } = compilePolicy({
    ...source,
    issuers: source.issuers.map((issuer) => ({ ...issuer, ...words.issuer })),
  })
  const [one] = plan.apis
  return {
    codes: findings.filter(({ code }) => code.startsWith('GH_POLICY_EGRESS')),
    api: one,
    findings,
  }
}

const HOST = { hosts: ['core.bank.internal'] }

test('an upstream that is on the list is served, and the list goes with it', () => {
  const { api, codes } = compiled({ ...HOST, networks: ['10.0.0.0/8'], ports: ['8443'] })
  assert.equal(api?.state, 'active')
  assert.deepEqual(codes, [])
  const list = { hosts: ['core.bank.internal'], networks: ['10.0.0.0/8'], ports: ['8443'] }
  assert.deepEqual(api.upstream.egress, list)
  const rule = api.rules.find(({ name }) => name === 'egress.allowlist')
  assert.deepEqual([rule?.control, rule?.mode, rule?.params], ['egress-control', 'enforce', list])
})

const CLOSED: readonly (readonly [string, Params, Words])[] = [
  ['another host', { hosts: ['cards.bank.internal'] }, {}],
  ['another port', { ...HOST, ports: ['443'] }, {}],
  ['a second address', HOST, { others: ['https://other.bank.internal:8443'] }],
  ['an address', { networks: ['10.0.0.0/8'] }, { upstream: 'https://11.0.0.1' }],
  ['a decimal address', { networks: ['10.0.0.0/8'] }, { upstream: 'https://184549377' }],
  ['an octal address', { networks: ['10.0.0.0/8'] }, { upstream: 'https://013.0.0.1' }],
  [
    'an address in an address',
    { networks: ['10.0.0.0/8'] },
    { upstream: 'https://[::ffff:11.0.0.1]' },
  ],
  ['neither hosts nor networks', {}, {}],
  ['ports alone', { ports: ['8443'] }, {}],
  ['no network', { ...HOST, networks: ['10.0.0.1/8'] }, {}],
  ['a key set elsewhere', HOST, { issuer: { jwks: { url: 'https://as.bank.example/jwks' } } }],
  [
    'introspection elsewhere',
    HOST,
    {
      issuer: {
        jwks: { file: 'jwks' },
        introspection: {
          endpoint: 'https://as.bank.example/introspect',
          clientId: 'gate',
          signed: false,
          cacheSeconds: 1,
        },
      },
    },
  ],
]
for (const [what, params, words] of CLOSED) {
  test(`${what} closes the API, with the reason`, () => {
    const { api, codes } = compiled(params, words)
    assert.equal(api?.state, 'closed')
    assert.equal(api.code, 'GH_POLICY_EGRESS')
    assert.ok(codes.length > 0 && codes.every(({ closes, text }) => closes && text.length > 20))
    assert.ok(codes.every(({ place }) => place.line === 33))
  })
  test(`${what} is a finding where the rule only observes`, () => {
    const { api, codes } = compiled(params, { ...words, mode: 'observe' })
    assert.equal(api?.state, 'active')
    assert.equal(api.upstream.egress?.observed, true)
    assert.ok(codes.length > 0 && codes.every(({ closes }) => !closes))
  })
}

test('a key set on the list is no reason', () => {
  const jwks = { url: 'https://as.bank.example/jwks' }
  const { api } = compiled(
    { hosts: ['core.bank.internal', 'as.bank.example'] },
    { issuer: { jwks } },
  )
  assert.equal(api?.state, 'active')
})

test('what a mandate does not list no API can add', () => {
  const mandate = { hosts: ['core.bank.internal', '*.bank.internal'] }
  assert.equal(compiled(null, { mandate }).api?.state, 'active')
  const elsewhere = { mandate, upstream: 'https://evil.example' }
  assert.equal(compiled(null, elsewhere).api?.state, 'closed')
  assert.equal(compiled({ hosts: ['evil.example'] }, elsewhere).api?.state, 'closed')
  const { api } = compiled({ hosts: ['core.bank.internal'] }, { mandate })
  assert.ok(api?.state === 'active')
  assert.deepEqual(api.upstream.egress?.hosts, ['core.bank.internal'])
})

test('without the rule, or off, there is no list', () => {
  for (const made of [compiled(null), compiled(HOST, { mode: 'off' })]) {
    assert.ok(made.api?.state === 'active')
    assert.ok(!Object.hasOwn(made.api.upstream, 'egress'))
  }
})

test('an issuer is known to this test', () => {
  assert.deepEqual(
    policySource([apiSource({ spec: SPEC })]).issuers.map(({ issuer }) => issuer),
    [ISSUER],
  )
})
