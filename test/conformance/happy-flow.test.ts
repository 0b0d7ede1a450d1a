/** Every plan and variant with both clients: discovery, pushed request, customer, token, resource behind the gateway. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { authorized, granted, responseOf, tokensOf } from './flow.ts'
import { type Run, startRun, SuiteBrowser, SuiteClient } from './run.ts'

const CODED = [
  'fapi2-dpop',
  'fapi2-mtls',
  'fapi2-mtls-mtls',
  'fapi2-mtls-dpop',
  'fapi2-rar',
  'fapi2-oauth',
  'signing-dpop',
  'signing-mtls',
  'signing-mtls-mtls',
  'signing-plain',
  'fapi1-mtls',
  'fapi1-key',
]
let run: Run
before(async () => {
  run = await startRun()
})
after(() => run.stop())

for (const name of CODED)
  test(`${name}: happy flow with two clients, refresh, and the resource`, async () => {
    for (const which of [1, 2] as const) {
      const client = await SuiteClient.of(run, name, which)
      const { token, refreshToken } = await granted(client)
      const read = await client.read(token)
      assert.equal(read.status, 200, read.text)
      assert.match(read.headers.get('content-type') ?? '', /^application\/json/)
      assert.ok(read.headers.get('date'))
      assert.match(read.headers.get('x-fapi-interaction-id') ?? '', /^[0-9a-f-]{36}$/)
      assert.match(read.text, /"AccountId":"22289"/)
      const refreshed = await client.post('token_endpoint', {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
      })
      assert.equal(refreshed.status, 200, refreshed.text)
      assert.equal(
        refreshed.body['refresh_token'] ?? refreshToken,
        refreshToken,
        '5.3.2.1-9: not rotated',
      )
      const again = await client.read(String(refreshed.body['access_token']))
      assert.equal(again.status, 200, again.text)
    }
  })

test('user-rejects-authentication: the client whose customer says no hears access_denied', async () => {
  for (const name of ['fapi2-dpop', 'signing-dpop', 'fapi1-mtls']) {
    const { plan, configuration } = run.plan(name)
    const prefix = plan.startsWith('fapi1')
      ? 'fapi1-advanced-final'
      : 'fapi2-security-profile-final'
    const other = configuration.override?.[`${prefix}-user-rejects-authentication`]?.client
    assert.ok(other)
    const client = await SuiteClient.of(run, name, 1, other)
    const { response, params } = await authorized(client)
    assert.equal(response['error'], 'access_denied')
    assert.equal(response['state'], params['state'])
    assert.equal(response['iss'], client.issuer)
    assert.equal(response['code'], undefined)
  }
})

test('par-ensure-reused-request-uri-prior-to-auth-completion-succeeds: a page that was opened uses nothing up', async () => {
  const module =
    'fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds'
  const other = run.plan('fapi2-dpop').configuration.override?.[module]?.client
  assert.ok(other)
  const client = await SuiteClient.of(run, 'fapi2-dpop', 1, other)
  const { params } = await client.request()
  const { body } = await client.push(params)
  const url = client.authorizeUrl(String(body['request_uri']))
  for (let visit = 0; visit < 2; visit++) {
    const page = await new SuiteBrowser(run).open(url)
    assert.ok(!(page instanceof URL))
    assert.equal(page.status, 200)
    // The browser commands of the configuration find what they click.
    for (const part of ['id="username"', 'id="password"', 'class="main"'])
      assert.ok(page.text.includes(part), part)
  }
})

test('par-attempt-reuse-request_uri: after the answer it is used up, and the page says so', async () => {
  const client = await SuiteClient.of(run, 'fapi2-dpop')
  const { requestUri } = await authorized(client)
  const page = await new SuiteBrowser(run).open(client.authorizeUrl(requestUri))
  assert.ok(!(page instanceof URL))
  assert.equal(page.status, 400)
  assert.match(page.text, /<code>invalid_request_uri<\/code>/)
  assert.equal(page.headers.get('access-control-allow-origin'), null)
})

test('par-attempt-to-use-request_uri-for-different-client: nobody else opens it', async () => {
  const client = await SuiteClient.of(run, 'fapi2-dpop')
  const other = await SuiteClient.of(run, 'fapi2-dpop', 2)
  const { params } = await client.request()
  const { body } = await client.push(params)
  const page = await new SuiteBrowser(run).open(other.authorizeUrl(String(body['request_uri'])))
  assert.ok(!(page instanceof URL))
  assert.match(page.text, /<code>invalid_request(?:_uri|_object)?<\/code>/)
})

test('state, nonce, scope order, claims: as they were asked for', async () => {
  const client = await SuiteClient.of(run, 'fapi2-dpop')
  const long = 's'.repeat(1_024)
  for (const changes of [
    { state: undefined },
    { nonce: undefined },
    { nonce: 'n'.repeat(64) },
    { state: long },
    { scope: 'accounts openid' },
    { claims: '{"id_token":{"auth_time":{"essential":true}}}' },
  ]) {
    const { token } = await granted(client, changes)
    assert.equal((await client.read(token)).status, 200, JSON.stringify(changes))
  }
})

test('access-token-type-header-case-sensitivity: the scheme is not a matter of letters', async () => {
  for (const [name, schemes] of [
    ['fapi2-dpop', ['dpop', 'DPOP', 'dPoP']],
    ['fapi2-mtls', ['bearer', 'BEARER', 'bEaReR']],
  ] as const) {
    const client = await SuiteClient.of(run, name)
    const { token } = await granted(client)
    for (const scheme of schemes) {
      const proof = client.proves ? await client.resourceProof(token) : null
      assert.equal((await client.resource(token, { scheme, proof })).status, 200, scheme)
    }
  }
})

test('the second client of a plan cannot take what is the first one’s', async () => {
  const client = await SuiteClient.of(run, 'fapi2-mtls')
  const other = await SuiteClient.of(run, 'fapi2-mtls', 2)
  const { verifier, response } = await authorized(client)
  const form = {
    grant_type: 'authorization_code',
    code: String(response['code']),
    redirect_uri: client.redirectUri,
    code_verifier: verifier,
  }
  const stolen = await other.post('token_endpoint', form)
  assert.equal(stolen.status, 400)
  assert.equal(stolen.body['error'], 'invalid_grant')
  const own = await tokensOf(client, await client.post('token_endpoint', form), {}).catch(
    () => undefined,
  )
  assert.equal(own, undefined, 'the nonce is not compared here, or the code went with the attempt')
  const { refreshToken } = await granted(client)
  const refreshed = await other.post('token_endpoint', {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
  })
  assert.equal(refreshed.body['error'], 'invalid_grant')
  const { params } = await client.request()
  const { body } = await client.push(params)
  const end = await new SuiteBrowser(run).open(client.authorizeUrl(String(body['request_uri'])))
  assert.ok((await responseOf(client, end))['code'])
})
