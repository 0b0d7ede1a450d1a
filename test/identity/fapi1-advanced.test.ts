/**
 * FAPI 1.0 Advanced (Final), for single clients: pushed requests, certificates, signed requests and answers (JARM), and no hybrid flow. What the
 * OpenID suite asserts of "PAR, mTLS, JARM" that differs from FAPI 2.0; and that nobody else gets less by it.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { ClientMetadata } from '../../src/identity/client-metadata.ts'
import { developmentCertificates } from '../support/development-certificates.ts'
import {
  API,
  type Ask,
  assertion,
  authorize,
  CERTIFICATE_HEADER,
  type Algorithm,
  ISSUER,
  makeClient,
  now,
  PARAMS,
  post,
  redeem,
  refresh,
  sign,
  type TestClient,
} from './client.ts'
import { assertAnswer } from './refusals.ts'
import { startRig } from './rig.ts'

const FAPI1 = {
  fapi_profile: '1.0-advanced',
  require_signed_request_object: true,
  tls_client_certificate_bound_access_tokens: true,
} as const
const MTLS = { token_endpoint_auth_method: 'tls_client_auth' } as const
const certificateOf = (t: TestContext): X509Certificate =>
  new X509Certificate(developmentCertificates(t).pem('qwac'))
const dn = (certificate: X509Certificate): string =>
  certificate.subject.split('\n').toReversed().join(',')

function fapi1Client(
  t: TestContext,
  id = 'tpp',
  changes: Partial<ClientMetadata> = {},
  algorithm: Algorithm = 'PS256',
): Promise<TestClient> {
  const certificate = certificateOf(t)
  return makeClient(
    id,
    { ...FAPI1, ...MTLS, tls_client_auth_subject_dn: dn(certificate), ...changes },
    { certificate, algorithm },
  )
}
const claimsOf = (id: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  iss: id,
  aud: ISSUER,
  client_id: id,
  nbf: now(),
  exp: now() + 300,
  response_mode: 'jwt',
  ...PARAMS,
  ...changes,
})
async function pushSigned(
  ask: Ask,
  client: TestClient,
  changes: Readonly<Record<string, unknown>> = {},
) {
  const id = client.metadata.client_id
  return post(ask, client, '/par', {
    client_id: id,
    request: await sign(client, claimsOf(id, changes)),
  })
}
async function keysOf(ask: Ask) {
  return createLocalJWKSet((await (await ask('/jwks')).json()) as JSONWebKeySet) // sound: a key set
}
async function answerOf(ask: Ask, client: TestClient, requestUri: string) {
  const end = await authorize(ask, client, requestUri)
  assert.deepEqual([...end.keys()], ['response'], 'all of the answer is inside the JWT')
  const { payload } = await jwtVerify(String(end.get('response')), await keysOf(ask), {
    issuer: ISSUER,
    audience: client.metadata.client_id,
    algorithms: ['PS256', 'ES256'],
  })
  return payload
}

test('FAPI 1 ADV 5.2.2: signed request, signed answer, tokens bound to the certificate', async (t) => {
  for (const alg of ['PS256', 'ES256'] as const) {
    const client = await fapi1Client(t, 'tpp', { id_token_signed_response_alg: alg }, alg)
    const { ask } = await startRig(t, { testClients: [client] })
    const pushed = await pushSigned(ask, client)
    assertAnswer(pushed, '201', alg)
    const payload = await answerOf(ask, client, String(pushed.body['request_uri']))
    assert.equal(payload['state'], PARAMS['state'])
    const { body, status } = await redeem(ask, client, String(payload['code']))
    assert.equal(status, 200)
    const { cnf } = decodeJwt(String(body['access_token']))
    const thumbprint = Buffer.from(certificateOf(t).fingerprint256.replaceAll(':', ''), 'hex')
    assert.deepEqual(Object.keys(Object(cnf)), ['x5t#S256'])
    assert.equal(thumbprint.length, 32)
    const id = await jwtVerify(String(body['id_token']), await keysOf(ask), {
      issuer: ISSUER,
      audience: 'tpp',
      algorithms: [alg],
    })
    assert.equal(id.payload['nonce'], PARAMS['nonce'])
    assertAnswer(await refresh(ask, client, String(body['refresh_token'])), '200', 'refreshed')
  }
})

const REQUESTS: readonly (readonly [string, Readonly<Record<string, unknown>>, boolean])[] = [
  ['several audiences, the issuer among them', { aud: ['https://x.example', ISSUER] }, true],
  ['without state', { state: undefined }, true],
  ['scopes in another order', { scope: 'accounts openid' }, true],
  ['without nonce', { nonce: undefined }, false],
  ['without redirect_uri', { redirect_uri: undefined }, false],
  ['a redirect_uri that is not registered', { redirect_uri: 'https://evil.example/' }, false],
  ['without exp', { exp: undefined }, false],
  ['without nbf', { nbf: undefined }, false],
  ['expired', { exp: now() - 60, nbf: now() - 120 }, false],
  ['exp 70 minutes after nbf', { exp: now() + 4_200 }, false],
  ['nbf 70 minutes ago', { nbf: now() - 4_200 }, false],
  ['another audience', { aud: 'https://x.example' }, false],
  ['the address of the PAR endpoint as audience', { aud: `${ISSUER}/par` }, false],
  ['response_type code without JARM', { response_mode: undefined }, false],
  ['response_mode query', { response_mode: 'query' }, false],
  ['response_mode fragment', { response_mode: 'fragment' }, false],
  ['the hybrid flow', { response_type: 'code id_token' }, false],
  ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }, false],
  ['plain PKCE', { code_challenge_method: 'plain' }, false],
  ['a request_uri inside', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }, false],
]

test('FAPI 1 ADV 5.2.2: what a request must say', async (t) => {
  const client = await fapi1Client(t)
  const { ask } = await startRig(t, { testClients: [client] })
  for (const [what, changes, fine] of REQUESTS) {
    const answer = await pushSigned(ask, client, changes)
    assertAnswer(
      answer,
      fine
        ? '201'
        : [
            '400 invalid_request_object',
            '400 invalid_request',
            '400 unsupported_response_type',
            '400 invalid_redirect_uri',
          ],
      what,
    )
  }
  const unsigned = await post(ask, client, '/par', {
    client_id: 'tpp',
    response_mode: 'jwt',
    ...PARAMS,
  })
  assertAnswer(unsigned, '400 invalid_request', 'unsigned')
  const direct = new URLSearchParams({
    client_id: 'tpp',
    request: await sign(client, claimsOf('tpp')),
  })
  const end = await (await ask(`/authorize?${direct}`)).text()
  assert.match(end, /invalid_request/, 'by value: requests are pushed')
})

test('FAPI 1 ADV 8.6: PS256 or ES256, whatever the server can do for others', async (t) => {
  const client = await fapi1Client(t, 'tpp', {}, 'EdDSA')
  const { ask, provider } = await startRig(t, { testClients: [client] })
  assertAnswer(await pushSigned(ask, client), '400 invalid_request_object', 'EdDSA')
  const metadata = { ...client.metadata, client_id: 'x' }
  for (const [what, changes] of [
    ['an algorithm that FAPI 1 does not know', { id_token_signed_response_alg: 'EdDSA' }],
    [
      'tokens bound by a proof',
      { tls_client_certificate_bound_access_tokens: false, dpop_bound_access_tokens: true },
    ],
    ['unsigned requests', { require_signed_request_object: false }],
    ['another profile', { fapi_profile: '1.0-baseline' }],
  ] as const)
    assert.throws(
      () => new provider.Client({ ...metadata, ...changes }),
      { name: 'InvalidClientMetadata' },
      what,
    )
})

test('FAPI 1: an assertion may name the endpoint that it is for, of this client and no other', async (t) => {
  const certificate = certificateOf(t)
  const client = await makeClient('tpp', FAPI1, { certificate, algorithm: 'PS256' })
  const second = await makeClient(
    'second',
    { tls_client_certificate_bound_access_tokens: true },
    { certificate },
  )
  const { ask } = await startRig(t, { testClients: [client, second] })
  const form = { grant_type: 'client_credentials', scope: 'accounts' }
  for (const [aud, path, fine] of [
    [ISSUER, '/token', true],
    [`${ISSUER}/token`, '/token', true],
    [[`${ISSUER}/token`], '/token', true],
    [`${ISSUER}/par`, '/par', true],
    [`${ISSUER}/token`, '/par', true],
    [`${ISSUER}/par`, '/token', false],
    ['https://other.example', '/token', false],
  ] as const) {
    const claims = { aud: typeof aud === 'string' ? aud : [...aud] }
    const body =
      path === '/token' ? form : { client_id: 'tpp', request: await sign(client, claimsOf('tpp')) }
    assertAnswer(
      await post(ask, client, path, body, { claims }),
      fine ? ['200', '201'] : '401 invalid_client',
      `${String(aud)} at ${path}`,
    )
  }
  assertAnswer(
    await post(ask, second, '/token', form, { claims: { aud: `${ISSUER}/token` } }),
    '401 invalid_client',
    'FAPI 2 stays FAPI 2',
  )
  for (const [what, claims] of [
    ['no sub', { sub: undefined }],
    ['expired five minutes ago', { exp: now() - 300 }],
  ] as const)
    assertAnswer(
      await post(ask, client, '/token', form, {
        assertion: await sign(client, {
          iss: 'tpp',
          sub: 'tpp',
          aud: ISSUER,
          jti: what,
          exp: now() + 60,
          ...claims,
        } as JWTPayload),
      }),
      '401 invalid_client',
      what,
    )
  assertAnswer(
    await post(ask, client, '/token', form, { assertion: await assertion(client) }),
    '200',
    'the issuer',
  )
})

test('FAPI 1 ADV 5.2.2-5: without the certificate there is no token, and with another there is none', async (t) => {
  const certificate = certificateOf(t)
  const client = await makeClient('tpp', FAPI1, { certificate, algorithm: 'PS256' })
  const { ask } = await startRig(t, { testClients: [client] })
  const pushed = await pushSigned(ask, client)
  const { code } = await answerOf(ask, client, String(pushed.body['request_uri']))
  const none = await redeem(ask, client, String(code), { headers: { [CERTIFICATE_HEADER]: '' } })
  assertAnswer(none, ['400 invalid_grant', '400 invalid_request', '401 invalid_client'], 'none')
})

test('a FAPI 2 client beside it is held to FAPI 2', async (t) => {
  const fapi1 = await fapi1Client(t)
  const client = await makeClient('two')
  const { ask } = await startRig(t, { testClients: [fapi1, client] })
  const pushed = await post(ask, client, '/par', { client_id: 'two', ...PARAMS })
  assertAnswer(pushed, '201', 'unsigned, without JARM')
  const end = await authorize(ask, client, String(pushed.body['request_uri']))
  assert.equal(end.get('iss'), ISSUER)
  const { body } = await redeem(ask, client, String(end.get('code')))
  assert.ok('jkt' in Object(decodeJwt(String(body['access_token']))['cnf']))
  assert.equal(decodeJwt(String(body['access_token'])).aud, API)
  const stolen = await post(ask, fapi1, '/par', {
    client_id: 'two',
    request: await sign(fapi1, claimsOf('two')),
  })
  assertAnswer(
    stolen,
    ['400 invalid_request', '400 invalid_request_object', '401 invalid_client'],
    'in the name of another',
  )
})
