/** FAPI 2.0 Message Signing: signed requests (§5.3), signed responses (§5.4), signed introspection (§5.5, RFC 9701). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  importJWK,
  type JSONWebKeySet,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
} from 'jose'
import {
  type Ask,
  authorize,
  ISSUER,
  makeClient,
  makeGateway,
  now,
  PARAMS,
  post,
  redeem,
  sign,
  type TestClient,
} from './client.ts'
import { assertAnswer } from './refusals.ts'
import { startRig } from './rig.ts'

const claimsOf = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss: 'tpp',
  aud: ISSUER,
  client_id: 'tpp',
  nbf: now(),
  exp: now() + 300,
  ...PARAMS,
  ...changes,
})
const signer = (): Promise<TestClient> =>
  makeClient('tpp', { require_signed_request_object: true, request_object_signing_alg: 'ES256' })

const pushed = (ask: Ask, client: TestClient, request: string, more: Record<string, string> = {}) =>
  post(ask, client, '/par', { client_id: 'tpp', request, ...more })

/** What is changed in a good request object. */
const OBJECTS: readonly (readonly [string, () => Record<string, unknown>, boolean])[] = [
  ['a good one', () => ({}), true],
  [
    'several audiences, the issuer among them',
    () => ({ aud: ['https://x.example', ISSUER] }),
    true,
  ],
  ['aud: another', () => ({ aud: 'https://x.example' }), false],
  ['aud: none', () => ({ aud: undefined }), false],
  ['iss: another', () => ({ iss: 'other' }), false],
  ['exp: none', () => ({ exp: undefined }), false],
  ['nbf: none', () => ({ nbf: undefined }), false],
  ['expired', () => ({ exp: now() - 60, nbf: now() - 120 }), false],
  ['exp 70 minutes after nbf', () => ({ exp: now() + 4_200 }), false],
  ['nbf 70 minutes ago', () => ({ nbf: now() - 4_200, exp: now() - 4_200 + 3_600 + 700 }), false],
  ['nbf 8 s ahead', () => ({ nbf: now() + 8 }), true],
  ['nbf 61 s ahead', () => ({ nbf: now() + 61 }), false],
  ['client_id: another', () => ({ client_id: 'other' }), false],
  ['a request inside', () => ({ request: 'x.y.z' }), false],
  ['a request_uri inside', () => ({ request_uri: 'urn:ietf:params:oauth:request_uri:x' }), false],
]

test('a request object is believed for what it says', async (t) => {
  const client = await signer()
  const { ask } = await startRig(t, { testClients: [client] })
  for (const [what, changes, fine] of OBJECTS) {
    const answer = await pushed(ask, client, await sign(client, claimsOf(changes())))
    assertAnswer(
      answer,
      fine
        ? '201'
        : [
            '400 invalid_request_object',
            '400 invalid_request',
            '400 invalid_client',
            '401 invalid_client',
          ],
      what,
    )
    if (fine) {
      const end = await authorize(ask, client, String(answer.body['request_uri']))
      assert.ok(end.has('code'), what)
    }
  }
})

test('a request object is believed for who signed it, and how', async (t) => {
  const client = await signer()
  const other = await makeClient('other')
  const { ask } = await startRig(t, { testClients: [client, other] })
  const good = await sign(client, claimsOf())
  const hmac = new TextEncoder().encode(JSON.stringify(client.key.open))
  const rsa = await makeClient('rsa', {}, { algorithm: 'PS256' })
  const rs256 = await importJWK(rsa.key.jwk, 'RS256')
  for (const [what, request] of [
    ['the key of another client', await sign(other, claimsOf())],
    ['alg none', new UnsecuredJWT(claimsOf()).encode()],
    [
      'HS256 with the public key',
      await new SignJWT(claimsOf()).setProtectedHeader({ alg: 'HS256' }).sign(hmac),
    ],
    ['RS256', await new SignJWT(claimsOf()).setProtectedHeader({ alg: 'RS256' }).sign(rs256)],
    ['a broken signature', `${good.slice(0, -8)}AAAAAAAA`],
    ['no JWT', 'x'],
  ] as const)
    assertAnswer(
      await pushed(ask, client, request),
      ['400 invalid_request_object', '400 invalid_request'],
      what,
    )
  const typed = await sign(client, claimsOf(), { typ: 'oauth-authz-req+jwt' })
  assertAnswer(await pushed(ask, client, typed), '201', 'its media type')
  for (const typ of ['JWT', 'application/OAUTH-authz-req+jwt'])
    assertAnswer(await pushed(ask, client, await sign(client, claimsOf(), { typ })), '201', typ)
  for (const typ of ['client-authentication+jwt', 'dpop+jwt', 'at+jwt', ''])
    assertAnswer(
      await pushed(ask, client, await sign(client, claimsOf(), { typ })),
      '400 invalid_request_object',
      `typ ${typ}`,
    )
})

test('what stands outside the request object does not count, and nothing unsigned is taken', async (t) => {
  const client = await signer()
  const { ask } = await startRig(t, { testClients: [client] })
  assertAnswer(
    await post(ask, client, '/par', { client_id: 'tpp', ...PARAMS }),
    ['400 invalid_request', '400 invalid_request_object'],
    'unsigned',
  )
  const { state: _, ...unstated } = claimsOf()
  const answer = await pushed(ask, client, await sign(client, unstated), {
    state: 'outside',
    scope: 'openid payments',
  })
  assertAnswer(answer, '201', 'parameters outside')
  const end = await authorize(ask, client, String(answer.body['request_uri']))
  assert.equal(end.get('state'), null)
  const { body } = await redeem(ask, client, String(end.get('code')))
  assert.equal(body['scope'], 'accounts')
})

async function keysOf(ask: Ask): Promise<ReturnType<typeof createLocalJWKSet>> {
  const response = await ask('/jwks')
  const keys = (await response.json()) as JSONWebKeySet // sound: verified by what it verifies
  for (const key of keys.keys)
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi']) assert.ok(!(name in key), name)
  assert.equal(new Set(keys.keys.map(({ kid }) => kid)).size, keys.keys.length)
  return createLocalJWKSet(keys)
}

test('an answer that was asked for as JWT is signed, and says everything inside it', async (t) => {
  for (const alg of ['PS256', 'ES256', 'EdDSA'] as const) {
    const client = await makeClient('tpp', {
      authorization_signed_response_alg: alg,
      id_token_signed_response_alg: alg,
    })
    const { ask } = await startRig(t, { testClients: [client] })
    const params = { ...PARAMS, response_mode: 'jwt' }
    const answer = await post(ask, client, '/par', { client_id: 'tpp', ...params })
    const end = await authorize(ask, client, String(answer.body['request_uri']))
    assert.deepEqual([...end.keys()], ['response'])
    const keys = await keysOf(ask)
    const { payload, protectedHeader } = await jwtVerify(String(end.get('response')), keys, {
      issuer: ISSUER,
      audience: 'tpp',
      algorithms: [alg],
    })
    assert.equal(protectedHeader.alg, alg)
    assert.equal(payload['state'], PARAMS['state'])
    assert.ok(Number(payload.exp) - now() <= 600)
    const { body } = await redeem(ask, client, String(payload['code']))
    const id = await jwtVerify(String(body['id_token']), keys, {
      issuer: ISSUER,
      audience: 'tpp',
      algorithms: [alg],
    })
    assert.equal(id.payload['nonce'], PARAMS['nonce'])
    const access = String(body['access_token'])
    await jwtVerify(access, keys, { issuer: ISSUER, typ: 'at+jwt', algorithms: ['ES256'] })
  }
})

test('a refusal that was asked for as JWT is signed too', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client], customer: 'refuses' })
  const answer = await post(ask, client, '/par', {
    client_id: 'tpp',
    ...PARAMS,
    response_mode: 'jwt',
  })
  const end = await authorize(ask, client, String(answer.body['request_uri']))
  assert.deepEqual([...end.keys()], ['response'])
  const { payload } = await jwtVerify(String(end.get('response')), await keysOf(ask), {
    issuer: ISSUER,
    audience: 'tpp',
  })
  assert.equal(payload['error'], 'access_denied')
})

test('what a gateway is told of a token is signed for it when it asks so', async (t) => {
  const client = await makeClient('tpp', { access_token_format: 'opaque' })
  const gateway = await makeGateway({ introspection_signed_response_alg: 'ES256' })
  const { ask } = await startRig(t, { testClients: [client, gateway] })
  const issued = await post(ask, client, '/token', {
    grant_type: 'client_credentials',
    scope: 'accounts',
  })
  for (const token of [String(issued.body['access_token']), 'unknown']) {
    const accept = 'application/token-introspection+jwt'
    const { status, body } = await post(
      ask,
      gateway,
      '/introspect',
      { token },
      { headers: { accept } },
    )
    assert.equal(status, 200)
    const text = String(body['text'])
    assert.equal(decodeProtectedHeader(text).typ, 'token-introspection+jwt')
    const { payload } = await jwtVerify(text, await keysOf(ask), {
      issuer: ISSUER,
      algorithms: ['ES256'],
    })
    const inside = payload['token_introspection']
    assert.ok(typeof inside === 'object' && inside !== null && 'active' in inside)
    assert.equal(inside.active, token !== 'unknown')
    assert.equal(payload.exp, undefined, 'RFC 9701 §5: it is no token itself')
    assert.equal(payload.sub, undefined)
  }
})
