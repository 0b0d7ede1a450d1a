/** The modules of FAPI 1.0 Advanced Final with pushed requests and JARM, each by the name that the suite gives it. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { SuiteBrowser } from './browser.ts'
import { refused, wrong } from './checks.ts'
import { answered, authorized, codeForm, granted, pushed, said, tokensOf } from './flow.ts'
import { now, type Objected, type Run, startRun, SuiteClient } from './run.ts'
import { isListed } from './table.ts'

const KEY = ['fapi1-key']
const BOTH = [...KEY, 'fapi1-mtls']
const PREFIX = 'fapi1-advanced-final'
const INVALID = ['invalid_request', 'invalid_request_object']
const HOUR = 3600
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
    const title = `${PREFIX}${name === '' ? '' : '-'}${name}: ${plan}`
    played.push(title)
    test(title, async () => {
      await plays(await SuiteClient.of(run, plan), await SuiteClient.of(run, plan, 2))
    })
  }
}
/** A pushed request that must be refused. */
function spoilt(
  name: string,
  object: (client: SuiteClient, other: SuiteClient) => Objected,
  codes: readonly string[] = ['invalid_request_object'],
): void {
  module(name, BOTH, async (client, other) => {
    const { params } = await client.request()
    refused(await client.push(params, { object: object(client, other) }), codes, 400)
  })
}

module('discovery-end-point-verification', BOTH, async (client) => {
  const says = (name: string): readonly unknown[] => {
    const value = client.metadata[name]
    assert.ok(Array.isArray(value), name)
    return value
  }
  assert.ok(says('response_types_supported').includes('code'))
  assert.ok(says('response_modes_supported').includes('jwt'))
  assert.equal(client.metadata['require_pushed_authorization_requests'], true)
  assert.equal(client.metadata['tls_client_certificate_bound_access_tokens'], true)
  assert.ok(says('grant_types_supported').includes('authorization_code'))
  for (const name of ['token_endpoint_auth', 'request_object', 'id_token', 'authorization'])
    for (const alg of ['PS256', 'ES256'])
      assert.ok(says(`${name}_signing_alg_values_supported`).includes(alg), name)
})
module('', BOTH, async (client, other) => {
  const { token, answer } = await granted(client)
  assert.equal(decodeProtectedHeader(String(answer.body['id_token'])).alg, 'PS256')
  const read = await client.read(token, {
    headers: {
      'x-fapi-auth-date': new Date().toUTCString(),
      'x-fapi-customer-ip-address': '198.51.100.119',
      'x-fapi-interaction-id': 'c770aef3-6784-41f7-8E0e-fF5F97bDDB3a',
    },
  })
  assert.equal(read.status, 200, read.text)
  assert.match(read.headers.get('content-type') ?? '', /^application\/json/)
  assert.match(read.headers.get('x-fapi-interaction-id') ?? '', /^c770aef3-/)
  const second = await granted(other, {
    state: randomBytes(64).toString('hex'),
    nonce: randomBytes(32).toString('base64url'),
  })
  // Without a name of its own it is given one (FAPI 1.0 Baseline §6.2.1-11).
  const own = await other.read(second.token)
  assert.equal(own.status, 200)
  assert.match(own.headers.get('x-fapi-interaction-id') ?? '', /^[0-9a-f-]{36}$/)
  const foreign = await client.read(second.token)
  assert.ok(foreign.status >= 400 && foreign.status < 500, String(foreign.status))
})
module('user-rejects-authentication', BOTH, async ({ plan }) => {
  const rejects = plan.configuration.override?.[`${PREFIX}-user-rejects-authentication`]
  for (const which of [1, 2] as const) {
    const client = await SuiteClient.of(
      run,
      plan.name,
      which,
      which === 1 ? rejects?.client : rejects?.client2,
    )
    const { params, response } = await authorized(client, {
      state: randomBytes(64).toString('hex'),
    })
    assert.equal(response['error'], 'access_denied')
    assert.equal(response['state'], params['state'])
  }
})
module('ensure-request-object-with-multiple-aud-succeeds', BOTH, async (client) => {
  const claims = { aud: [client.issuer, 'https://other1.example.com', 'invalid'] }
  const { token } = await granted(client, {}, { push: { object: { claims } }, redirect: {} })
  assert.equal((await client.read(token)).status, 200)
})
module('ensure-authorization-request-without-state-success', BOTH, async (client) => {
  const got = await authorized(client, { state: undefined })
  assert.equal('state' in got.response, false)
  answered(client, got)
  const answer = await client.post('token_endpoint', codeForm(client, got))
  const { body } = (await tokensOf(client, answer, got.params)).answer
  assert.equal(decodeJwt(String(body['id_token']))['s_hash'], undefined)
})
module('ensure-other-scope-order-succeeds', BOTH, async (client) => {
  await granted(client, { scope: client.printed.scope.split(' ').reverse().join(' ') })
})
module('access-token-type-header-case-sensitivity', BOTH, async (client) => {
  const { token } = await granted(client)
  for (const scheme of ['bEARER', 'bearer'])
    assert.equal((await client.read(token, { scheme })).status, 200)
})
module('ensure-response-mode-query', BOTH, async (client) => {
  const { params } = await client.request({ response_mode: 'query' })
  refused(await client.push(params), INVALID, 400)
})
module('ensure-different-nonce-inside-and-outside-request-object', BOTH, async (client) => {
  const { params } = await client.request()
  await granted(client, {}, { redirect: { ...said(params), nonce: 'abcdefghij' } })
})
module('ensure-registered-redirect-uri', BOTH, async (client) => {
  const { params } = await client.request({ redirect_uri: `${client.redirectUri}/abcdefghij` })
  refused(await client.push(params), INVALID, 400)
})
module('ensure-request-object-with-long-nonce', BOTH, async (client) => {
  await granted(client, { nonce: 'a'.repeat(380) + '-._~' })
})
module('ensure-request-object-with-64-char-nonce-success', BOTH, async (client) => {
  await granted(client, { nonce: randomBytes(48).toString('base64url') })
})
module('ensure-request-object-with-long-state', BOTH, async (client) => {
  await granted(client, { state: 's'.repeat(996) + '-._~' })
})

spoilt('ensure-request-object-without-exp-fails', () => ({ claims: { exp: undefined } }))
spoilt('ensure-request-object-without-nbf-fails', () => ({ claims: { nbf: undefined } }))
spoilt(
  'ensure-request-object-without-scope-fails',
  () => ({ claims: { scope: undefined } }),
  INVALID,
)
spoilt(
  'ensure-request-object-without-nonce-fails',
  () => ({ claims: { nonce: undefined } }),
  INVALID,
)
spoilt(
  'ensure-request-object-without-redirect-uri-fails',
  () => ({ claims: { redirect_uri: undefined } }),
  INVALID,
)
spoilt('ensure-expired-request-object-fails', () => ({ claims: { exp: now() - HOUR } }))
spoilt('ensure-request-object-with-bad-aud-fails', () => ({
  claims: { aud: 'https://www.other1.example.com/' },
}))
spoilt('ensure-request-object-with-exp-over-60-fails', () => ({ claims: { exp: now() + 4200 } }))
spoilt('ensure-request-object-with-nbf-over-60-fails', () => ({ claims: { nbf: now() - 4200 } }))
spoilt('ensure-signed-request-object-with-RS256-fails', (client) => ({
  sign: (claims) => client.signRs256(claims),
}))
spoilt('ensure-request-object-signature-algorithm-is-not-none', () => ({
  sign: (claims) =>
    Promise.resolve(
      `${[{ alg: 'none' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')}.`,
    ),
}))
spoilt('ensure-request-object-with-invalid-signature-fails', (client) => ({
  async sign(claims) {
    const [head = '', body = '', signature = ''] = (await client.sign(claims)).split('.')
    const other = Buffer.from(signature, 'base64url').map((byte) => byte ^ 0x5a)
    return `${head}.${body}.${Buffer.from(other).toString('base64url')}`
  },
}))
spoilt(
  'ensure-matching-key-in-authorization-request',
  (_, other) => ({ sign: (claims) => other.sign(claims) }),
  INVALID,
)
spoilt('par-pushed-authorization-url-as-audience-in-request-object', (client) => ({
  claims: { aud: client.metadata['pushed_authorization_request_endpoint'] },
}))
spoilt('par-authorization-request-containing-request_uri', () => ({
  claims: { request_uri: 'urn%3Aexample%3Abwc4JK-ESC0w8acc191e-Y1LTC2' },
}))
spoilt(
  'par-attempt-invalid-redirect_uri',
  () => ({ claims: { redirect_uri: 'https://junk.io/junk/callback' } }),
  INVALID,
)
module('state-only-outside-request-object-not-used', BOTH, async (client) => {
  const { params } = await client.request()
  const redirect = { ...said(params), state: 'abcdefghij' }
  const { response } = await authorized(client, { state: undefined }, { redirect })
  assert.equal('state' in response, false)
})
module('ensure-authorization-request-without-request-object-fails', BOTH, async (client) => {
  const { params } = await client.request()
  const url = new URL(String(client.metadata['authorization_endpoint']))
  for (const [key, value] of Object.entries(params)) url.searchParams.set(key, value)
  const end = await new SuiteBrowser(run).open(url.href)
  const jwt = end instanceof URL ? end.searchParams.get('response') : null
  if (jwt === null) return wrong(end, ['invalid_request'])
  assert.equal(decodeJwt(jwt)['error'], 'invalid_request')
  assert.equal(decodeJwt(jwt)['state'], params['state'])
})
module('ensure-redirect-uri-in-authorization-request', BOTH, async (client) => {
  const { params } = await client.request({ redirect_uri: undefined })
  refused(await client.push(params), INVALID, 400)
})
module('ensure-response-type-code-fails', BOTH, async (client) => {
  // Without the signed answer that FAPI 1 asks for with it.
  const { params } = await client.request({ response_mode: undefined })
  refused(
    await client.push(params),
    ['unsupported_response_type', 'invalid_request', 'unauthorized_client'],
    400,
  )
})

module('ensure-client-id-in-token-endpoint', BOTH, async (client, other) => {
  const got = await authorized(client)
  const form = { ...codeForm(client, got), client_id: other.id }
  const assertion = await client.assertion(client.endpoint('token_endpoint'), {
    iss: other.id,
    sub: other.id,
  })
  refused(await client.post('token_endpoint', form, { assertion, form }), [
    'invalid_client',
    'invalid_grant',
  ])
})
module('ensure-mtls-holder-of-key-required', BOTH, async (client) => {
  const form = codeForm(client, await authorized(client))
  const answer = await client.post('token_endpoint', form, { certificate: null })
  refused(answer, ['invalid_client', 'invalid_request', 'invalid_grant'])
})
module('ensure-authorization-code-is-bound-to-client', BOTH, async (client, other) => {
  const form = codeForm(client, await authorized(client))
  refused(await other.post('token_endpoint', form), ['invalid_grant'], 400)
})
module('attempt-reuse-authorisation-code-after-one-second', BOTH, async (client) => {
  const got = await authorized(client)
  const first = await client.post('token_endpoint', codeForm(client, got))
  const { token } = await tokensOf(client, first, got.params)
  refused(await client.post('token_endpoint', codeForm(client, got)), ['invalid_grant'], 400)
  const read = await client.read(token)
  assert.ok(read.status >= 400 && read.status < 500, String(read.status))
})

const SPOILT: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'with-wrong-iss': { iss: 'wrong-issuer-value' },
  'with-wrong-sub': { sub: 'wrong-sub-value' },
  'with-wrong-aud': { aud: 'https://fapidev-rs.authlete.net/api/userinfo' },
  'with-no-sub': { sub: undefined },
  'with-exp-is-5-minutes-in-past': { exp: now() - 300 },
}
for (const [how, claims] of Object.entries(SPOILT)) {
  module(`ensure-client-assertion-${how}-fails`, KEY, async (client) => {
    const form = codeForm(client, await authorized(client))
    const assertion = await client.assertion(client.endpoint('token_endpoint'), claims)
    refused(await client.post('token_endpoint', form, { assertion }), ['invalid_client'])
  })
  if (!how.startsWith('with-wrong')) continue
  module(`par-ensure-client-assertion-${how}-fails`, KEY, async (client) => {
    const { params } = await client.request()
    const assertion = await client.assertion(client.issuer, claims)
    refused(await client.push(params, { assertion }), ['invalid_client', 'invalid_request'])
  })
}
module('ensure-signed-client-assertion-with-RS256-fails', KEY, async (client) => {
  const form = codeForm(client, await authorized(client))
  const claims = decodeJwt(await client.assertion(client.endpoint('token_endpoint')))
  const assertion = await client.signRs256(claims)
  refused(await client.post('token_endpoint', form, { assertion }), ['invalid_client'])
})
module('ensure-client-assertion-in-token-endpoint', KEY, async (client) => {
  const form = { ...codeForm(client, await authorized(client)), client_id: client.id }
  refused(await client.post('token_endpoint', form, { assertion: null }), [
    'invalid_client',
    'invalid_request',
  ])
})
module('ensure-client-assertion-with-iss-aud-succeeds', KEY, async (client) => {
  await granted(client, {}, {}, { assertion: await client.assertion(client.issuer) })
})
module('test-array-as-audience-for-client-JWT-assertion', KEY, async (client) => {
  const list = [client.issuer, client.metadata['token_endpoint']]
  const assertion = (): Promise<string> => client.assertion('', { aud: list })
  const push = { assertion: await assertion() }
  await granted(client, {}, { push }, { assertion: await assertion() })
})
for (const [name, endpoint] of [
  [
    'par-test-pushed-authorization-url-as-audience-for-client-JWT-assertion',
    'pushed_authorization_request_endpoint',
  ],
  ['par-token-endpoint-url-as-audience-for-client-JWT-assertion', 'token_endpoint'],
] as const)
  module(name, KEY, async (client) => {
    for (const audience of [client.endpoint(endpoint), String(client.metadata[endpoint])]) {
      const { params } = await client.request()
      await pushed(client, params, { assertion: await client.assertion(audience) })
    }
  })

module('refresh-token', BOTH, async (client, other) => {
  const form = (refreshToken: string) => ({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    scope: client.printed.scope,
  })
  const { refreshToken } = await granted(client)
  const fresh = await client.post('token_endpoint', form(refreshToken))
  assert.equal(fresh.status, 200, fresh.text)
  assert.equal((await client.read(String(fresh.body['access_token']))).status, 200)
  const without = await client.post('token_endpoint', form(refreshToken), { certificate: null })
  refused(without, ['invalid_client', 'invalid_request', 'invalid_grant'])
  const second = await granted(other)
  refused(await client.post('token_endpoint', form(second.refreshToken)), ['invalid_grant'], 400)
})
module(
  'par-ensure-reused-request-uri-prior-to-auth-completion-succeeds',
  BOTH,
  async ({ plan }) => {
    const name = `${PREFIX}-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds`
    const client = await SuiteClient.of(
      run,
      plan.name,
      1,
      plan.configuration.override?.[name]?.client,
    )
    const { params } = await client.request()
    const { requestUri } = await pushed(client, params)
    for (let visit = 0; visit < 2; visit++) {
      const page = await new SuiteBrowser(run).open(client.authorizeUrl(requestUri, said(params)))
      assert.ok(!(page instanceof URL))
      assert.equal(page.status, 200)
    }
  },
)
module('par-attempt-reuse-request_uri', BOTH, async (client) => {
  const { requestUri, params } = await authorized(client)
  const again = new SuiteBrowser(run).open(client.authorizeUrl(requestUri, said(params)))
  wrong(await again, ['invalid_request_uri'])
})
module('par-attempt-to-use-request_uri-for-different-client', BOTH, async (client, other) => {
  const { params } = await client.request()
  const { requestUri } = await pushed(client, params)
  const end = await new SuiteBrowser(run).open(other.authorizeUrl(requestUri))
  wrong(end, ['invalid_request_uri', ...INVALID])
})
module('par-authorization-request-containing-request_uri-form-param', BOTH, async (client) => {
  const { params } = await client.request()
  const form = {
    request_uri: 'urn:fdc:authlete.com:E2ooXxELkEFSKR90ymYV-BbwAvCC2TozHfSb_mMCw2s',
  }
  refused(await client.push(params, { form }), [...INVALID, 'request_uri_not_supported'], 400)
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
  isListed('FAPI 1.0 Advanced Final', played)
})
