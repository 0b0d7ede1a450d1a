/** FAPI 2.0 Security Profile §5.3.2.1, 2-8 and 13: who may speak for a client, at every endpoint where one speaks. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import {
  API,
  assertion,
  ISSUER,
  makeClient,
  makeGateway,
  now,
  PARAMS,
  post,
  sign,
  signingJwk,
  type TestClient,
} from './client.ts'
import { assertAnswer } from './refusals.ts'
import { startRig } from './rig.ts'

const ENDPOINTS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['/par', { client_id: 'tpp', ...PARAMS }, '201'],
  ['/token', { grant_type: 'client_credentials', scope: 'accounts' }, '200'],
  ['/introspect', { token: 'x' }, '200'],
  ['/revoke', { token: 'x' }, '200'],
]

/** What is changed in a good assertion; `undefined` leaves it out. */
const CLAIMS: readonly (readonly [string, () => Record<string, unknown>, boolean])[] = [
  ['a good one', () => ({}), true],
  ['aud: the issuer in a list', () => ({ aud: [ISSUER] }), false],
  ['aud: issuer and another', () => ({ aud: [ISSUER, API] }), false],
  ['aud: the token endpoint', () => ({ aud: `${ISSUER}/token` }), false],
  ['aud: the PAR endpoint', () => ({ aud: `${ISSUER}/par` }), false],
  ['aud: the issuer with a slash', () => ({ aud: `${ISSUER}/` }), false],
  ['aud: another server', () => ({ aud: 'https://login.other.example' }), false],
  ['aud: none', () => ({ aud: undefined }), false],
  ['exp: five minutes past', () => ({ exp: now() - 300 }), false],
  ['exp: none', () => ({ exp: undefined }), false],
  ['exp: two hours ahead', () => ({ exp: now() + 7_200 }), false],
  ['jti: none', () => ({ jti: undefined }), false],
  ['iss: another client', () => ({ iss: 'other' }), false],
  ['iss: none', () => ({ iss: undefined }), false],
  ['sub: none', () => ({ sub: undefined }), false],
  ['nbf: 8 s ahead', () => ({ nbf: now() + 8 }), true],
  ['nbf: 61 s ahead', () => ({ nbf: now() + 61 }), false],
  ['nbf: none', () => ({ nbf: undefined }), true],
  ['iat: 8 s ahead', () => ({ iat: now() + 8 }), true],
  ['iat: 61 s ahead', () => ({ iat: now() + 61 }), false],
  ['iat: none', () => ({ iat: undefined }), true],
]

const good = (client: TestClient): JWTPayload => ({
  iss: client.metadata.client_id,
  sub: client.metadata.client_id,
  aud: ISSUER,
  jti: randomUUID(),
  iat: now(),
  exp: now() + 60,
})

test('an assertion is believed for what it says, at every endpoint', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  for (const [path, form, done] of ENDPOINTS)
    for (const [what, claims, fine] of CLAIMS)
      assertAnswer(
        await post(ask, client, path, form, { claims: claims() }),
        fine ? done : ['401 invalid_client', '400 invalid_request'],
        `${path}, ${what}`,
      )
})

test('an assertion is believed for who signed it, and how', async (t) => {
  const client = await makeClient('tpp')
  const other = await makeClient('other')
  const rsa = await makeClient('rsa', {}, { algorithm: 'PS256' })
  const { ask } = await startRig(t, { testClients: [client, other, rsa] })
  const stranger = await signingJwk('ES256')
  const oldKey = await importJWK(rsa.key.jwk, 'RS256')
  const secret = new TextEncoder().encode(JSON.stringify(client.key.open))
  const typed = (typ: string): Promise<string> => sign(client, good(client), { typ })
  const wrong: readonly (readonly [string, TestClient, string])[] = [
    ['another key', client, await sign({ key: stranger, algorithm: 'ES256' }, good(client))],
    ['the key of another client', client, await sign(other, good(client))],
    ['RS256', rsa, await new SignJWT(good(rsa)).setProtectedHeader({ alg: 'RS256' }).sign(oldKey)],
    [
      'HS256 with the public key',
      client,
      await new SignJWT(good(client)).setProtectedHeader({ alg: 'HS256' }).sign(secret),
    ],
    ['alg none', client, new UnsecuredJWT(good(client)).encode()],
    ['a broken signature', client, `${(await assertion(client)).slice(0, -8)}AAAAAAAA`],
    ['what says to be a request', client, await typed('oauth-authz-req+jwt')],
    ['what says to be a proof', client, await typed('dpop+jwt')],
    ['no JWT', client, 'x.y.z'],
    ['nothing', client, ''],
  ]
  for (const [path, form] of ENDPOINTS)
    for (const [what, from, text] of wrong) {
      const own = path === '/par' ? { ...form, client_id: from.metadata.client_id } : form
      assertAnswer(
        await post(ask, from, path, own, { assertion: text }),
        ['401 invalid_client', '400 invalid_request'],
        `${path}, ${what}`,
      )
    }
})

test('an assertion may say its type (RFC 7523bis)', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const form = { grant_type: 'client_credentials', scope: 'accounts' }
  for (const typ of ['JWT', 'client-authentication+jwt']) {
    const text = await sign(client, good(client), { typ })
    assertAnswer(await post(ask, client, '/token', form, { assertion: text }), '200', typ)
  }
})

test('without an assertion, with a password or with a secret nobody is a client', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const refused = ['401 invalid_client', '400 invalid_request']
  for (const [path, form] of ENDPOINTS) {
    const nobody = { ...form, client_id: 'tpp' }
    assertAnswer(await post(ask, client, path, nobody, { assertion: null }), refused, path)
    const basic = { authorization: `Basic ${Buffer.from('tpp:secret').toString('base64')}` }
    assertAnswer(
      await post(ask, client, path, form, { assertion: null, headers: basic }),
      refused,
      `${path}, basic`,
    )
    assertAnswer(
      await post(ask, client, path, { ...nobody, client_secret: 's' }, { assertion: null }),
      refused,
      `${path}, client_secret`,
    )
    const unknown = { ...client, metadata: { ...client.metadata, client_id: 'nobody' } }
    assertAnswer(await post(ask, unknown, path, nobody), refused, `${path}, unknown`)
  }
  const password = { grant_type: 'password', username: 'amira', password: 'x' }
  assertAnswer(
    await post(ask, client, '/token', password),
    '400 unsupported_grant_type',
    'password',
  )
})

const BASE = { jwks: { keys: [] }, dpop_bound_access_tokens: true }
const { publicKey: shortKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
const SHORT = { ...shortKey.export({ format: 'jwk' }), kid: 'short' }

/** Whoever registers it: the library asks whenever it loads a client. */
const UNFIT: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['a public client', { token_endpoint_auth_method: 'none' }],
  ['client_secret_basic', { token_endpoint_auth_method: 'client_secret_basic' }],
  ['client_secret_jwt', { token_endpoint_auth_method: 'client_secret_jwt' }],
  ['bearer tokens', { dpop_bound_access_tokens: false }],
  [
    'two bindings',
    { dpop_bound_access_tokens: true, tls_client_certificate_bound_access_tokens: true },
  ],
  ['the implicit flow', { response_types: ['token'] }],
  ['a hybrid flow', { response_types: ['code id_token'] }],
  ['the password grant', { grant_types: ['authorization_code', 'password'] }],
  ['RS256 for its assertions', { token_endpoint_auth_signing_alg: 'RS256' }],
  ['RS256 for ID tokens', { id_token_signed_response_alg: 'RS256' }],
  ['unsigned request objects', { request_object_signing_alg: 'none' }],
  ['http', { redirect_uris: ['http://third-party.example/cb'] }],
  ['a wildcard', { redirect_uris: ['https://*.third-party.example/cb'] }],
  ['a fragment', { redirect_uris: ['https://third-party.example/cb#x'] }],
  ['a user', { redirect_uris: ['https://bank.example@third-party.example/cb'] }],
  ['a script', { redirect_uris: ['javascript:alert(1)'] }],
  ['loopback for a website', { redirect_uris: ['http://127.0.0.1/cb'] }],
  ['no address', { redirect_uris: [] }],
  ['RSA of 1024 bits', { jwks: { keys: [SHORT] } }],
  ['two keys of one name', { jwks: { keys: [{ ...SHORT }, { ...SHORT }] } }],
  ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
  ['a format that there is not', { access_token_format: 'paseto' }],
  ['CIBA push', { backchannel_token_delivery_mode: 'push' }],
]

test('a client that FAPI does not allow cannot be one', async (t) => {
  const { metadata } = await makeClient('tpp')
  const unfit = UNFIT.map(([, changes], at) => {
    const made = { ...metadata, ...BASE, jwks: metadata.jwks, ...changes, client_id: `tpp-${at}` }
    return made as TestClient['metadata'] // sound enough: it is what must be refused
  })
  const { provider } = await startRig(t, {
    testClients: [],
    clients: [metadata, ...unfit],
    decoupled: { subjectOf: () => Promise.resolve(undefined), asked: () => Promise.resolve() },
  })
  assert.equal((await provider.Client.find('tpp'))?.clientId, 'tpp', 'as it is, it can')
  for (const [at, [what]] of UNFIT.entries())
    await assert.rejects(provider.Client.find(`tpp-${at}`), { status: 400 }, what)
})

test('only a gateway may ask about a token of somebody else, and gets none itself', async (t) => {
  const client = await makeClient('tpp', { access_token_format: 'opaque' })
  const other = await makeClient('other', { access_token_format: 'opaque' })
  const gateway = await makeGateway()
  const { ask } = await startRig(t, { testClients: [client, other, gateway] })
  const issued = await post(ask, client, '/token', {
    grant_type: 'client_credentials',
    scope: 'accounts',
  })
  const token = String(issued.body['access_token'])
  const asked = await post(ask, gateway, '/introspect', { token })
  assert.equal(asked.body['active'], true)
  assert.equal(asked.body['client_id'], 'tpp')
  assert.equal(asked.body['token_type'], 'DPoP')
  assert.equal(asked.body['aud'], API)
  assert.equal(typeof asked.body['exp'], 'number')
  assert.ok(asked.body['cnf'])
  for (const nosy of [client, other])
    assert.deepEqual((await post(ask, nosy, '/introspect', { token })).body, { active: false })
  assert.deepEqual((await post(ask, gateway, '/introspect', { token: 'x' })).body, {
    active: false,
  })
  for (const grant_type of ['client_credentials', 'authorization_code', 'refresh_token'])
    assertAnswer(
      await post(ask, gateway, '/token', { grant_type, code: 'x', refresh_token: 'x' }),
      ['400 unauthorized_client', '400 invalid_request'],
      grant_type,
    )
})
