/** Holder of key by certificate (RFC 8705), at the token endpoint and at the gateway: FAPI 2 with mTLS, FAPI 1, CIBA. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { authorized, granted } from './flow.ts'
import { type Run, startRun, SuiteClient } from './run.ts'

let run: Run
before(async () => {
  run = await startRun()
})
after(() => run.stop())

for (const name of ['fapi2-mtls', 'fapi2-mtls-mtls', 'fapi1-mtls', 'fapi1-key']) {
  test(`${name}: the token opens the resource with the certificate of its client alone`, async () => {
    const client = await SuiteClient.of(run, name)
    const { token } = await granted(client)
    const none = await client.resource(token, { certificate: null })
    assert.equal(none.status, 401)
    assert.match(none.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
    const other = client.plan.configuration.mtls2
    assert.equal((await client.resource(token, { certificate: other })).status, 401, 'of another')
    assert.equal((await client.resource(token)).status, 200, 'its own')
    assert.equal((await client.resource(token, { scheme: 'DPoP' })).status, 401, 'as DPoP')
  })

  test(`${name}: no token without the certificate, whoever brings the code`, async () => {
    const client = await SuiteClient.of(run, name)
    const { response, verifier } = await authorized(client)
    const form = {
      grant_type: 'authorization_code',
      code: String(response['code']),
      redirect_uri: client.redirectUri,
      code_verifier: verifier,
    }
    const none = await client.post('token_endpoint', form, { certificate: null })
    assert.ok(none.status === 400 || none.status === 401)
    assert.match(String(none.body['error']), /^invalid_(?:request|grant|client)$/)
    assert.equal((await client.post('token_endpoint', form)).status, 200, 'and it is still good')
  })
}

test('tls_client_auth: the certificate of another client is not its own', async () => {
  const client = await SuiteClient.of(run, 'fapi2-mtls-mtls')
  const { params } = await client.request()
  const endpoint = 'pushed_authorization_request_endpoint'
  for (const certificate of [client.plan.configuration.mtls2, null]) {
    const answer = await client.post(endpoint, params, { certificate })
    assert.equal(answer.status, 401)
    assert.equal(answer.body['error'], 'invalid_client')
  }
})

test('RFC 8705 5: certificates are asked for at the aliases, and no browser ever is', async () => {
  const { server } = run.output
  const metadata = (await run.ask(server.discoveryUrl)).body
  const aliases = Object(metadata['mtls_endpoint_aliases']) as Record<string, string> // sound: texts by RFC 8705
  assert.ok(Object.keys(aliases).length >= 5)
  for (const [name, alias] of Object.entries(aliases)) {
    assert.equal(new URL(alias).pathname, new URL(String(metadata[name])).pathname)
    assert.notEqual(new URL(alias).origin, run.output.issuer)
  }
  const at = new URL(String(aliases['token_endpoint'])).origin
  for (const path of [
    '/authorize',
    '/.well-known/openid-configuration',
    '/permissions',
    '/interaction/x',
  ])
    assert.equal((await run.ask(`${at}${path}`)).status, 404, path)
})
