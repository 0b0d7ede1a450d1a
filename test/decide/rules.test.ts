/** Every rule: what it lets pass, and each thing it refuses. One row changes one fact of a request that is in order. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Facts, prepare, type Verdict } from '../../src/decide/index.ts'
import type { ErrorCode } from '../../src/lib/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import {
  bankPlan,
  BASE,
  CONSENT,
  goodFacts,
  headers,
  NOW,
  NOW_SECONDS,
  TOKEN,
  withRule,
} from './bank-plan.ts'

interface Row {
  readonly name: string
  readonly path?: string
  readonly facts?: Partial<Facts>
  /** Refused with this code, by this rule; absent: allowed. */
  readonly code?: ErrorCode
  /** What the event says, where the client hears something else. */
  readonly inside?: ErrorCode
}

const kernel = prepare(bankPlan(), { regex: linearRegex })

function check(rule: string, rows: readonly Row[], of = kernel): void {
  describe(rule, () => {
    for (const { name, path = '/accounts/22289', facts = {}, code, inside } of rows)
      test(`${rule} ${code === undefined ? 'passes' : 'refuses'} ${name}`, () => {
        const verdict = of.next(goodFacts(path, facts)) as Verdict
        if (code === undefined) {
          assert.equal(verdict.kind, 'allow', JSON.stringify(verdict))
          assert.deepEqual(verdict.trail.failed, [])
          return
        }
        assert.equal(verdict.kind, 'deny')
        assert.equal(verdict.kind === 'deny' && verdict.code, code)
        assert.equal(verdict.kind === 'deny' && verdict.rule, rule)
        const last = verdict.trail.failed.at(-1)
        assert.equal(last?.effect, 'denied')
        assert.equal(last?.code, inside ?? code)
        // DESIGN §7.2: neither what was sent nor whose it is.
        const told = JSON.stringify(verdict.trail)
        for (const secret of ['99999', '22289', 'customer-', 'consent-1', 'jti-1', 'GB29'])
          assert.ok(!told.includes(secret), `${secret} in ${told}`)
      })
  })
}

const token = (changes: Partial<typeof TOKEN>): Partial<Facts> => ({
  token: { ...TOKEN, ...changes },
})
const consent = (changes: Partial<typeof CONSENT>): Partial<Facts> => ({
  consent: { ...CONSENT, ...changes },
})
const sent = (
  values: Readonly<Record<string, readonly string[]>>,
  method = 'GET',
  path = '/accounts/22289',
): Partial<Facts> => ({
  request: { method, target: BASE + path, headers: headers(values) },
})

const order = (text: string): Partial<Facts> => ({
  ...sent({}, 'POST', '/orders'),
  body: { kind: 'text', mediaType: 'application/json', text },
})

check('authz.default', [
  { name: 'a verified token' },
  { name: 'no token', facts: { token: { kind: 'absent' } }, code: 'GH_GATEWAY_TOKEN_MISSING' },
])

check('logging.redact', [
  ...['access_token', 'token', 'id_token', 'client_secret', 'iban', 'IBAN', 'Access_Token'].map(
    (name): Row => ({
      name: `${name} in the query`,
      path: `/accounts?${name}=GB29`,
      code: 'GH_GATEWAY_TOKEN_IN_QUERY',
    }),
  ),
  {
    name: 'an escaped name',
    path: '/accounts?%61ccess%5Ftoken=x',
    code: 'GH_GATEWAY_TOKEN_IN_QUERY',
  },
  {
    name: 'a name in brackets',
    path: '/accounts?page=1&access_token[]=x',
    code: 'GH_GATEWAY_TOKEN_IN_QUERY',
  },
  {
    name: 'a name that a parser would trim',
    path: '/accounts?+access_token=x',
    code: 'GH_GATEWAY_TOKEN_IN_QUERY',
  },
  ...['accessToken', 'access-token', 'ACCESS.TOKEN', 'apiKey', 'bearer', 'jwt'].map(
    (name): Row => ({
      name: `${name}, another spelling`,
      path: `/accounts?${name}=x`,
      code: 'GH_GATEWAY_TOKEN_IN_QUERY',
    }),
  ),
  {
    name: 'a signed token under a name that says nothing',
    path: '/accounts?x=eyJhbGciOiJQUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln',
    code: 'GH_GATEWAY_TOKEN_IN_QUERY',
  },
  {
    name: 'an encrypted token',
    path: '/accounts?x=eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d',
    code: 'GH_GATEWAY_TOKEN_IN_QUERY',
  },
  ...[
    'search=DE89370400440532013000',
    'search=de89+3704+0044+0532+0130+00',
    'q=GB33BUKB20201555555555',
    'q=4111111111111111',
    'q=4111-1111-1111-1111',
    'q=378282246310005',
    'account=GB33BUKB20201555555555',
  ].map((query): Row => ({
    name: `an account or card number: ${query}`,
    path: `/accounts?${query}`,
    code: 'GH_GATEWAY_ACCOUNT_IN_URL',
  })),
  ...[
    'x=22289',
    'x=4111111111111112',
    'x=1234567890123456',
    'x=DE89370400440532013001',
    'x=9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d',
    'x=20261129041500000',
    'x=IT00X0000000000000000000000',
  ].map((query): Row => ({
    name: `no number of an account: ${query}`,
    path: `/accounts?${query}`,
  })),
  { name: 'a text with dots that is no token', path: '/accounts?x=eyes.on.you&version=1.2.3' },
  { name: 'a name without a value', path: '/accounts?token', code: 'GH_GATEWAY_TOKEN_IN_QUERY' },
  { name: 'a longer name', path: '/accounts?token_hint=x' },
  { name: 'the word as a value', path: '/accounts?state=access_token' },
])

check('request.validation', [
  { name: 'declared parameters', path: '/accounts?page=100&state=a&state=b' },
  { name: 'undeclared ones (stripped)', path: '/accounts?debug=1&page=1&debug=2' },
  {
    name: 'a parameter twice',
    path: '/accounts?page=1&page=1',
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  {
    name: 'a header parameter twice',
    facts: sent({ 'x-customer-user-agent': ['a', 'b'] }, 'GET', '/accounts'),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  ...['0', '101', '1.0', '+1', '01', 'x', ''].map((page): Row => ({
    name: `page=${page}, which is not an integer in 1..100`,
    path: `/accounts?page=${page}`,
    code: 'GH_GATEWAY_REQUEST_INVALID',
  })),
  { name: 'a declared body', facts: order('{"Amount":"165.88"}') },
  {
    name: 'a body with an undeclared member',
    facts: order('{"Amount":"1.00","To":"GB29"}'),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  {
    name: 'a body without a required member',
    facts: order('{}'),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  {
    name: 'a body with a value against its pattern',
    facts: order('{"Amount":"99999"}'),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  {
    name: 'a body with a duplicate key',
    facts: order('{"Amount":"1.00","Amount":"9.00"}'),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  {
    name: 'a body that is not JSON',
    facts: order('Amount=1.00'),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  { name: 'a body of exactly the limit', facts: order(`{"Amount":"1.00"}${' '.repeat(47)}`) },
  {
    name: 'a body of one byte more',
    facts: order(`{"Amount":"1.00"}${' '.repeat(48)}`),
    code: 'GH_GATEWAY_BODY_TOO_LARGE',
  },
  {
    name: 'GET with Content-Length',
    facts: sent({ 'content-length': ['3'] }),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  { name: 'GET with Content-Length: 0', facts: sent({ 'content-length': ['0'] }) },
  {
    name: 'GET with Transfer-Encoding',
    facts: sent({ 'transfer-encoding': ['chunked'] }),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  {
    name: 'a body announced as too large',
    facts: sent({ 'content-length': ['65'] }, 'POST', '/orders'),
    code: 'GH_GATEWAY_BODY_TOO_LARGE',
  },
  {
    name: 'a body that is too large in bytes',
    facts: {
      ...sent({}, 'POST', '/orders'),
      body: { kind: 'text', mediaType: 'application/json', text: `"${'é'.repeat(32)}"` },
    },
    code: 'GH_GATEWAY_BODY_TOO_LARGE',
  },
  {
    name: 'a body of 64 bytes in sixteen characters',
    facts: order('\u{1F4B7}'.repeat(16)),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  {
    name: 'a body of 65 bytes in seventeen characters',
    facts: order(`${'\u{1F4B7}'.repeat(16)}x`),
    code: 'GH_GATEWAY_BODY_TOO_LARGE',
  },
  {
    name: 'a body in a GET though one is declared',
    facts: sent({ 'content-length': ['2'] }, 'GET', '/odd'),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  {
    name: 'a comma-separated parameter that comes twice',
    path: '/accounts/22289?accountIds=22289&accountIds=31820',
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  {
    name: 'a missing body',
    facts: sent({}, 'POST', '/orders'),
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
  {
    name: 'a body with a content coding',
    facts: sent({ 'content-length': ['9'], 'content-encoding': ['gzip'] }, 'POST', '/orders'),
    code: 'GH_GATEWAY_CONTENT_CODING',
  },
  {
    name: 'an undeclared media type',
    facts: {
      ...sent({}, 'POST', '/orders'),
      body: { kind: 'text', mediaType: 'text/plain', text: '{"Amount":"1.00"}' },
    },
    code: 'GH_GATEWAY_MEDIA_TYPE',
  },
  {
    name: 'a declared body that cannot be checked',
    facts: {
      ...sent({}, 'POST', '/orders'),
      body: { kind: 'text', mediaType: 'application/xml', text: '<Amount>1.00</Amount>' },
    },
    code: 'GH_GATEWAY_REQUEST_INVALID',
  },
])

check('token.validation', [
  { name: 'any of our audiences', facts: token({ audiences: ['x', 'https://api2.bank.test'] }) },
  { name: 'typ in another case', facts: token({ type: 'AT+JWT' }) },
  { name: 'typ as a full media type', facts: token({ type: 'application/at+jwt' }) },
  {
    name: 'no nbf and no iat, where lifetime is not asked',
    facts: token({ notBefore: undefined }),
  },
  { name: 'exp at the edge of the skew', facts: token({ expiresAt: NOW_SECONDS - 4.999 }) },
  { name: 'nbf at the edge of the skew', facts: token({ notBefore: NOW_SECONDS + 5 }) },
  { name: 'iat at the edge of the skew', facts: token({ issuedAt: NOW_SECONDS + 5 }) },
  {
    name: 'a bad signature with its own code',
    facts: { token: { kind: 'invalid', code: 'GH_GATEWAY_TOKEN_SIGNATURE' } },
    code: 'GH_GATEWAY_TOKEN_SIGNATURE',
  },
  {
    name: 'an unknown issuer',
    facts: token({ issuer: 'https://evil.test' }),
    code: 'GH_GATEWAY_TOKEN_ISSUER',
  },
  {
    name: 'an issuer with a slash more',
    facts: token({ issuer: 'https://as.bank.test/' }),
    code: 'GH_GATEWAY_TOKEN_ISSUER',
  },
  {
    name: 'an issuer of the plan that this API does not take',
    facts: token({ issuer: 'https://other.test', audiences: ['https://elsewhere.test'] }),
    code: 'GH_GATEWAY_TOKEN_ISSUER',
  },
  { name: 'an ID token', facts: token({ type: 'JWT' }), code: 'GH_GATEWAY_TOKEN_TYPE' },
  { name: 'no typ', facts: token({ type: '' }), code: 'GH_GATEWAY_TOKEN_TYPE' },
  {
    name: 'the audience of another issuer',
    facts: token({ audiences: ['https://elsewhere.test'] }),
    code: 'GH_GATEWAY_TOKEN_AUDIENCE',
  },
  { name: 'no audience', facts: token({ audiences: [] }), code: 'GH_GATEWAY_TOKEN_AUDIENCE' },
  {
    name: 'exp plus skew reached',
    facts: token({ expiresAt: NOW_SECONDS - 5 }),
    code: 'GH_GATEWAY_TOKEN_EXPIRED',
  },
  { name: 'no exp', facts: token({ expiresAt: undefined }), code: 'GH_GATEWAY_TOKEN_EXPIRED' },
  {
    name: 'exp that is no number',
    facts: token({ expiresAt: NaN }),
    code: 'GH_GATEWAY_TOKEN_EXPIRED',
  },
  {
    name: 'nbf past the skew',
    facts: token({ notBefore: NOW_SECONDS + 5.001 }),
    code: 'GH_GATEWAY_TOKEN_EARLY',
  },
  {
    name: 'iat past the skew',
    facts: token({ issuedAt: NOW_SECONDS + 6 }),
    code: 'GH_GATEWAY_TOKEN_EARLY',
  },
  { name: 'a revoked token', facts: token({ revoked: true }), code: 'GH_GATEWAY_TOKEN_REVOKED' },
  {
    name: 'a good token when the feed is stale',
    facts: { feedAgeMs: 300_001 },
    code: 'GH_GATEWAY_FEED_STALE',
  },
  {
    name: 'any token before the first heartbeat',
    facts: { feedAgeMs: Infinity },
    code: 'GH_GATEWAY_FEED_STALE',
  },
  { name: 'an age that is no number', facts: { feedAgeMs: NaN }, code: 'GH_GATEWAY_FEED_STALE' },
  { name: 'a feed of exactly the allowed age', facts: { feedAgeMs: 300_000 } },
  {
    name: 'an expired token as expired even when the feed is stale',
    facts: { feedAgeMs: Infinity, ...token({ expiresAt: 1 }) },
    code: 'GH_GATEWAY_TOKEN_EXPIRED',
  },
])

check('token.lifetime', [
  {
    name: 'exactly the longest lifetime',
    facts: token({ issuedAt: NOW_SECONDS - 3300, expiresAt: NOW_SECONDS + 300 }),
  },
  {
    name: 'a second more',
    facts: token({ issuedAt: NOW_SECONDS - 3301, expiresAt: NOW_SECONDS + 300 }),
    code: 'GH_GATEWAY_TOKEN_LIFETIME',
  },
  { name: 'no iat', facts: token({ issuedAt: undefined }), code: 'GH_GATEWAY_TOKEN_LIFETIME' },
  {
    name: 'exp before iat',
    facts: token({ issuedAt: NOW_SECONDS + 3, expiresAt: NOW_SECONDS + 2 }),
    code: 'GH_GATEWAY_TOKEN_LIFETIME',
  },
])

check('identity.clientStatus', [
  {
    name: 'an unknown client',
    facts: { client: { kind: 'unknown' } },
    code: 'GH_GATEWAY_CLIENT_UNKNOWN',
  },
  {
    name: 'a suspended client',
    facts: { client: { kind: 'known', id: 'tpp-1', status: 'suspended' } },
    code: 'GH_GATEWAY_CLIENT_INACTIVE',
  },
  {
    name: 'the record of another client',
    facts: { client: { kind: 'known', id: 'tpp-2', status: 'active' } },
    code: 'GH_GATEWAY_CLIENT_UNKNOWN',
  },
])

check('authz.operations', [
  {
    name: 'the other set of scopes, whole',
    facts: token({ scopes: new Set(['accounts.read', 'openid', 'x']) }),
  },
  {
    name: 'half of a set',
    facts: token({ scopes: new Set(['openid']) }),
    code: 'GH_GATEWAY_SCOPE_MISSING',
  },
  { name: 'no scope', facts: token({ scopes: new Set() }), code: 'GH_GATEWAY_SCOPE_MISSING' },
  {
    name: 'another case',
    facts: token({ scopes: new Set(['Accounts']) }),
    code: 'GH_GATEWAY_SCOPE_MISSING',
  },
])

check('authz.consent', [
  { name: 'the v3 word for the status', facts: consent({ status: 'Authorised' }) },
  { name: 'the last millisecond', facts: consent({ expiresAt: NOW + 1 }) },
  { name: 'the first millisecond', facts: consent({ validFrom: NOW }) },
  { name: 'the Detail code', facts: consent({ permissions: new Set(['ReadAccountsDetail']) }) },
  {
    name: 'an unknown consent',
    facts: { consent: { kind: 'unknown' } },
    code: 'GH_GATEWAY_CONSENT_MISSING',
  },
  {
    name: 'a token without a consent',
    facts: { ...token({ consentId: '' }), ...consent({ id: '' }) },
    code: 'GH_GATEWAY_CONSENT_MISSING',
  },
  {
    name: 'another consent than the token names',
    facts: consent({ id: 'consent-2' }),
    code: 'GH_GATEWAY_CONSENT_MISSING',
  },
  {
    name: 'a consent of another client as if it did not exist',
    facts: consent({ clientId: 'tpp-2' }),
    code: 'GH_GATEWAY_CONSENT_MISSING',
    inside: 'GH_GATEWAY_CONSENT_MISMATCH',
  },
  {
    name: 'a consent of another customer as if it did not exist',
    facts: consent({ subject: 'customer-2' }),
    code: 'GH_GATEWAY_CONSENT_MISSING',
    inside: 'GH_GATEWAY_CONSENT_MISMATCH',
  },
  {
    name: 'an expired consent of another client as if it did not exist',
    facts: consent({ clientId: 'tpp-2', expiresAt: 1, revoked: true, status: 'CANC' }),
    code: 'GH_GATEWAY_CONSENT_MISSING',
    inside: 'GH_GATEWAY_CONSENT_MISMATCH',
  },
  {
    name: 'a revoked consent',
    facts: consent({ revoked: true }),
    code: 'GH_GATEWAY_CONSENT_INACTIVE',
  },
  {
    name: 'a consent awaiting authorisation',
    facts: consent({ status: 'AWAU' }),
    code: 'GH_GATEWAY_CONSENT_INACTIVE',
  },
  {
    name: 'a status in another case',
    facts: consent({ status: 'auth' }),
    code: 'GH_GATEWAY_CONSENT_INACTIVE',
  },
  {
    name: 'a consent not valid yet',
    facts: consent({ validFrom: NOW + 1 }),
    code: 'GH_GATEWAY_CONSENT_INACTIVE',
  },
  {
    name: 'a consent at its end',
    facts: consent({ expiresAt: NOW }),
    code: 'GH_GATEWAY_CONSENT_EXPIRED',
  },
  {
    name: 'a consent without the permission',
    facts: consent({ permissions: new Set(['ReadBalances']) }),
    code: 'GH_GATEWAY_PERMISSION_MISSING',
  },
])

check('authz.objects', [
  { name: 'another account of the consent', path: '/accounts/31820/transactions' },
  { name: 'the account with a needless escape', path: '/accounts/2228%39' },
  { name: 'several accounts of the consent', path: '/accounts/22289?accountIds=22289,31820' },
  {
    name: "another customer's account",
    path: '/accounts/99999',
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  },
  { name: 'a longer id', path: '/accounts/222891', code: 'GH_GATEWAY_OBJECT_FORBIDDEN' },
  {
    name: 'an id with a path parameter',
    path: '/accounts/22289;v=1',
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  },
  { name: 'an id with a space', path: '/accounts/22289%20', code: 'GH_GATEWAY_OBJECT_FORBIDDEN' },
  {
    name: 'full-width digits',
    path: '/accounts/%EF%BC%92%EF%BC%92289',
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  },
  {
    name: 'the second of two accounts, foreign, under a name without commas',
    facts: sent({ 'x-account': ['22289,99999'] }),
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  },
  {
    name: 'one foreign account among several',
    path: '/accounts/22289?accountIds=22289,99999',
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  },
  {
    name: 'a trailing comma',
    path: '/accounts/22289?accountIds=22289,',
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  },
  {
    name: 'a foreign account under a name that the bank may fold',
    path: '/accounts/22289?accountIds=22289&AccountIDs[]=99999',
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  },
  {
    name: 'a foreign account in a header',
    facts: sent({ 'x-account': ['22289', '99999'] }),
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  },
  { name: 'an account of the consent in a header', facts: sent({ 'x-account': ['22289'] }) },
  {
    name: 'every account of an empty consent',
    facts: consent({ accounts: new Set() }),
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  },
])

check(
  'authz.consent',
  [{ name: 'an operation without a mapped permission', code: 'GH_GATEWAY_PERMISSION_UNMAPPED' }],
  prepare(
    bankPlan(
      withRule('authz.consent', {
        params: { statuses: ['AUTH'], permissions: [], unmapped: true },
      }),
    ),
    { regex: linearRegex },
  ),
)

check(
  'request.validation',
  [
    {
      name: 'an undeclared parameter where told to refuse',
      path: '/accounts?GB29NWBK=1',
      code: 'GH_GATEWAY_REQUEST_INVALID',
    },
    {
      name: 'a declared name in another case where told to refuse',
      path: '/accounts?Page=1',
      code: 'GH_GATEWAY_REQUEST_INVALID',
    },
  ],
  prepare(
    bankPlan(
      withRule('request.validation', {
        params: { undeclaredQuery: 'refuse', maxBodyBytes: 0, maxDepth: 1 },
      }),
    ),
    { regex: linearRegex },
  ),
)

test('`authz.operations` refuses everybody when no set of scopes is declared', () => {
  const none = prepare(bankPlan(withRule('authz.operations', { params: { anyOf: [] } })), {
    regex: linearRegex,
  })
  const verdict = none.next(goodFacts('/accounts'))
  assert.equal(verdict.kind === 'deny' && verdict.code, 'GH_GATEWAY_SCOPE_MISSING')
})

test('`authz.default` refuses a bad token itself when no token.validation enforces', () => {
  const lenient = prepare(bankPlan(withRule('token.validation', { mode: 'observe' })), {
    regex: linearRegex,
  })
  const facts = goodFacts('/accounts', {
    token: { kind: 'invalid', code: 'GH_GATEWAY_TOKEN_SIGNATURE' },
  })
  const verdict = lenient.next(facts)
  assert.equal(verdict.kind === 'deny' && verdict.rule, 'authz.default')
  assert.equal(verdict.kind === 'deny' && verdict.code, 'GH_GATEWAY_TOKEN_SIGNATURE')
})
