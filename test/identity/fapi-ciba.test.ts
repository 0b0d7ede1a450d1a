/** FAPI-CIBA (ID1) §5.2.2 and CIBA Core §7 to §11, as the OpenID suite asks: what a decoupled request must say, and what its client hears until it ends. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { decodeJwt, UnsecuredJWT } from 'jose'
import { errors } from 'oidc-provider'
import type { ClientMetadata } from '../../src/identity/client-metadata.ts'
import { DECOUPLED_SECONDS } from '../../src/identity/lifetimes.ts'
import { POLL_INTERVAL_MS } from '../../src/identity/polling.ts'
import { systemClock } from '../../src/app/system-ports.ts'
import {
  askDecoupled,
  assertion,
  ISSUER,
  makeClient,
  now,
  post,
  refresh,
  sign,
  signingJwk,
  type TestClient,
} from './client.ts'
import { assertAnswer } from './refusals.ts'
import { CUSTOMER, grantAll, type RigOptions, startRig } from './rig.ts'

const CIBA = 'urn:openid:params:grant-type:ciba'
const NOTIFICATION = 'https://third-party.example/notified'
const TOKEN = 'a-notification-token-of-the-client'
const PARAMS = { scope: 'openid accounts', login_hint: 'amira', binding_message: '1234' }

const decoupledClient = (id: string, changes: Partial<ClientMetadata> = {}): Promise<TestClient> =>
  makeClient(id, {
    grant_types: [CIBA, 'refresh_token'],
    response_types: [],
    redirect_uris: [],
    backchannel_token_delivery_mode: 'poll',
    ...changes,
  })

async function started(
  t: TestContext,
  clients: readonly TestClient[],
  more: Partial<RigOptions> = {},
) {
  const asked: string[] = []
  const rig = await startRig(t, {
    testClients: clients,
    decoupled: {
      subjectOf: (hint) => Promise.resolve(hint === 'amira' ? CUSTOMER : undefined),
      asked: ({ jti }) => Promise.resolve(void asked.push(jti)),
    },
    ...more,
  })
  const approve = async (id: string, client: string): Promise<void> => {
    const grant = await grantAll(
      rig.provider,
      { client_id: client, scope: 'openid accounts' },
      CUSTOMER,
    )
    await rig.provider.backchannelResult(id, grant, { authTime: now() })
  }
  const poll = (client: TestClient, id: string) =>
    post(rig.ask, client, '/token', { grant_type: CIBA, auth_req_id: id })
  return { ...rig, asked, approve, poll }
}
/** A clock that a test may put forward. */
function movableClock() {
  let ahead = 0
  return {
    clock: {
      now: () => systemClock.now() + ahead,
      monotonic: () => systemClock.monotonic() + ahead,
    },
    pass: (ms: number) => void (ahead += ms),
  }
}

const CLAIMS: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
  ['no iss', { iss: undefined }, '400 invalid_request'],
  ['iss of another client', { iss: 'other' }, '400 invalid_request'],
  ['no aud', { aud: undefined }, '400 invalid_request'],
  ['another aud', { aud: 'https://other.example' }, '400 invalid_request'],
  ['several aud, ours among them', { aud: ['https://other.example', ISSUER] }, '200'],
  ['no exp', { exp: undefined }, '400 invalid_request'],
  ['exp five minutes ago', { exp: now() - 300, nbf: now() - 600 }, '400 invalid_request'],
  ['exp in 70 minutes', { exp: now() + 4_200 }, '400 invalid_request'],
  ['no nbf', { nbf: undefined }, '400 invalid_request'],
  ['nbf in ten minutes', { nbf: now() + 600, exp: now() + 900 }, '400 invalid_request'],
  ['nbf 70 minutes ago', { nbf: now() - 4_200 }, '400 invalid_request'],
  ['no iat', { iat: undefined }, '400 invalid_request'],
  ['no jti', { jti: undefined }, '400 invalid_request'],
]

test('FAPI-CIBA 5.2.2: a signed request says whose it is, for whom, from when and until when', async (t) => {
  const client = await decoupledClient('tpp')
  const { ask, asked } = await started(t, [client])
  for (const [what, claims, wanted] of CLAIMS)
    assertAnswer(await askDecoupled(ask, client, PARAMS, claims), wanted, what)
  assert.equal(asked.length, 1, 'no device is asked for what was refused')
})

test('FAPI-CIBA 5.2.2: unsigned, unsecured, or signed by another, nothing is asked of a customer', async (t) => {
  const client = await decoupledClient('tpp')
  const strict = await decoupledClient('strict', {
    backchannel_authentication_request_signing_alg: 'PS256',
  })
  const { ask, asked } = await started(t, [client, strict])
  const claims = {
    iss: 'tpp',
    aud: ISSUER,
    jti: randomUUID(),
    iat: now(),
    nbf: now(),
    exp: now() + 60,
    ...PARAMS,
  }
  const send = (form: Record<string, string>, by = client) => post(ask, by, '/bc-authorize', form)
  const rsa = await signingJwk('PS256')
  const wrong: readonly (readonly [string, Record<string, string>])[] = [
    ['unsigned', PARAMS],
    ['alg none', { request: new UnsecuredJWT(claims).encode() }],
    ['another key', { request: await sign({ ...client, key: await signingJwk('ES256') }, claims) }],
    [
      'RS256',
      {
        request: await sign({ algorithm: 'RS256' as 'PS256', key: rsa }, claims).catch(
          () => 'e30.e30.AA',
        ),
      },
    ],
    ['no JWT', { request: 'x' }],
  ]
  for (const [what, form] of wrong) assertAnswer(await send(form), '400 invalid_request', what)
  assertAnswer(
    await askDecoupled(ask, strict, PARAMS),
    '400 invalid_request',
    'another algorithm than was registered',
  )
  assert.deepEqual(asked, [])
})

test('CIBA 7.1: what stands outside the signed request does not count', async (t) => {
  const client = await decoupledClient('tpp')
  const { ask, poll, approve } = await started(t, [client])
  const request = await sign(client, {
    iss: 'tpp',
    aud: ISSUER,
    jti: randomUUID(),
    iat: now(),
    nbf: now(),
    exp: now() + 60,
    ...PARAMS,
  })
  const answer = await post(ask, client, '/bc-authorize', {
    request,
    login_hint: 'nobody',
    scope: 'openid payments',
  })
  assertAnswer(answer, '200', 'asked')
  const id = String(answer.body['auth_req_id'])
  await approve(id, 'tpp')
  const { body } = await poll(client, id)
  assert.equal(decodeJwt(String(body['access_token']))['scope'], 'accounts')
})

test('CIBA 7.1: exactly one hint says who is meant; a token and a code are not taken', async (t) => {
  const client = await decoupledClient('tpp')
  const other = await decoupledClient('other')
  const { ask, approve, poll } = await started(t, [client, other])
  const { login_hint: _, ...nobody } = PARAMS
  const first = await askDecoupled(ask, client, PARAMS)
  const id = String(first.body['auth_req_id'])
  await approve(id, 'tpp')
  const { body } = await poll(client, id)
  const hint = String(body['id_token'])
  for (const [what, params, wanted] of [
    ['none', nobody, '400 invalid_request'],
    ['two', { ...PARAMS, id_token_hint: hint }, '400 invalid_request'],
    ['a customer who is not there', { ...PARAMS, login_hint: 'x' }, '400 unknown_user_id'],
    ['one of 257 characters', { ...PARAMS, login_hint: 'a'.repeat(257) }, '400 unknown_user_id'],
    ['an ID token of ours', { ...nobody, id_token_hint: hint }, '200'],
    ['an ID token of nobody', { ...nobody, id_token_hint: 'x.y.z' }, '400 invalid_request'],
    [
      'an ID token with another signature',
      { ...nobody, id_token_hint: `${hint.slice(0, -8)}AAAAAAAA` },
      '400 invalid_request',
    ],
    [
      'a token that nobody here issues',
      { ...nobody, login_hint_token: 'x' },
      '400 invalid_request',
    ],
    ['a code of the customer', { ...PARAMS, user_code: '1234' }, '400 invalid_request'],
    ['a context', { ...PARAMS, request_context: 'x' }, '400 invalid_request'],
    ['no scope', { login_hint: 'amira' }, '400 invalid_request'],
    ['no openid', { ...PARAMS, scope: 'accounts' }, '400 invalid_request'],
  ] as const)
    assertAnswer(await askDecoupled(ask, client, params), wanted, what)
  assertAnswer(
    await askDecoupled(ask, other, { ...nobody, id_token_hint: hint }),
    '400 invalid_request',
    'an ID token of another client',
  )
})

test('CIBA 7.1: a message can be shown, and an expiry is a number and no longer than ours', async (t) => {
  const client = await decoupledClient('tpp')
  const { ask } = await started(t, [client])
  for (const [what, params, wanted] of [
    [
      'a message that the suite sends',
      { binding_message: '1234 👍🏿 品川 Lorem ipsum' },
      '400 invalid_binding_message',
    ],
    ['other letters', { binding_message: 'Überweisung 品川 1,50 €' }, '200'],
    ['140 characters', { binding_message: 'x'.repeat(140) }, '200'],
    ['141 characters', { binding_message: 'x'.repeat(141) }, '400 invalid_binding_message'],
    ['an expiry of 0', { requested_expiry: '0' }, '400 invalid_request'],
    ['below 0', { requested_expiry: '-1' }, '400 invalid_request'],
    ['no number', { requested_expiry: 'x' }, '400 invalid_request'],
  ] as const)
    assertAnswer(await askDecoupled(ask, client, { ...PARAMS, ...params }), wanted, what)
  const lifeOf = async (expiry: string) =>
    (await askDecoupled(ask, client, { ...PARAMS, requested_expiry: expiry })).body['expires_in']
  assert.equal(await lifeOf('30'), 30)
  assert.equal(await lifeOf('86400'), DECOUPLED_SECONDS)
})

test('CIBA 7.3: the answer says an id nobody can guess, and how long it counts', async (t) => {
  const client = await decoupledClient('tpp')
  const { ask } = await started(t, [client])
  const { body } = await askDecoupled(ask, client, PARAMS)
  assert.match(String(body['auth_req_id']), /^[A-Za-z0-9._-]{43,}$/)
  assert.equal(body['expires_in'], DECOUPLED_SECONDS)
  assert.equal(body['interval'] ?? POLL_INTERVAL_MS / 1000, 5)
})

test('CIBA 13: whoever is not the client asks nothing', async (t) => {
  const client = await decoupledClient('tpp')
  const other = await decoupledClient('other')
  const coded = await makeClient('coded')
  const { ask, poll } = await started(t, [client, other, coded])
  const request = async (by: TestClient) =>
    sign(by, {
      iss: by.metadata.client_id,
      aud: ISSUER,
      jti: randomUUID(),
      iat: now(),
      nbf: now(),
      exp: now() + 60,
      ...PARAMS,
    })
  const form = { request: await request(client) }
  for (const [what, answer, wanted] of [
    [
      'no assertion',
      await post(ask, client, '/bc-authorize', form, { assertion: null }),
      ['400 invalid_request', '401 invalid_client'],
    ],
    [
      'an assertion of another key',
      await post(ask, client, '/bc-authorize', form, {
        assertion: await assertion({ ...client, key: other.key }),
      }),
      '401 invalid_client',
    ],
    [
      'a request of another client',
      await post(ask, client, '/bc-authorize', { request: await request(other) }),
      '400 invalid_request',
    ],
    [
      'a client without the grant',
      await post(ask, coded, '/bc-authorize', { request: await request(coded) }),
      ['400 unauthorized_client', '400 invalid_request'],
    ],
  ] as const)
    assertAnswer(answer, wanted, what)
  const begun = await askDecoupled(ask, client, PARAMS)
  const id = String(begun.body['auth_req_id'])
  assertAnswer(await poll(other, id), '400 invalid_grant', 'the id of another client')
  assertAnswer(
    await post(ask, client, '/token', { grant_type: CIBA }),
    '400 invalid_request',
    'no id',
  )
  assertAnswer(
    await post(ask, client, '/token', { grant_type: CIBA, auth_req_id: id }, { assertion: null }),
    ['400 invalid_request', '401 invalid_client'],
    'no assertion at the token endpoint',
  )
})

test('CIBA 11: pending, too often, granted, and over', async (t) => {
  const client = await decoupledClient('tpp')
  const { clock, pass } = movableClock()
  const { ask, poll, approve, provider } = await started(t, [client], { clock })
  const begin = async () => String((await askDecoupled(ask, client, PARAMS)).body['auth_req_id'])
  const id = await begin()
  assertAnswer(await poll(client, id), '400 authorization_pending', 'the first time')
  assertAnswer(await poll(client, id), '400 slow_down', 'at once')
  pass(POLL_INTERVAL_MS)
  assertAnswer(
    await poll(client, id),
    '400 slow_down',
    'after the interval that was, not the longer one',
  )
  pass(3 * POLL_INTERVAL_MS)
  assertAnswer(await poll(client, id), '400 authorization_pending', 'patiently')
  await approve(id, 'tpp')
  const done = await poll(client, id)
  assertAnswer(done, '200', 'granted, however soon')
  const idToken = decodeJwt(String(done.body['id_token']))
  assert.equal(idToken['aud'], 'tpp')
  assert.equal(idToken.sub, CUSTOMER)
  assert.equal(idToken['c_hash'] ?? idToken['s_hash'], undefined)
  assertAnswer(await refresh(ask, client, String(done.body['refresh_token'])), '200', 'refreshed')
  assertAnswer(await poll(client, id), '400 invalid_grant', 'once')

  const refused = await begin()
  await provider.backchannelResult(refused, new errors.AccessDenied())
  assertAnswer(await poll(client, refused), '400 access_denied', 'the customer refused')
  assertAnswer(await poll(client, 'x'.repeat(43)), '400 invalid_grant', 'nobody knows it')
})

test('CIBA 11: an id that ran out is expired_token', async (t) => {
  const client = await decoupledClient('tpp')
  const { ask, poll } = await started(t, [client])
  const begun = await askDecoupled(ask, client, { ...PARAMS, requested_expiry: '1' })
  const id = String(begun.body['auth_req_id'])
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 2_000 })
  assertAnswer(await poll(client, id), '400 expired_token', 'after its time')
  assertAnswer(await poll(client, id), '400 expired_token', 'and again, at once')
})

test('CIBA 10.2: a client that wants to be told is, by its own token, at its own address', async (t) => {
  const client = await decoupledClient('tpp', {
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: NOTIFICATION,
  })
  const pings: { url: string; init: RequestInit }[] = []
  let status = 204
  const { ask, poll, approve, provider } = await started(t, [client], {
    fetch: (url, init) => {
      pings.push({ url: String(url), init })
      return Promise.resolve(new Response(status === 204 ? null : 'x', { status }))
    },
  })
  const params = { ...PARAMS, client_notification_token: TOKEN }
  for (const [what, token, wanted] of [
    ['no token', undefined, '400 invalid_request'],
    ['a token of 1,025 characters', 't'.repeat(1_025), '400 invalid_request'],
    ['a token that could be two headers', 'a\r\nhost: b', '400 invalid_request'],
    ['a token of 1,024 characters', 't'.repeat(1_024), '200'],
  ] as const)
    assertAnswer(
      await askDecoupled(
        ask,
        client,
        PARAMS,
        token === undefined ? {} : { client_notification_token: token },
      ),
      wanted,
      what,
    )
  const id = String((await askDecoupled(ask, client, params)).body['auth_req_id'])
  assertAnswer(await poll(client, id), '400 authorization_pending', 'it may ask all the same')
  assert.equal(pings.length, 0)
  await approve(id, 'tpp')
  assert.equal(pings.length, 1)
  const [ping] = pings
  assert.equal(ping?.url, NOTIFICATION)
  const headers = new Headers(ping?.init.headers)
  assert.equal(headers.get('authorization'), `Bearer ${TOKEN}`)
  assert.equal(headers.get('content-type'), 'application/json')
  assert.equal(ping?.init.redirect, 'error', 'a redirect would be an address of nobody’s choice')
  assert.equal(ping?.init.body, JSON.stringify({ auth_req_id: id }))
  assertAnswer(await poll(client, id), '200', 'told, and asked')

  const refused = String((await askDecoupled(ask, client, params)).body['auth_req_id'])
  await provider.backchannelResult(refused, new errors.AccessDenied())
  assert.equal(pings.length, 2, 'of a refusal too')

  // Who cannot be reached finds the answer nevertheless.
  status = 500
  const unreachable = String((await askDecoupled(ask, client, params)).body['auth_req_id'])
  await assert.rejects(approve(unreachable, 'tpp'))
  assertAnswer(await poll(client, unreachable), '200', 'by asking')
})

test('CIBA 4: push is not spoken, and a client that wants to be told says where', async (t) => {
  const { provider } = await started(t, [])
  const key = await signingJwk('ES256')
  const register = (changes: object): void =>
    void new provider.Client({
      client_id: 'x',
      jwks: { keys: [key.open] },
      dpop_bound_access_tokens: true,
      grant_types: [CIBA],
      response_types: [],
      redirect_uris: [],
      ...changes,
    })
  const refused = { name: 'InvalidClientMetadata' }
  register({ backchannel_token_delivery_mode: 'poll' })
  assert.throws(() => register({ backchannel_token_delivery_mode: 'push' }), refused)
  assert.throws(() => register({}), refused)
  assert.throws(() => register({ backchannel_token_delivery_mode: 'ping' }), refused)
  assert.throws(
    () =>
      register({
        backchannel_token_delivery_mode: 'ping',
        backchannel_client_notification_endpoint: 'http://third-party.example/notified',
      }),
    refused,
  )
})

test('CIBA 4: the metadata of the server says how it is done', async (t) => {
  const { ask } = await started(t, [])
  const metadata = (await (await ask('/.well-known/openid-configuration')).json()) as Record<
    string,
    unknown
  > // sound: an object
  assert.equal(metadata['backchannel_authentication_endpoint'], `${ISSUER}/bc-authorize`)
  assert.deepEqual(metadata['backchannel_token_delivery_modes_supported'], ['poll', 'ping'])
  assert.deepEqual(metadata['backchannel_authentication_request_signing_alg_values_supported'], [
    'PS256',
    'ES256',
    'EdDSA',
  ])
  assert.equal(metadata['backchannel_user_code_parameter_supported'], false)
  assert.ok((metadata['grant_types_supported'] as readonly string[]).includes(CIBA)) // sound: a list, by OpenID Discovery
})
