/** FAPI 2.0 Security Profile §5.3.2.2: the authorization code flow, request by request. */
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { decodeJwt } from 'jose'
import {
  assertion,
  authorize,
  authorizePath,
  Browser,
  CHALLENGE,
  codeFor,
  ISSUER,
  makeClient,
  PARAMS,
  post,
  proof,
  push,
  redeem,
  REDIRECT,
  refresh,
  signingJwk,
  thumbprint,
} from './client.ts'
import { assertAnswer } from './refusals.ts'
import { startRig } from './rig.ts'

type Params = Readonly<Record<string, string>>
const without = (name: string): Params =>
  Object.fromEntries(Object.entries(PARAMS).filter(([key]) => key !== name))

const PUSHED: readonly (readonly [string, Params, string | readonly string[]])[] = [
  ['as it should be', PARAMS, '201'],
  ['without state', without('state'), '201'],
  ['without nonce', without('nonce'), '201'],
  ['a nonce of 64 characters', { ...PARAMS, nonce: 'n'.repeat(64) }, '201'],
  ['a state of 1,100 characters', { ...PARAMS, state: 's'.repeat(1_100) }, '201'],
  ['scopes in another order', { ...PARAMS, scope: 'accounts openid' }, '201'],
  [
    'the claims parameter',
    { ...PARAMS, claims: '{"id_token":{"auth_time":{"essential":true}}}' },
    '201',
  ],

  [
    'claims of a userinfo endpoint that is not there, and of a place that nobody knows',
    {
      ...PARAMS,
      claims: '{"id_token":{"sub":null},"userinfo":{"sub":{"essential":true}},"aB3":{"x":null}}',
    },
    '201',
  ],
  ['claims that are no object', { ...PARAMS, claims: '[]' }, '400 invalid_request'],
  ['response_type token', { ...PARAMS, response_type: 'token' }, '400 unsupported_response_type'],
  [
    'response_type code id_token',
    { ...PARAMS, response_type: 'code id_token' },
    '400 unsupported_response_type',
  ],
  ['response_type none', { ...PARAMS, response_type: 'none' }, '400 unsupported_response_type'],
  ['no response_type', without('response_type'), '400 invalid_request'],
  ['no redirect_uri', without('redirect_uri'), '400 invalid_request'],
  [
    'a redirect_uri that is not registered',
    { ...PARAMS, redirect_uri: 'https://evil.example/callback' },
    ['400 invalid_request', '400 invalid_redirect_uri'],
  ],
  [
    'a redirect_uri that begins like the registered one',
    { ...PARAMS, redirect_uri: `${REDIRECT}/../x` },
    ['400 invalid_request', '400 invalid_redirect_uri'],
  ],
  ['no code_challenge', without('code_challenge'), '400 invalid_request'],
  ['plain', { ...PARAMS, code_challenge_method: 'plain' }, '400 invalid_request'],
  ['no method, which means plain', without('code_challenge_method'), '400 invalid_request'],
  ['a challenge that is none', { ...PARAMS, code_challenge: 'short' }, '400 invalid_request'],
  [
    'a request_uri inside',
    { ...PARAMS, request_uri: 'urn:ietf:params:oauth:request_uri:x' },
    ['400 invalid_request', '400 request_uri_not_supported'],
  ],
  [
    'a resource that is not known',
    { ...PARAMS, resource: 'https://other.example' },
    '400 invalid_target',
  ],
]

test('a pushed request is taken or refused', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  for (const [what, params, wanted] of PUSHED) {
    const answer = await post(ask, client, '/par', { client_id: 'tpp', ...params })
    assertAnswer(answer, wanted, what)
    if (answer.status === 201) {
      const end = await authorize(ask, client, String(answer.body['request_uri']))
      assert.ok(end.has('code'), what)
      assert.equal(end.get('state'), params['state'] ?? null, what)
      assert.equal(end.get('iss'), ISSUER, '5.3.2.2-7')
      const { body } = await redeem(ask, client, String(end.get('code')))
      assert.equal(decodeJwt(String(body['id_token']))['nonce'], params['nonce'], what)
    }
  }
})

test('an address that takes one kind of request says so to others', async (t) => {
  const { ask } = await startRig(t, { testClients: [await makeClient('tpp')] })
  for (const [path, allowed, others] of [
    ['/par', 'POST', ['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']],
    ['/token', 'POST', ['GET', 'PATCH']],
    ['/introspect', 'POST', ['GET']],
    ['/revoke', 'POST', ['GET']],
    ['/jwks', 'GET, HEAD', ['POST', 'DELETE']],
    ['/authorize', 'GET, HEAD', ['POST', 'PUT']],
  ] as const)
    for (const method of others) {
      const answer = await ask(`${path}?x=1`, { method })
      const told = [answer.status, answer.headers.get('allow')]
      assert.deepEqual(told, [405, allowed], `${method} ${path}`)
    }
  assert.equal((await ask('/jwks')).status, 200)
  assert.equal((await ask('/token/other')).status, 404)
})

test('without a pushed request of its own nobody gets in', async (t) => {
  const client = await makeClient('tpp')
  const other = await makeClient('other')
  const { ask } = await startRig(t, { testClients: [client, other] })
  const requestUri = await push(ask, client)
  const plain = new URLSearchParams({ client_id: 'tpp', ...PARAMS })
  const wrong: readonly (readonly [string, string, string])[] = [
    ['no PAR', `/authorize?${plain}`, 'invalid_request'],
    ['no client', `/authorize?request_uri=${requestUri}`, 'invalid_request'],
    [
      'a request_uri that nobody pushed',
      authorizePath(client, `${requestUri}x`),
      'invalid_request_uri',
    ],
    ['that of another client', authorizePath(other, requestUri), 'invalid_request'],
    [
      'an address',
      authorizePath(client, 'https://third-party.example/request.jwt'),
      'request_uri_not_supported',
    ],
    [
      'a request beside it',
      `${authorizePath(client, requestUri)}&request=x.y.z`,
      'invalid_request',
    ],
  ]
  for (const [what, path, error] of wrong) {
    const end = await new Browser(ask).follow(path)
    const text = end instanceof URL ? end.href : await end.text()
    assert.match(text, new RegExp(error), what)
    assert.doesNotMatch(text, /[?&]code=/, what)
  }
  assert.equal((await ask(authorizePath(client, requestUri), { method: 'POST' })).status, 405)
  const body = new URLSearchParams({ client_id: 'tpp', ...PARAMS })
  assert.equal((await ask('/authorize', { method: 'POST', body })).status, 405)
})

test('the page of an error repeats nothing and allows nothing', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const evil = '<script>alert(1)</script>'
  const query = new URLSearchParams({ client_id: evil, request_uri: evil, state: evil })
  const response = await ask(`/authorize?${query}`, { headers: { accept: 'text/html' } })
  assert.equal(response.status, 400)
  assert.ok(!(await response.text()).includes('<script'))
  assert.match(String(response.headers.get('content-security-policy')), /default-src 'none'/)
  assert.match(String(response.headers.get('content-security-policy')), /frame-ancestors 'none'/)
})

test('a browser is sent on with 303, from a page that no script of another origin reads', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const path = authorizePath(client, await push(ask, client))
  const response = await ask(path, { headers: { origin: 'https://third-party.example' } })
  assert.equal(response.status, 303, '5.3.2.2-11')
  assert.equal(response.headers.get('access-control-allow-origin'), null, '5.2: no CORS')
  assert.match(String(response.headers.get('cache-control')), /no-store/)
  assert.match(String(response.headers.get('strict-transport-security')), /max-age=\d{8}/)
  for (const cookie of response.headers.getSetCookie()) {
    assert.match(cookie, /; ?secure/i)
    assert.match(cookie, /; ?httponly/i)
    assert.match(cookie, /; ?samesite=lax/i)
  }
  for (const at of ['/token', '/par', '/authorize', '/introspect']) {
    const origin = 'https://third-party.example'
    const preflight = await ask(at, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    assert.equal(preflight.status, 405, at)
    assert.equal(preflight.headers.get('access-control-allow-origin'), null, at)
    const form = { grant_type: 'client_credentials', scope: 'accounts', client_id: 'tpp' }
    const posted = await ask(at, {
      method: 'POST',
      headers: { origin },
      body: new URLSearchParams(form),
    })
    assert.equal(posted.headers.get('access-control-allow-origin'), null, at)
  }
})

test('a request_uri may be opened twice, and used once', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const requestUri = await push(ask, client)
  const first = new Browser(ask)
  const opened = await first.follow(authorizePath(client, requestUri), '/interaction/')
  assert.ok(opened instanceof URL)
  assert.ok((await authorize(ask, client, requestUri)).has('code'), 'opened again, elsewhere')
  const late = await first.follow(opened.pathname)
  const text = late instanceof URL ? late.href : await late.text()
  assert.match(text, /invalid_request_uri/)
  await assert.rejects(authorize(ask, client, requestUri), /invalid_request_uri/)
})

test('two interactions of one request_uri end in one code, however long they take', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  t.after(() => mock.timers.reset())
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const requestUri = await push(ask, client)
  const browsers = [new Browser(ask), new Browser(ask)]
  const open = await Promise.all(
    browsers.map((browser) => browser.follow(authorizePath(client, requestUri), '/interaction/')),
  )
  mock.timers.tick(290_000) // the pushed request has long ended; the customers are still thinking
  const ends: string[] = []
  for (const [at, browser] of browsers.entries()) {
    const url = open[at]
    assert.ok(url instanceof URL)
    const end = await browser.follow(url.pathname)
    ends.push(end instanceof URL ? end.search : await end.text())
  }
  assert.deepEqual(
    ends.map((end) => /[?&]code=/.test(end)),
    [true, false],
    ends.join('\n'),
  )
})

test('a request_uri ends after a minute', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  t.after(() => mock.timers.reset())
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const answer = await post(ask, client, '/par', { client_id: 'tpp', ...PARAMS })
  assert.equal(answer.body['expires_in'], 60, '5.3.2.2-12')
  const requestUri = String(answer.body['request_uri'])
  mock.timers.tick(60_000)
  await assert.rejects(authorize(ask, client, requestUri), /invalid_request_uri/)
})

test('a code is for who asked, with the verifier, for a minute, and once', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  t.after(() => mock.timers.reset())
  const client = await makeClient('tpp')
  const other = await makeClient('other')
  const { ask, ended } = await startRig(t, { testClients: [client, other] })
  const lines: readonly (readonly [
    string,
    (code: string) => ReturnType<typeof redeem>,
    string | readonly string[],
  ])[] = [
    ['another client', (code) => redeem(ask, other, code), '400 invalid_grant'],
    [
      'no verifier',
      (code) => redeem(ask, client, code, { form: { code_verifier: '' } }),
      ['400 invalid_grant', '400 invalid_request'],
    ],
    [
      'a wrong verifier',
      (code) => redeem(ask, client, code, { form: { code_verifier: 'x'.repeat(43) } }),
      '400 invalid_grant',
    ],
    [
      'the challenge as verifier',
      (code) => redeem(ask, client, code, { form: { code_verifier: CHALLENGE } }),
      '400 invalid_grant',
    ],
    [
      'another redirect_uri',
      (code) =>
        redeem(ask, client, code, { form: { redirect_uri: 'https://third-party.example/other' } }),
      '400 invalid_grant',
    ],
    [
      'no redirect_uri',
      (code) => redeem(ask, client, code, { form: { redirect_uri: '' } }),
      ['400 invalid_grant', '400 invalid_request'],
    ],
    [
      'no proof of a key',
      (code) => redeem(ask, client, code, { proof: null }),
      ['400 invalid_grant', '400 invalid_request', '400 invalid_dpop_proof'],
    ],
    [
      'no client',
      (code) => redeem(ask, client, code, { assertion: null }),
      ['401 invalid_client', '400 invalid_request'],
    ],
    [
      'a resource that was not asked for',
      (code) => redeem(ask, client, code, { form: { resource: 'https://other.example' } }),
      '400 invalid_target',
    ],
  ]
  for (const [what, work, wanted] of lines)
    assertAnswer(await work(await codeFor(ask, client)), wanted, what)

  const late = await codeFor(ask, client)
  mock.timers.tick(60_000)
  assertAnswer(await redeem(ask, client, late), '400 invalid_grant', '5.3.2.1-11: after a minute')

  const code = await codeFor(ask, client)
  const first = await redeem(ask, client, code)
  assertAnswer(first, '200', 'the first time')
  mock.timers.tick(1_000)
  assert.equal(ended.length, 0)
  assertAnswer(await redeem(ask, client, code), '400 invalid_grant', '5.3.2.2-9: a second later')
  assert.equal(ended.length, 1, 'RFC 6749 4.1.2: what came of it has ended')
  const token = String(first.body['refresh_token'])
  assertAnswer(await refresh(ask, client, token), '400 invalid_grant', 'so has its refresh token')
})

test('a code is bound to the key that was named when it was asked for', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const other = await signingJwk('ES256')
  const jkt = { dpop_jkt: await thumbprint(client.proofKey) }
  const wrong = { dpop_jkt: await thumbprint(other) }
  const foreign = { ...client, proofKey: other }

  const bound = await codeFor(ask, client, { ...PARAMS, ...jkt })
  assertAnswer(await redeem(ask, client, bound), '200', 'the key that was named')
  const code = await codeFor(ask, client, { ...PARAMS, ...wrong })
  assertAnswer(
    await redeem(ask, client, code),
    '400 invalid_grant',
    'another key at the token endpoint',
  )

  const pushed = (params: Params, by = client) =>
    proof(by, '/par').then((dpop) =>
      post(ask, client, '/par', { client_id: 'tpp', ...params }, { headers: { dpop } }),
    )
  assertAnswer(
    await pushed({ ...PARAMS, ...wrong }),
    ['400 invalid_dpop_proof', '400 invalid_request'],
    'dpop_jkt and proof do not agree',
  )
  const byProof = await pushed(PARAMS, foreign)
  assertAnswer(byProof, '201', 'a proof alone')
  const end = await authorize(ask, client, String(byProof.body['request_uri']))
  assertAnswer(
    await redeem(ask, client, String(end.get('code'))),
    '400 invalid_grant',
    'another key than at PAR',
  )
})

test('a refresh token is for its client and its key, and stays the same', async (t) => {
  const client = await makeClient('tpp')
  const other = await makeClient('other')
  const { ask } = await startRig(t, { testClients: [client, other] })
  const { body } = await redeem(ask, client, await codeFor(ask, client))
  const token = String(body['refresh_token'])
  assertAnswer(await refresh(ask, other, token), '400 invalid_grant', 'another client')
  const foreign = { ...client, proofKey: await signingJwk('ES256') }
  for (let round = 0; round < 3; round++) {
    const again = await refresh(ask, client, token)
    assertAnswer(again, '200', 'its own')
    assert.equal(again.body['refresh_token'], token, '5.3.2.1-9')
  }
  // A confidential client is known by its assertion: RFC 9449 §5 binds only the refresh tokens of public ones.
  const moved = await refresh(ask, foreign, token)
  assertAnswer(moved, '200', 'a new key of the same client')
  assert.deepEqual(decodeJwt(String(moved.body['access_token']))['cnf'], {
    jkt: await thumbprint(foreign.proofKey),
  })
  assertAnswer(await refresh(ask, client, `${token}x`), '400 invalid_grant', 'not one of ours')
})

test('a customer who says no ends in access_denied', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client], customer: 'refuses' })
  const end = await authorize(ask, client, await push(ask, client))
  assert.equal(end.get('error'), 'access_denied')
  assert.equal(end.get('state'), PARAMS['state'])
  assert.equal(end.get('iss'), ISSUER)
  assert.equal(end.get('code'), null)
})

test('where no screen asks the customer, the client is told so, and no page pretends', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client], interactionUrl: undefined })
  const end = await authorize(ask, client, await push(ask, client))
  assert.equal(end.get('error'), 'temporarily_unavailable')
  assert.equal(end.get('state'), PARAMS['state'])
})

const PROOFS: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['another method', { htm: 'GET' }, '400 invalid_dpop_proof'],
  ['another address', { htu: `${ISSUER}/par` }, '400 invalid_dpop_proof'],
  ['another server', { htu: 'https://other.example/token' }, '400 invalid_dpop_proof'],
  ['no method', { htm: undefined }, '400 invalid_dpop_proof'],
  ['no address', { htu: undefined }, '400 invalid_dpop_proof'],
  ['no jti', { jti: undefined }, '400 invalid_dpop_proof'],
  ['no iat', { iat: undefined }, '400 invalid_dpop_proof'],
  ['an hour old', { iat: Math.floor(Date.now() / 1000) - 3600 }, '400 use_dpop_nonce'],
  ['an hour ahead', { iat: Math.floor(Date.now() / 1000) + 3600 }, '400 use_dpop_nonce'],
  ['a nonce that is not ours', { nonce: 'x' }, '400 use_dpop_nonce'],
  ['61 s ahead', { iat: Math.floor(Date.now() / 1000) + 61 }, '400 use_dpop_nonce'],
  ['10 s ahead', { iat: Math.floor(Date.now() / 1000) + 10 }, '200'],
  ['a query in the address', { htu: `${ISSUER}/token?x=1` }, '200'],
  ['a claim more', { extra: true }, '200'],
]

test('a DPoP proof is for this request and this moment', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const form = { grant_type: 'client_credentials', scope: 'accounts' }
  for (const [what, claims, wanted] of PROOFS)
    assertAnswer(
      await post(ask, client, '/token', form, { proof: await proof(client, '/token', claims) }),
      wanted,
      what,
    )
  assertAnswer(
    await post(ask, client, '/token', form, { proof: null }),
    ['400 invalid_request', '400 invalid_grant', '400 invalid_dpop_proof'],
    'none',
  )
  const spoken = `${(await proof(client, '/token')).slice(0, -6)}AAAAAA`
  assertAnswer(
    await post(ask, client, '/token', form, { proof: spoken }),
    '400 invalid_dpop_proof',
    'a broken signature',
  )
})

test('whose clock is ahead is given a nonce, with which its clock does not count', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  const send = async (more: object = {}) =>
    ask('/token', {
      method: 'POST',
      headers: {
        dpop: await proof(client, '/token', { iat: Math.floor(Date.now() / 1000) + 61, ...more }),
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'accounts',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertion(client),
      }),
    })
  const refused = await send()
  assert.equal(refused.status, 400)
  const nonce = refused.headers.get('dpop-nonce')
  assert.ok(nonce)
  assert.equal((await send({ nonce })).status, 200)
})

test('whatever Host or forwarded header says, addresses are those of the issuer', async (t) => {
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, { testClients: [client] })
  for (const path of [
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
  ]) {
    const response = await ask(path, {
      headers: {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'http',
        forwarded: 'host=evil.example',
      },
    })
    const text = await response.text()
    assert.ok(!text.includes('evil.example'))
    const metadata = JSON.parse(text) as Record<string, unknown>
    for (const [name, value] of Object.entries(metadata))
      if (name.endsWith('_endpoint') || name === 'jwks_uri')
        assert.ok(String(value).startsWith(`${ISSUER}/`), name)
    assert.equal(metadata['issuer'], ISSUER)
    assert.equal(metadata['require_pushed_authorization_requests'], true)
    assert.deepEqual(metadata['response_types_supported'], ['code'])
    assert.deepEqual(metadata['code_challenge_methods_supported'], ['S256'])
    assert.equal(metadata['authorization_response_iss_parameter_supported'], true)
    assert.equal(metadata['tls_client_certificate_bound_access_tokens'], true)
    assert.deepEqual(metadata['token_endpoint_auth_methods_supported'], [
      'private_key_jwt',
      'tls_client_auth',
    ])
    for (const [name, value] of Object.entries(metadata))
      if (name.endsWith('_alg_values_supported'))
        assert.deepEqual([...(value as string[])].toSorted(), ['ES256', 'EdDSA', 'PS256'], name) // sound: a list, or the test fails
    for (const gone of [
      'registration_endpoint',
      'userinfo_endpoint',
      'end_session_endpoint',
      'device_authorization_endpoint',
    ])
      assert.equal(metadata[gone], undefined, gone)
  }
})
