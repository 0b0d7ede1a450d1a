/** What tokens say and how they end: RFC 7009, 7662, 8705, 8707, 9396; CIBA; consents. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { errors } from 'oidc-provider'
import { developmentCertificates } from '../support/development-certificates.ts'
import {
  API,
  askDecoupled,
  authorize,
  CERTIFICATE_HEADER,
  codeFor,
  makeClient,
  makeGateway,
  PARAMS,
  post,
  push,
  redeem,
  refresh,
} from './client.ts'
import { assertAnswer } from './refusals.ts'
import { CUSTOMER, grantAll, startRig } from './rig.ts'

const ACCOUNTS = {
  type: 'account_access',
  permissions: ['ReadAccountsBasic', 'ReadBalances'],
  accounts: ['22289'],
  expiresAt: '2027-01-01T00:00:00Z',
}
const PAYMENT = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'GBP', amount: '165.88' },
  creditorName: 'ACME Inc',
  creditorAccount: {
    schemeName: 'UK.OBIE.SortCodeAccountNumber',
    identification: '08080021325698',
  },
}
const detailed = (details: unknown): Record<string, string> => ({
  ...PARAMS,
  authorization_details: typeof details === 'string' ? details : JSON.stringify(details),
})

const DETAILS: readonly (readonly [string, unknown, boolean])[] = [
  ['account access', [ACCOUNTS], true],
  ['a payment', [PAYMENT], true],
  ['both', [ACCOUNTS, PAYMENT], true],
  ['an unknown type', [{ type: 'everything' }], false],
  ['the name of a built-in', [{ type: 'constructor' }], false],
  ['no type', [{ permissions: ['ReadBalances'] }], false],
  ['no list', ACCOUNTS, false],
  ['no JSON', '[{', false],
  ['a text', ['account_access'], false],
  ['a member that nobody knows', [{ ...ACCOUNTS, everything: true }], false],
  ['no permissions', [{ type: 'account_access', accounts: ['1'] }], false],
  ['empty permissions', [{ ...ACCOUNTS, permissions: [] }], false],
  ['a permission that is none', [{ ...ACCOUNTS, permissions: ['Read Balances'] }], false],
  ['256 accounts', [{ ...ACCOUNTS, accounts: Array.from({ length: 256 }, String) }], true],
  ['257 accounts', [{ ...ACCOUNTS, accounts: Array.from({ length: 257 }, String) }], false],
  ['a time that is none', [{ ...ACCOUNTS, expiresAt: 'tomorrow' }], false],
  [
    'an end before the beginning',
    [
      {
        ...ACCOUNTS,
        transactionsFrom: '2026-02-01T00:00:00Z',
        transactionsTo: '2026-01-01T00:00:00Z',
      },
    ],
    false,
  ],
  ['a payment without amount', [{ ...PAYMENT, instructedAmount: undefined }], false],
  ['a payment to nobody', [{ ...PAYMENT, creditorAccount: undefined }], false],
  [
    'an amount that is none',
    [{ ...PAYMENT, instructedAmount: { currency: 'GBP', amount: '1e3' } }],
    false,
  ],
  ['a payment with a member that nobody knows', [{ ...PAYMENT, creditor: 'x' }], false],
  ['32 payments', Array.from({ length: 32 }, () => PAYMENT), true],
  ['33 payments', Array.from({ length: 33 }, () => PAYMENT), false],
]

test('authorization details are understood whole, or refused', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  for (const [what, details, fine] of DETAILS)
    assertAnswer(
      await post(ask, client, '/par', { client_id: 'tpp', ...detailed(details) }),
      fine ? '201' : '400 invalid_authorization_details',
      what,
    )
  const readsOnly = await makeClient('reads', { authorization_details_types: ['account_access'] })
  const { ask: again } = await startRig(t, { testClients: [readsOnly] })
  assertAnswer(
    await post(again, readsOnly, '/par', { client_id: 'reads', ...detailed([PAYMENT]) }),
    '400 invalid_authorization_details',
    'a type that the client may not use',
  )
})

test('the token carries what was granted, and so does the refreshed one', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const { body } = await redeem(
    ask,
    client,
    await codeFor(ask, client, detailed([ACCOUNTS, PAYMENT])),
  )
  assert.deepEqual(body['authorization_details'], [ACCOUNTS, PAYMENT])
  const claims = decodeJwt(String(body['access_token']))
  assert.deepEqual(claims['authorization_details'], [ACCOUNTS, PAYMENT])
  assert.equal(claims.aud, API)
  const again = await refresh(ask, client, String(body['refresh_token']))
  assert.deepEqual(decodeJwt(String(again.body['access_token']))['authorization_details'], [
    ACCOUNTS,
    PAYMENT,
  ])
})

test('a token may have less than was granted, and nothing that was not', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const code = await codeFor(ask, client, detailed([ACCOUNTS, PAYMENT]))
  const { body } = await redeem(ask, client, code)
  const token = String(body['refresh_token'])
  const asking = (details: unknown) =>
    post(ask, client, '/token', {
      grant_type: 'refresh_token',
      refresh_token: token,
      authorization_details: JSON.stringify(details),
    })
  const less = await asking([PAYMENT])
  assertAnswer(less, '200', 'less')
  assert.deepEqual(less.body['authorization_details'], [PAYMENT])
  assert.deepEqual(decodeJwt(String(less.body['access_token']))['authorization_details'], [PAYMENT])
  for (const [what, details] of [
    ['another amount', [{ ...PAYMENT, instructedAmount: { currency: 'EUR', amount: '9999.00' } }]],
    ['one more', [PAYMENT, { ...ACCOUNTS, permissions: ['ReadEverything'] }]],
  ] as const)
    assertAnswer(await asking(details), '400 invalid_authorization_details', what)
  const again = await refresh(ask, client, token)
  assert.deepEqual(again.body['authorization_details'], [ACCOUNTS, PAYMENT], 'the grant is whole')
  const own = { grant_type: 'client_credentials', scope: 'accounts' }
  assertAnswer(
    await post(ask, client, '/token', {
      ...own,
      authorization_details: JSON.stringify([ACCOUNTS]),
    }),
    '400 invalid_authorization_details',
    'a token of its own has none',
  )
})

test('each request is asked about anew, though the customer is logged in', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const consents = new Set<unknown>()
  for (let round = 0; round < 3; round++) {
    const { body } = await redeem(ask, client, await codeFor(ask, client))
    consents.add(decodeJwt(String(body['access_token']))['consent_id'])
  }
  assert.equal(consents.size, 3)
})

test('an opaque token says nothing itself, is asked about, and ends alone or with its consent', async (t) => {
  const client = await makeClient('tpp', { access_token_format: 'opaque' })
  const other = await makeClient('other', { access_token_format: 'opaque' })
  const gateway = await makeGateway()
  const { ask, ended, provider } = await startRig(t, { testClients: [client, other, gateway] })
  const { body } = await redeem(ask, client, await codeFor(ask, client, detailed([PAYMENT])))
  const [access, long] = [String(body['access_token']), String(body['refresh_token'])]
  assert.doesNotMatch(access, /\./)
  assert.ok(access.length >= 43)
  const active = async (token: string): Promise<unknown> =>
    (await post(ask, gateway, '/introspect', { token })).body['active']
  const told = await post(ask, gateway, '/introspect', { token: access })
  assert.equal(told.body['sub'], CUSTOMER)
  assert.deepEqual(told.body['authorization_details'], [PAYMENT])
  assert.match(String(told.body['consent_id']), /^consent-/)
  assert.ok(typeof told.body['cnf'] === 'object')

  const foreign = await post(ask, other, '/revoke', { token: access })
  const unknown = await post(ask, other, '/revoke', { token: 'unknown' })
  assert.deepEqual(foreign, unknown, 'a token of somebody else is none')
  assert.equal(await active(access), true)
  assertAnswer(await post(ask, client, '/revoke', { token: access }), '200', 'the access token')
  assert.equal(await active(access), false)
  assert.deepEqual(ended, [])
  assert.ok(await provider.Grant.find(String(told.body['consent_id'])), 'the consent goes on')
  assertAnswer(await refresh(ask, client, long), '400 invalid_grant', 'RFC 7009 §2.1: its tokens')

  const next = await redeem(ask, client, await codeFor(ask, client, detailed([PAYMENT])))
  const [second, lasting] = [next.body['access_token'], next.body['refresh_token']].map(String)
  assert.ok(second !== undefined && lasting !== undefined)
  const { consent_id } = (await post(ask, gateway, '/introspect', { token: second })).body
  assertAnswer(await post(ask, client, '/revoke', { token: lasting }), '200', 'the refresh token')
  assert.equal(await active(second), false)
  assert.deepEqual(ended, [consent_id], 'and the consent with it')
  assertAnswer(await refresh(ask, client, lasting), '400 invalid_grant', 'it is gone')
})

test('a JWT is neither asked about nor revoked: it ends with its consent', async (t) => {
  const client = await makeClient('tpp')
  const gateway = await makeGateway()
  const { ask } = await startRig(t, { testClients: [client, gateway] })
  const { body } = await redeem(ask, client, await codeFor(ask, client))
  const token = String(body['access_token'])
  assertAnswer(
    await post(ask, gateway, '/introspect', { token }),
    '400 unsupported_token_type',
    'introspection',
  )
  assertAnswer(
    await post(ask, client, '/revoke', { token }),
    '400 unsupported_token_type',
    'revocation',
  )
})

test('nothing outlives the consent', async (t) => {
  const client = await makeClient('tpp')
  const { ask, provider, ended } = await startRig(t, { testClients: [client] })
  const { body } = await redeem(ask, client, await codeFor(ask, client))
  const id = String(decodeJwt(String(body['access_token']))['consent_id'])
  const grant = await provider.Grant.find(id)
  assert.ok(grant)
  await grant.destroy()
  assert.deepEqual(ended, [id])
  assertAnswer(
    await refresh(ask, client, String(body['refresh_token'])),
    '400 invalid_grant',
    'refresh',
  )
})

test('a certificate says who the client is, and its tokens are bound to it', async (t) => {
  const certificate = new X509Certificate(developmentCertificates(t).pem('qwac'))
  const dn = subjectOf(certificate)
  const mtls = {
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_certificate_bound_access_tokens: true,
  } as const
  const client = await makeClient(
    'tpp',
    { ...mtls, tls_client_auth_subject_dn: dn },
    { certificate },
  )
  const wrong = await makeClient(
    'wrong',
    { ...mtls, tls_client_auth_subject_dn: `${dn},C=XX` },
    { certificate },
  )
  const san = await makeClient(
    'san',
    { ...mtls, tls_client_auth_san_dns: 'not-there.example' },
    { certificate },
  )
  const { ask, evidence } = await startRig(t, { testClients: [client, wrong, san] })
  const { body } = await redeem(ask, client, await codeFor(ask, client))
  const { cnf } = decodeJwt(String(body['access_token']))
  const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex')
  assert.deepEqual(cnf, { 'x5t#S256': thumbprint.toString('base64url') })
  assert.equal(body['token_type'], 'Bearer')
  const form = { grant_type: 'client_credentials', scope: 'accounts' }
  assertAnswer(await post(ask, client, '/token', form), '200', 'its own')
  const as = (id: string) => ({ headers: { [CERTIFICATE_HEADER]: id } })
  assertAnswer(await post(ask, client, '/token', form, as('')), '401 invalid_client', 'none')
  assertAnswer(
    await post(ask, client, '/token', form, as('untrusted')),
    '401 invalid_client',
    'not trusted',
  )
  assertAnswer(await post(ask, wrong, '/token', form), '401 invalid_client', 'another subject')
  assertAnswer(await post(ask, san, '/token', form), '401 invalid_client', 'another name')
  const refreshed = await refresh(ask, client, String(body['refresh_token']))
  assertAnswer(refreshed, '200', 'refresh')
  const of = evidence.entries.filter(({ action }) => action === 'token')
  assert.deepEqual(
    of.map(({ outcome, error, client: id, authentication = null }) =>
      [outcome, error, id, authentication].filter(Boolean).join(' '),
    ),
    [
      'done tpp tls_client_auth',
      'done tpp tls_client_auth',
      'refused invalid_client tpp',
      'refused invalid_client tpp',
      'refused invalid_client wrong',
      'refused invalid_client san',
      'done tpp tls_client_auth',
    ],
    'how a client authenticated is on record where it did, and a client that is known when it did not',
  )
})

function subjectOf(certificate: X509Certificate): string {
  const names = certificate.subject.split('\n').toReversed()
  return names.join(',')
}

const CIBA = 'urn:openid:params:grant-type:ciba'
test('a customer is asked on a device of their own, and the client polls', async (t) => {
  const client = await makeClient('tpp', {
    grant_types: [CIBA, 'refresh_token'],
    response_types: [],
    redirect_uris: [],
    backchannel_token_delivery_mode: 'poll',
  })
  const asked: unknown[] = []
  const { ask, provider } = await startRig(t, {
    testClients: [client],
    decoupled: {
      subjectOf: (hint) => Promise.resolve(hint === 'amira' ? CUSTOMER : undefined),
      asked({ jti, clientId, accountId, params }) {
        const { binding_message, authorization_details } = params ?? {}
        asked.push({ jti, clientId, accountId, binding_message, authorization_details })
        return Promise.resolve()
      },
    },
  })
  const form = {
    scope: 'openid payments',
    login_hint: 'amira',
    binding_message: 'Pay £165.88 to ACME Inc',
    authorization_details: JSON.stringify([PAYMENT]),
  }
  for (const [what, changes, wanted] of [
    [
      'a message with a link',
      { binding_message: 'see https://evil.example <here>' },
      '400 invalid_binding_message',
    ],
    [
      'a message of 141 characters',
      { binding_message: 'x'.repeat(141) },
      '400 invalid_binding_message',
    ],
    [
      'a message that turns the writing',
      { binding_message: 'Pay \u202e1' },
      '400 invalid_binding_message',
    ],
    ['a customer who is not there', { login_hint: 'nobody' }, '400 unknown_user_id'],
    ['a code of the customer', { user_code: '1234' }, '400 invalid_request'],
    [
      'details that are not understood',
      { authorization_details: '[{"type":"x"}]' },
      '400 invalid_authorization_details',
    ],
  ] as const)
    assertAnswer(await askDecoupled(ask, client, { ...form, ...changes }), wanted, what)
  assert.deepEqual(asked, [])

  const begun = await askDecoupled(ask, client, form)
  assertAnswer(begun, '200', 'asked')
  const id = String(begun.body['auth_req_id'])
  assert.deepEqual(asked, [
    {
      jti: id,
      clientId: 'tpp',
      accountId: CUSTOMER,
      binding_message: form.binding_message,
      authorization_details: form.authorization_details,
    },
  ])
  const poll = () => post(ask, client, '/token', { grant_type: CIBA, auth_req_id: id })
  assertAnswer(await poll(), '400 authorization_pending', 'not answered yet')
  const params = { client_id: 'tpp', scope: 'openid payments' }
  const grant = await grantAll(
    provider,
    { ...params, authorization_details: form.authorization_details },
    CUSTOMER,
  )
  await provider.backchannelResult(id, grant, {
    acr: 'urn:openbanking:psd2:sca',
    authTime: 1,
    rar: [PAYMENT],
  })
  const done = await poll()
  assertAnswer(done, '200', 'answered')
  const claims = decodeJwt(String(done.body['access_token']))
  assert.equal(claims['consent_id'], grant)
  assert.equal(claims['acr'], 'urn:openbanking:psd2:sca')
  assert.deepEqual(claims['authorization_details'], [PAYMENT])
  assertAnswer(await poll(), '400 invalid_grant', 'once')

  const refused = await askDecoupled(ask, client, form)
  const second = String(refused.body['auth_req_id'])
  await provider.backchannelResult(second, new errors.AccessDenied())
  assertAnswer(
    await post(ask, client, '/token', { grant_type: CIBA, auth_req_id: second }),
    '400 access_denied',
    'refused',
  )
  assertAnswer(
    await post(ask, client, '/token', { grant_type: CIBA, auth_req_id: 'x' }),
    '400 invalid_grant',
    'unknown',
  )
})

test('without a way to the customer there is no such endpoint', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  assert.equal((await post(ask, client, '/bc-authorize', { scope: 'openid' })).status, 404)
  await authorize(ask, client, await push(ask, client))
  for (const path of ['/interaction/x', '/me', '/userinfo', '/reg', '/device', '/session/end'])
    assert.ok([404, 500].includes((await ask(path)).status), path)
})
