/**
 * The modules that the plans of FAPI 2.0 Security Profile Final and Message Signing Final have in common, each by the name that the suite gives it:
 * what it sends, and what it takes for an answer. Those about signed requests alone are in message-signing.test.ts.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader } from 'jose'
import { SuiteBrowser } from './browser.ts'
import { refused, wrong } from './checks.ts'
import {
  answered,
  authorized,
  codeForm,
  granted,
  pushed,
  responseOf,
  said,
  tokensOf,
} from './flow.ts'
import { now, type Run, startRun, SuiteClient } from './run.ts'
import { isListed } from './table.ts'

// One of each: proofs and certificates, unsigned and signed. Every variant is in happy-flow.test.ts.
const DPOP = ['fapi2-dpop']
const BOTH = [...DPOP, 'signing-mtls-mtls']
const KEYS = [...DPOP, 'fapi2-mtls']
const PREFIX = 'fapi2-security-profile-final'
const CLIENT_ERRORS = ['invalid_client', 'invalid_request']
let run: Run
before(async () => {
  run = await startRun()
})
after(() => run.stop())

const played: string[] = []
function module(
  name: string,
  plans: readonly string[],
  plays: (client: SuiteClient, other: SuiteClient) => Promise<void>,
): void {
  for (const plan of plans) {
    const title = `${PREFIX}-${name}: ${plan}`
    played.push(title)
    test(title, async () => {
      await plays(await SuiteClient.of(run, plan), await SuiteClient.of(run, plan, 2))
    })
  }
}

/** What the happy flow sends to the resource, and what it looks at. */
async function reads(client: SuiteClient, token: string): Promise<void> {
  const interaction = 'c770aef3-6784-41f7-8E0e-fF5F97bDDB3a'
  for (const headers of [
    {
      accept: 'application/json',
      'x-fapi-auth-date': new Date().toUTCString(),
      'x-fapi-customer-ip-address': '198.51.100.119',
      'x-fapi-interaction-id': interaction,
    },
    {
      accept: 'application/json;charset=UTF-8',
      'accept-charset': 'UTF-8',
      'x-fapi-customer-ip-address': '2001:DB8::1893:25c8:1946',
      'x-fapi-interaction-id': interaction,
    },
    {
      accept: 'application/json, application/*+json, */*',
      'content-length': '0',
      'x-fapi-interaction-id': interaction,
    },
  ]) {
    const answer = await client.read(token, { headers })
    assert.equal(answer.status, 200, answer.text)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    assert.ok(Math.abs(Date.parse(answer.headers.get('date') ?? '') - Date.now()) < 300_000)
    assert.equal(
      answer.headers.get('x-fapi-interaction-id')?.toLowerCase(),
      interaction.toLowerCase(),
    )
  }
}

module('discovery-end-point-verification', [...BOTH, 'fapi2-oauth'], async (client) => {
  const { server } = client.plan.configuration
  const oauth = server.discoveryUrl.replace('openid-configuration', 'oauth-authorization-server')
  for (const address of [server.discoveryUrl, oauth]) {
    const { status, headers, body } = await run.ask(address)
    assert.equal(status, 200)
    assert.match(headers.get('content-type') ?? '', /^application\/json/)
    assert.deepEqual(body, client.metadata)
  }
  const says = (name: string): readonly unknown[] => {
    const value = client.metadata[name]
    assert.ok(Array.isArray(value), name)
    return value
  }
  assert.ok(server.discoveryUrl.endsWith('/.well-known/openid-configuration'))
  assert.equal(`${client.issuer}/.well-known/openid-configuration`, server.discoveryUrl)
  assert.deepEqual(says('response_types_supported'), ['code'])
  assert.ok(says('response_modes_supported').includes('jwt'))
  assert.equal(client.metadata['authorization_response_iss_parameter_supported'], true)
  assert.equal(client.metadata['require_pushed_authorization_requests'], true)
  assert.equal(client.metadata['tls_client_certificate_bound_access_tokens'], true)
  assert.deepEqual(says('code_challenge_methods_supported'), ['S256'])
  assert.deepEqual(says('subject_types_supported'), ['public'])
  for (const name of [
    'authorization_signing_alg_values_supported',
    'dpop_signing_alg_values_supported',
    'id_token_signing_alg_values_supported',
    'request_object_signing_alg_values_supported',
    'token_endpoint_auth_signing_alg_values_supported',
  ])
    assert.deepEqual(says(name), ['PS256', 'ES256', 'EdDSA'], name)
  for (const method of ['private_key_jwt', 'tls_client_auth'])
    assert.ok(says('token_endpoint_auth_methods_supported').includes(method))
  for (const scope of client.printed.scope.split(' '))
    assert.ok(says('scopes_supported').includes(scope))
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'])
    assert.equal(URL.parse(String(client.metadata[name]))?.protocol, 'https:')
  const jwks = await run.ask(String(client.metadata['jwks_uri']))
  assert.ok(Array.isArray(jwks.body['keys']))
  for (const key of jwks.body['keys']) {
    const { kid, use, alg, ...rest } = Object(key)
    assert.ok(kid && use === 'sig' && alg)
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in rest))
  }
})

module('happy-flow', [...BOTH, 'fapi2-mtls', 'fapi2-mtls-dpop'], async (client, other) => {
  const first = await granted(client)
  const id = String(first.answer.body['id_token'])
  const claims = Object.keys(decodeJwt(id)).sort()
  assert.deepEqual(
    claims.filter(
      (name) => !/^(?:iss|sub|aud|exp|iat|auth_time|nonce|acr|amr|azp|at_hash|s_hash)$/.test(name),
    ),
    [],
    'nothing that was not asked for',
  )
  assert.equal(decodeProtectedHeader(id).alg, 'PS256')
  await reads(client, first.token)
  const query = new URL(client.plan.configuration.resource.resourceUrl)
  query.searchParams.set('access_token', first.token)
  const asQuery = await run.ask(query.href, {
    certificate: client.proves ? undefined : client.identity,
  })
  assert.ok(asQuery.status >= 400 && asQuery.status < 500, String(asQuery.status))
  // The second client: another address with a query, a longer state and nonce, and its key named beforehand (RFC 9449 §10.1).
  const { token } = await granted(other, {
    state: randomBytes(64).toString('hex'),
    nonce: randomBytes(32).toString('base64url'),
    ...(other.proves ? { dpop_jkt: await calculateJwkThumbprint(other.proofKey.open) } : {}),
  })
  assert.equal((await other.read(token)).status, 200)
  const foreign = await client.read(token)
  assert.ok(foreign.status >= 400 && foreign.status < 500, String(foreign.status))
})

module('user-rejects-authentication', BOTH, async (client) => {
  const rejects = client.plan.configuration.override?.[`${PREFIX}-user-rejects-authentication`]
  assert.ok(rejects?.client)
  const asked = await SuiteClient.of(run, client.plan.name, 1, rejects.client)
  for (const which of [1, 2] as const) {
    const one =
      which === 1 ? asked : await SuiteClient.of(run, client.plan.name, 2, rejects.client2)
    const { params, response } = await authorized(one, {
      state: randomBytes(64).toString('hex'),
    })
    assert.equal(response['error'], 'access_denied')
    assert.equal(response['state'], params['state'])
    const known = ['aud', 'dummy1', 'dummy2', 'error', 'error_description', 'exp', 'iss', 'state']
    assert.deepEqual(
      Object.keys(response).filter((name) => !known.includes(name)),
      [],
    )
  }
})

module('ensure-authorization-request-without-state-success', BOTH, async (client) => {
  const got = await authorized(client, { state: undefined })
  assert.equal('state' in got.response, false)
  answered(client, got)
  const answer = await client.post('token_endpoint', codeForm(client, got))
  const { token } = await tokensOf(client, answer, got.params)
  assert.equal((await client.read(token)).status, 200)
})
module('ensure-authorization-request-without-nonce-success', BOTH, async (client) => {
  const { token } = await granted(client, { nonce: undefined })
  assert.equal((await client.read(token)).status, 200)
})
module('ensure-authorization-request-with-64-char-nonce-success', BOTH, async (client) => {
  await granted(client, { nonce: 'n'.repeat(60) + '-._~' })
})
module('ensure-authorization-request-with-long-nonce', BOTH, async (client) => {
  await granted(client, { nonce: 'n'.repeat(380) + '-._~' })
})
module('ensure-authorization-request-with-long-state', BOTH, async (client) => {
  await granted(client, { state: 's'.repeat(996) + '-._~' })
})
module('ensure-other-scope-order-succeeds', BOTH, async (client) => {
  await granted(client, { scope: client.printed.scope.split(' ').reverse().join(' ') })
})
module('test-claims-parameter-identity-claims', BOTH, async (client) => {
  const { answer } = await granted(client, {
    claims: JSON.stringify({
      id_token: { sub: null },
      userinfo: { sub: { essential: true } },
      wqJz8Yd0aB: { Zk3nq8PL1x: null },
    }),
  })
  const id = decodeJwt(String(answer.body['id_token']))
  assert.ok(id.sub, 'what the server says it has is there')
})
module('access-token-type-header-case-sensitivity', BOTH, async (client) => {
  const { token, answer } = await granted(client)
  const scheme = [...String(answer.body['token_type'])]
    .map((letter) =>
      letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
    )
    .join('')
  assert.equal((await client.read(token, { scheme })).status, 200)
})

module('check-dpop-proof-nbf-exp', DPOP, async (client) => {
  const more = { nbf: now(), exp: now() + 300 }
  const proof = await client.proof('POST', client.endpoint('token_endpoint'), more)
  const { token } = await granted(client, {}, {}, { proof })
  const answer = await client.resource(token, { proof: await client.resourceProof(token, more) })
  assert.equal(answer.status, 200, answer.text)
})
for (const [word, by] of [
  ['before', -10],
  ['after', 10],
] as const)
  module(`ensure-dpopproof-with-iat-10seconds-${word}-succeeds`, DPOP, async (client) => {
    const iat = now() + by
    const proof = await client.proof('POST', client.endpoint('token_endpoint'), { iat })
    const { token } = await granted(client, {}, {}, { proof })
    const at = await client.read(token, { claims: { iat: now() + by } })
    assert.equal(at.status, 200, at.text)
  })
module('ensure-mismatched-dpop-jkt-fails', DPOP, async (client, other) => {
  const { params } = await client.request({
    dpop_jkt: await calculateJwkThumbprint(other.proofKey.open),
  })
  const url = client.endpoint('pushed_authorization_request_endpoint')
  const answer = await client.push(params, { proof: await client.proof('POST', url) })
  refused(answer, ['invalid_request', 'invalid_dpop_proof'])
})
for (const name of [
  'ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt',
  'ensure-token-endpoint-fails-with-mismatched-dpop-jkt',
])
  module(name, DPOP, async (client, other) => {
    const own = await calculateJwkThumbprint(client.proofKey.open)
    const url = client.endpoint('pushed_authorization_request_endpoint')
    const byProof = name.includes('proof')
    const got = await authorized(
      client,
      byProof ? {} : { dpop_jkt: own },
      byProof ? { push: { proof: await client.proof('POST', url) } } : {},
    )
    const proof = await other.proof('POST', client.endpoint('token_endpoint'))
    const answer = await client.post('token_endpoint', codeForm(client, got), { proof })
    refused(answer, ['invalid_grant', 'invalid_dpop_proof', 'invalid_request'], 400)
  })
module('ensure-dpopproof-at-par-endpoint-binding-success', DPOP, async (client) => {
  const url = client.endpoint('pushed_authorization_request_endpoint')
  const { token } = await granted(client, {}, { push: { proof: await client.proof('POST', url) } })
  assert.equal((await client.read(token)).status, 200)
})
module('ensure-dpop-auth-code-binding-success', DPOP, async (client) => {
  const url = client.endpoint('pushed_authorization_request_endpoint')
  const dpop_jkt = await calculateJwkThumbprint(client.proofKey.open)
  const push = { proof: await client.proof('POST', url) }
  const { token } = await granted(client, { dpop_jkt }, { push })
  assert.equal((await client.read(token)).status, 200)
})

for (const [name, redirect] of [
  ['ensure-different-nonce-inside-and-outside-request-object', { nonce: 'outside123' }],
  ['ensure-different-state-inside-and-outside-request-object', { state: 'outside123' }],
] as const)
  module(name, BOTH, async (client) => {
    const { params } = await client.request()
    // What is outside does not count, and the answer is that of the request itself.
    await granted(client, {}, { redirect: { ...said(params), ...redirect } })
  })
module('state-only-outside-request-object-not-used', BOTH, async (client) => {
  const { params } = await client.request()
  const redirect = { ...said(params), state: 'outside123' }
  const { response } = await authorized(client, { state: undefined }, { redirect })
  assert.equal('state' in response, false)
  assert.ok(response['code'])
})
module('ensure-request-object-without-redirect-uri-fails', BOTH, async (client) => {
  const { params } = await client.request({ redirect_uri: undefined })
  refused(await client.push(params), ['invalid_request', 'invalid_request_object'], 400)
})
module('ensure-redirect-uri-in-authorization-request', BOTH, async (client) => {
  const { params } = await client.request({ redirect_uri: undefined })
  refused(await client.push(params), ['invalid_request', 'invalid_request_object'], 400)
})
module('plain-fapi-tolerate-unregistered-redirect-uri', BOTH, async (client) => {
  const { params } = await client.request({ redirect_uri: `${client.redirectUri}/a1b2c3d4e5` })
  refused(await client.push(params), ['invalid_request', 'invalid_request_object'], 400)
})
module('ensure-unsigned-authorization-request-without-using-par-fails', BOTH, async (client) => {
  const { params } = await client.request()
  const url = new URL(String(client.metadata['authorization_endpoint']))
  for (const [key, value] of Object.entries(params)) url.searchParams.set(key, value)
  const end = await new SuiteBrowser(run).open(url.href)
  if (!(end instanceof URL)) return wrong(end, ['invalid_request'])
  const jwt = end.searchParams.get('response')
  const response = jwt === null ? Object.fromEntries(end.searchParams) : decodeJwt(jwt)
  assert.equal(response['error'], 'invalid_request')
  assert.equal(response['state'], params['state'])
})
for (const [name, response_type] of [
  ['ensure-response-type-code-idtoken-fails', 'code id_token'],
  ['ensure-response-type-token-fails', 'token'],
] as const)
  module(name, BOTH, async (client) => {
    const { params } = await client.request({ response_type })
    refused(
      await client.push(params),
      ['unsupported_response_type', 'invalid_request', 'unauthorized_client'],
      400,
    )
  })

module('ensure-client-id-in-token-endpoint', BOTH, async (client, other) => {
  const got = await authorized(client)
  const form = { ...codeForm(client, got), client_id: other.id }
  // The name of the second client, with what proves the first.
  const assertion = await client.assertion('', { iss: other.id, sub: other.id })
  const answer = await client.post('token_endpoint', form, { assertion, form })
  refused(answer, ['invalid_client', 'invalid_grant'])
})
module('ensure-holder-of-key-required', [...BOTH, 'fapi2-mtls'], async (client) => {
  const got = await authorized(client)
  const answer = await client.post('token_endpoint', codeForm(client, got), {
    proof: null,
    ...(client.proves ? {} : { certificate: null }),
  })
  if (client.proves)
    refused(answer, ['invalid_request', 'invalid_grant', 'invalid_dpop_proof'], 400)
  else if (client.plan.variant['client_auth_type'] === 'mtls') refused(answer, CLIENT_ERRORS)
  else refused(answer, ['invalid_request', 'invalid_grant', 'invalid_client'])
})
module('ensure-authorization-code-is-bound-to-client', BOTH, async (client, other) => {
  const got = await authorized(client)
  refused(await other.post('token_endpoint', codeForm(client, got)), ['invalid_grant'], 400)
})
module('attempt-reuse-authorization-code-after-one-second', BOTH, async (client) => {
  const got = await authorized(client)
  const first = await client.post('token_endpoint', codeForm(client, got))
  const { token } = await tokensOf(client, first, got.params)
  assert.equal((await client.read(token)).status, 200)
  const second = await client.post('token_endpoint', codeForm(client, got))
  refused(second, ['invalid_grant'], 400)
  // RFC 6749 §4.1.2: what was given for it is no good any more, at once.
  const read = await client.read(token)
  assert.ok(read.status >= 400 && read.status < 500, String(read.status))
})

const spoilt = (): (readonly [string, Readonly<Record<string, unknown>>])[] => [
  ['without sub', { sub: undefined }],
  ['with another sub', { sub: 'wrong-sub-value' }],
  ['without iss', { iss: undefined }],
  ['with another iss', { iss: 'wrong-issuer-value' }],
  ['without aud', { aud: undefined }],
  ['with an aud of nobody', { aud: 'https://fapidev-rs.authlete.net/api/userinfo' }],
  ['that ended', { exp: now() - 300 }],
  ['from the future', { iat: now() + 70, nbf: now() + 70, exp: now() + 130 }],
]
module('ensure-invalid-client-assertions-fail', KEYS, async (client) => {
  const { params } = await client.request()
  const metadata = (name: string): string => String(client.metadata[name])
  const cases: (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ...spoilt(),
    ['for the PAR endpoint', { aud: metadata('pushed_authorization_request_endpoint') }],
    ['for the token endpoint', { aud: metadata('token_endpoint') }],
    ['for a list', { aud: [client.issuer, metadata('token_endpoint')] }],
  ]
  for (const [what, claims] of cases) {
    const answer = await client.push(params, { assertion: await client.assertion('', claims) })
    assert.ok(answer.status >= 400, what)
    refused(answer, CLIENT_ERRORS)
  }
  const good = await client.assertion('')
  const [head = '', body = '', signature = ''] = good.split('.')
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
  const other = Buffer.from(signature, 'base64url').map((byte) => byte ^ 0x5a)
  for (const assertion of [
    null,
    `${none}.${body}.`,
    `${head}.${body}.${Buffer.from(other).toString('base64url')}`,
    await client.signRs256(decodeJwt(await client.assertion(''))),
  ])
    refused(await client.push(params, { assertion, form: { client_id: client.id } }), CLIENT_ERRORS)
  for (const type of ['', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'])
    refused(await client.push(params, { form: { client_assertion_type: type } }), CLIENT_ERRORS)
  const ahead = await client.assertion('', { iat: now() + 8, nbf: now() + 8 })
  await pushed(client, params, { assertion: ahead })
  await pushed(client, params)
})
for (const [name, claims] of [
  ['ensure-client-assertion-with-no-sub-fails', { sub: undefined }],
  ['ensure-client-assertion-with-exp-is-5-minutes-in-past-fails', { exp: now() - 300 }],
  ['ensure-client-assertion-with-wrong-aud-fails', { aud: 'https://www.other1.example.com/' }],
] as const)
  module(name, KEYS, async (client) => {
    const got = await authorized(client)
    const assertion = await client.assertion('', claims)
    const answer = await client.post('token_endpoint', codeForm(client, got), { assertion })
    refused(answer, ['invalid_client'])
  })
module('ensure-signed-client-assertion-with-RS256-fails', KEYS, async (client) => {
  const got = await authorized(client)
  const assertion = await client.signRs256(decodeJwt(await client.assertion('')))
  refused(await client.post('token_endpoint', codeForm(client, got), { assertion }), [
    'invalid_client',
  ])
})
module('ensure-client-assertion-in-token-endpoint', KEYS, async (client) => {
  const got = await authorized(client)
  const form = { ...codeForm(client, got), client_id: client.id }
  refused(await client.post('token_endpoint', form, { assertion: null }), CLIENT_ERRORS)
})
module(
  'par-ensure-jwt-client-assertion-nbf-8-seconds-in-the-future-is-accepted',
  KEYS,
  async (client) => {
    const { params } = await client.request()
    const assertion = await client.assertion('', { iat: now() + 8, nbf: now() + 8 })
    await pushed(client, params, { assertion })
  },
)
module(
  'par-ensure-jwt-client-assertion-nbf-over-60-seconds-in-the-future-fails',
  KEYS,
  async (client) => {
    const { params } = await client.request()
    const at = now() + 70
    const assertion = await client.assertion('', { iat: at, nbf: at, exp: at + 60 })
    refused(await client.push(params, { assertion }), CLIENT_ERRORS)
  },
)
for (const [name, audience] of [
  [
    'par-test-array-as-audience-fails',
    (client: SuiteClient) => [client.issuer, client.metadata['token_endpoint']],
  ],
  [
    'par-test-pushed-authorization-url-as-audience-fails',
    (client: SuiteClient) => client.metadata['pushed_authorization_request_endpoint'],
  ],
  [
    'par-test-token-endpoint-url-as-audience-fails',
    (client: SuiteClient) => client.metadata['token_endpoint'],
  ],
] as const)
  module(name, KEYS, async (client) => {
    const { params } = await client.request()
    const assertion = await client.assertion('', { aud: audience(client) })
    refused(await client.push(params, { assertion }), CLIENT_ERRORS)
  })

module('refresh-token', [...BOTH, 'fapi2-mtls'], async (client, other) => {
  assert.ok(client.metadata['grant_types_supported'])
  const form = (refreshToken: string) => ({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    scope: client.printed.scope,
  })
  const first = await granted(client)
  assert.match(first.refreshToken, /^[\x20-\x7E]+$/)
  const answer = await client.post('token_endpoint', form(first.refreshToken))
  assert.equal(answer.status, 200, answer.text)
  assert.notEqual(answer.body['access_token'], first.token)
  if (answer.body['id_token'] !== undefined) {
    const [old, fresh] = [first.answer, answer].map(({ body }) =>
      decodeJwt(String(body['id_token'])),
    )
    for (const name of ['iss', 'sub', 'aud', 'auth_time'])
      assert.deepEqual(fresh?.[name], old?.[name])
  }
  assert.equal((await client.read(String(answer.body['access_token']))).status, 200)
  const anybody = await client.post('token_endpoint', form(first.refreshToken), {
    assertion: null,
    ...(client.plan.variant['client_auth_type'] === 'mtls' ? { certificate: null } : {}),
  })
  refused(anybody, ['invalid_client', 'invalid_grant', 'invalid_request'])
  const unproven = await client.post('token_endpoint', form(first.refreshToken), {
    proof: null,
    ...(client.proves ? {} : { certificate: null }),
  })
  if (client.proves)
    refused(unproven, ['invalid_request', 'invalid_grant', 'invalid_dpop_proof'], 400)
  else refused(unproven, ['invalid_client', 'invalid_grant', 'invalid_request'])
  const second = await granted(other)
  refused(await client.post('token_endpoint', form(second.refreshToken)), ['invalid_grant'], 400)
})

module('par-ensure-reused-request-uri-prior-to-auth-completion-succeeds', BOTH, async (client) => {
  const name = `${PREFIX}-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds`
  const override = client.plan.configuration.override?.[name]
  const asked = await SuiteClient.of(run, client.plan.name, 1, override?.client)
  const { params, verifier } = await asked.request()
  const { requestUri } = await pushed(asked, params)
  const url = asked.authorizeUrl(requestUri, said(params))
  const used = new Map<object, number>()
  const browser = new SuiteBrowser(run)
  const first = await browser.play(url, override?.browser, used)
  assert.ok(!(first instanceof URL))
  assert.equal(first.status, 200, 'a page, and nobody logs in')
  const end = await browser.play(url, override?.browser, used)
  const response = await responseOf(asked, end)
  answered(asked, { params, response })
  const form = codeForm(asked, { response, verifier })
  const { token } = await tokensOf(asked, await asked.post('token_endpoint', form), params)
  assert.equal((await asked.read(token)).status, 200)
})
module('par-attempt-reuse-request_uri', BOTH, async (client) => {
  const { requestUri, params } = await authorized(client)
  for (const more of [said(params), {}]) {
    const again = await new SuiteBrowser(run).open(client.authorizeUrl(requestUri, more))
    wrong(again, ['invalid_request_uri'])
  }
})
module('par-attempt-to-use-request_uri-for-different-client', BOTH, async (client, other) => {
  const { params } = await client.request()
  const { requestUri } = await pushed(client, params)
  const { redirect_uri: _, ...more } = said(params)
  const end = await new SuiteBrowser(run).open(other.authorizeUrl(requestUri, more))
  wrong(end, ['invalid_request', 'invalid_request_object', 'invalid_request_uri'])
  // With the address of the first client it is a page, of which the suite takes a picture.
  const page = await new SuiteBrowser(run).open(other.authorizeUrl(requestUri, said(params)))
  assert.ok(!(page instanceof URL))
  wrong(page, ['invalid_redirect_uri'])
})
module('par-authorization-request-containing-request_uri-form-param', BOTH, async (client) => {
  const { params } = await client.request()
  const answer = await client.push(params, {
    form: { request_uri: 'urn:fdc:authlete.com:E2ooXxELkEFSKR90ymYV-BbwAvCC2TozHfSb_mMCw2s' },
  })
  refused(answer, ['invalid_request', 'invalid_request_object', 'request_uri_not_supported'], 400)
})
module('par-attempt-invalid-http-method', BOTH, async (client) => {
  const { params } = await client.request()
  const { status } = await client.push(params, { method: 'PUT' })
  assert.ok(status >= 400 && status < 600, String(status))
})
module('par-ensure-pkce-required', BOTH, async (client) => {
  const { params } = await client.request({
    code_challenge: undefined,
    code_challenge_method: undefined,
  })
  refused(await client.push(params), ['invalid_request'], 400)
})
module('par-plain-pkce-rejected', BOTH, async (client) => {
  const { params } = await client.request({
    code_challenge: randomBytes(32).toString('base64url'),
    code_challenge_method: 'plain',
  })
  refused(await client.push(params), ['invalid_request'], 400)
})
module('ensure-pkce-code-verifier-required', BOTH, async (client) => {
  const { code_verifier: _, ...form } = codeForm(client, await authorized(client))
  refused(await client.post('token_endpoint', form), ['invalid_grant'], 400)
})
module('incorrect-pkce-code-verifier-rejected', BOTH, async (client) => {
  const form = codeForm(client, await authorized(client))
  const code_verifier = createHash('sha256').update(form.code).digest('base64url')
  refused(await client.post('token_endpoint', { ...form, code_verifier }), ['invalid_grant'], 400)
})
module('par-without-duplicate-parameters', BOTH, async (client) => {
  const { token } = await granted(client, {}, { redirect: {} })
  assert.equal((await client.read(token)).status, 200)
})

test('modules.md lists what is played here', () => {
  isListed('FAPI 2.0 Security Profile Final', played)
})
