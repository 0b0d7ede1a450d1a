/** The whole journey with `oauth4webapi`, a client written to the standards by others: discovery, PAR, DPoP, refresh, revocation. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as oauth from 'oauth4webapi'
import { API, Browser, ISSUER, makeClient, REDIRECT, thumbprint } from './client.ts'
import { CUSTOMER, startRig } from './rig.ts'

test('a client of the standards gets a bound token, refreshes it, and ends it', async (t) => {
  const third = await makeClient('tpp')
  const { ask, ended } = await startRig(t, { testClients: [third] })
  // The server's https name leads to its loopback port; nothing else of the client is touched.
  const options = {
    [oauth.customFetch]: (url: string, init: object) => ask(url, init),
  }
  const issuer = new URL(ISSUER)
  const as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options }),
  )
  const client: oauth.Client = { client_id: 'tpp' }
  const authentication = oauth.PrivateKeyJwt({
    key: third.key.privateKey,
    kid: String(third.key.jwk.kid),
  })
  const keyPair = {
    privateKey: third.proofKey.privateKey,
    publicKey: await crypto.subtle.importKey(
      'jwk',
      third.proofKey.open,
      { name: 'ECDSA', namedCurve: 'P-256' },
      true,
      ['verify'],
    ),
  }
  const DPoP = oauth.DPoP(client, keyPair)

  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const params = new URLSearchParams({
    client_id: 'tpp',
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'openid accounts',
    resource: API,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const pushed = await oauth.processPushedAuthorizationResponse(
    as,
    client,
    await oauth.pushedAuthorizationRequest(as, client, authentication, params, {
      DPoP,
      ...options,
    }),
  )
  assert.ok(pushed.expires_in < 600)
  const query = new URLSearchParams({ client_id: 'tpp', request_uri: pushed.request_uri })
  const end = await new Browser(ask).follow(
    `${new URL(String(as.authorization_endpoint)).pathname}?${query}`,
  )
  assert.ok(end instanceof URL)
  const answer = oauth.validateAuthResponse(as, client, end, state)

  const tokens = await oauth.processAuthorizationCodeResponse(
    as,
    client,
    await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      answer,
      REDIRECT,
      verifier,
      { DPoP, ...options },
    ),
  )
  assert.equal(tokens.token_type, 'dpop')
  assert.equal(tokens.expires_in, 300)
  assert.equal(decodeProtectedHeader(tokens.access_token).typ, 'at+jwt')
  const claims = decodeJwt(tokens.access_token)
  assert.equal(claims.iss, ISSUER)
  assert.equal(claims.aud, API)
  assert.equal(claims.sub, CUSTOMER)
  assert.equal(claims['client_id'], 'tpp')
  assert.deepEqual(claims['cnf'], { jkt: await thumbprint(third.proofKey) })
  assert.equal(claims['scope'], 'accounts')
  assert.equal(claims['acr'], 'urn:openbanking:psd2:sca')
  assert.equal(typeof claims['auth_time'], 'number')
  const consent = String(claims['consent_id'])
  assert.match(consent, /^consent-/)
  assert.equal(Number(claims.exp) - Number(claims.iat), 300)

  const again = await oauth.processRefreshTokenResponse(
    as,
    client,
    await oauth.refreshTokenGrantRequest(as, client, authentication, String(tokens.refresh_token), {
      DPoP,
      ...options,
    }),
  )
  assert.equal(again.refresh_token, tokens.refresh_token, 'FAPI 2.0 SP 5.3.2.1-9: no rotation')
  assert.equal(decodeJwt(again.access_token)['consent_id'], consent)

  assert.deepEqual(ended, [])
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(
      as,
      client,
      authentication,
      String(tokens.refresh_token),
      options,
    ),
  )
  assert.deepEqual(ended, [consent], 'gateways are told that the consent has ended')
  const response = await oauth.refreshTokenGrantRequest(
    as,
    client,
    authentication,
    String(tokens.refresh_token),
    { DPoP, ...options },
  )
  await assert.rejects(oauth.processRefreshTokenResponse(as, client, response), {
    error: 'invalid_grant',
  })
})

test('FAPI 2.0 Message Signing: it signs its request, and believes the signed answer', async (t) => {
  const third = await makeClient('tpp', { require_signed_request_object: true })
  const { ask } = await startRig(t, { testClients: [third] })
  const options = { [oauth.customFetch]: (url: string, init: object) => ask(url, init) }
  const issuer = new URL(ISSUER)
  const as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options }),
  )
  const client: oauth.Client = { client_id: 'tpp' }
  const key = { key: third.key.privateKey, kid: String(third.key.jwk.kid) }
  const authentication = oauth.PrivateKeyJwt(key)
  const state = oauth.generateRandomState()
  const asked = {
    client_id: 'tpp',
    response_type: 'code',
    response_mode: 'jwt',
    redirect_uri: REDIRECT,
    scope: 'openid accounts',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier()),
    code_challenge_method: 'S256',
  }
  const push = async (params: URLSearchParams) =>
    oauth.processPushedAuthorizationResponse(
      as,
      client,
      await oauth.pushedAuthorizationRequest(as, client, authentication, params, options),
    )
  await assert.rejects(push(new URLSearchParams(asked)), { error: 'invalid_request', status: 400 })
  const request = await oauth.issueRequestObject(as, client, new URLSearchParams(asked), key)
  const pushed = await push(new URLSearchParams({ client_id: 'tpp', request }))
  const query = new URLSearchParams({ client_id: 'tpp', request_uri: pushed.request_uri })
  const end = await new Browser(ask).follow(
    `${new URL(String(as.authorization_endpoint)).pathname}?${query}`,
  )
  assert.ok(end instanceof URL)
  const answer = await oauth.validateJwtAuthResponse(as, client, end, state, options)
  assert.ok(answer.get('code'))
  assert.equal(answer.get('iss'), ISSUER)
  const [head = '', body = '', signature = ''] = String(end.searchParams.get('response')).split('.')
  const other = Buffer.from(signature, 'base64url').map((byte) => byte ^ 0x5a)
  end.searchParams.set('response', `${head}.${body}.${Buffer.from(other).toString('base64url')}`)
  await assert.rejects(oauth.validateJwtAuthResponse(as, client, end, state, options))
})
