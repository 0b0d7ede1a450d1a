/**
 * Another provider in the place of our own authorization server: Keycloak with its FAPI 2.0 DPoP profile enforced by its client policies.
 * The gateway finds its keys by discovery, reads the consent where the provider puts it, and ends a token by the feed. The client is
 * `oauth4webapi`: neither end of the conversation is ours.
 */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import * as oauth from 'oauth4webapi'
import { freePort } from '../support/free-port.ts'
import { type Keycloak, keycloakTest, startKeycloak } from '../support/peer-keycloak.ts'
import { until, up } from '../scenario/gateway-process.ts'
import { installation, type Installation } from '../scenario/installation.ts'
import { ACCOUNTS_SPEC } from '../scenario/invented-bank.ts'

const AUDIENCE = 'https://api.meadow.example'
const CUSTOMER = { username: 'amira', password: 'correct horse battery' }
const REDIRECT = 'https://third-party.example/callback'
const INSECURE = { [oauth.allowInsecureRequests]: true }
const TEXT = { 'access.token.claim': 'true', 'jsonType.label': 'String' }

const mapper = (name: string, protocolMapper: string, config: object): object => ({
  name,
  protocol: 'openid-connect',
  protocolMapper,
  config: { 'access.token.claim': 'true', ...config },
})
const scope = (name: string, attributes: object, ...protocolMappers: object[]): object => ({
  name,
  protocol: 'openid-connect',
  attributes,
  protocolMappers,
})

/** A realm of one customer and one third party, whose clients all must keep to the profile. */
async function realm({ make, put }: Keycloak, key: CryptoKeyPair): Promise<void> {
  const jwk = {
    ...(await crypto.subtle.exportKey('jwk', key.publicKey)),
    kid: 'k1',
    use: 'sig',
    alg: 'PS256',
  }
  await make('', {
    realm: 'bank',
    enabled: true,
    accessTokenLifespan: 300,
    users: [
      {
        username: CUSTOMER.username,
        enabled: true,
        firstName: 'Amira',
        lastName: 'Haddad',
        email: 'amira@meadow.example',
        emailVerified: true,
        credentials: [{ type: 'password', value: CUSTOMER.password }],
      },
    ],
    clientScopes: [
      scope('basic', {}, mapper('sub', 'oidc-sub-mapper', {})),
      scope(
        'pots.read',
        { 'include.in.token.scope': 'true' },
        mapper('aud', 'oidc-audience-mapper', { 'included.custom.audience': AUDIENCE }),
      ),
      scope(
        'consent',
        {
          'is.parameterized.scope': 'true',
          'parameterized.scope.type': 'string',
          'include.in.token.scope': 'true',
        },
        mapper('consent', 'oidc-parameterized-scope-mapper', {
          'claim.name': 'consent_id',
          ...TEXT,
        }),
      ),
    ],
  })
  await put('/bank/client-policies/policies', {
    policies: [
      {
        name: 'fapi-2-dpop',
        enabled: true,
        conditions: [{ condition: 'any-client', configuration: {} }],
        profiles: ['fapi-2-dpop-security-profile'],
      },
    ],
  })
  await make('/bank/clients', {
    clientId: 'tpp-a',
    protocol: 'openid-connect',
    enabled: true,
    publicClient: false,
    clientAuthenticatorType: 'client-jwt',
    redirectUris: [REDIRECT],
    defaultClientScopes: ['basic'],
    optionalClientScopes: ['pots.read', 'consent'],
    attributes: {
      'use.jwks.string': 'true',
      'jwks.string': JSON.stringify({ keys: [jwk] }),
      'token.endpoint.auth.signing.alg': 'PS256',
      'access.token.header.type.rfc9068': 'true',
      'access.token.signed.response.alg': 'PS256',
      'dpop.bound.access.tokens': 'true',
    },
  })
}

/** Follows redirects at the provider with cookies, filling in its login and its consent, up to the address of the third party. */
async function customerAgrees(address: URL): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = address
  let form: URLSearchParams | undefined
  for (let step = 0; step < 12; step++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form !== undefined && { method: 'POST', body: form }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    form = undefined
    const location = answer.headers.get('location')
    if (location !== null) {
      url = new URL(location, url)
      if (url.href.startsWith(REDIRECT)) return url
      continue
    }
    const page = await answer.text()
    const [, action = ''] = /<form[^>]*action="([^"]+)"/.exec(page) ?? []
    const [, code = ''] = /name="code" value="([^"]*)"/.exec(page) ?? []
    assert.notEqual(action, '', page.slice(0, 400))
    url = new URL(action.replaceAll('&amp;', '&'), url)
    form = new URLSearchParams(
      page.includes('name="password"') ? CUSTOMER : { code, accept: 'Yes' },
    )
  }
  assert.fail('the provider goes round in circles')
}

interface ThirdParty {
  readonly as: oauth.AuthorizationServer
  readonly DPoP: oauth.DPoPHandle
  /** The whole journey: PAR, login, consent, code, token. */
  token(scopes: string): Promise<string>
}

async function thirdParty({ origin }: Keycloak, key: CryptoKeyPair): Promise<ThirdParty> {
  const issuer = new URL(`${origin}/realms/bank`)
  const as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, INSECURE),
  )
  const client: oauth.Client = { client_id: 'tpp-a' }
  const authentication = oauth.PrivateKeyJwt({ key: key.privateKey, kid: 'k1' })
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const options = { DPoP, ...INSECURE }
  return {
    as,
    DPoP,
    async token(scopes) {
      const verifier = oauth.generateRandomCodeVerifier()
      const state = oauth.generateRandomState()
      const asked = new URLSearchParams({
        client_id: client.client_id,
        response_type: 'code',
        redirect_uri: REDIRECT,
        scope: scopes,
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      const pushed = await oauth.processPushedAuthorizationResponse(
        as,
        client,
        await oauth.pushedAuthorizationRequest(as, client, authentication, asked, options),
      )
      const address = new URL(String(as.authorization_endpoint))
      address.search = String(
        new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri }),
      )
      const answer = oauth.validateAuthResponse(as, client, await customerAgrees(address), state)
      const { access_token } = await oauth.processAuthorizationCodeResponse(
        as,
        client,
        await oauth.authorizationCodeGrantRequest(
          as,
          client,
          authentication,
          answer,
          REDIRECT,
          verifier,
          options,
        ),
      )
      return access_token
    },
  }
}

async function bankApi(t: TestContext): Promise<number> {
  const core = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end('{"items":[{"accountId":"22289","label":"Rent","balance":7}],"total":7}')
  })
  core.listen(0, '127.0.0.1')
  await once(core, 'listening')
  t.after(() => core.close())
  return (core.address() as AddressInfo).port // sound: listening on TCP
}

const CONSENT = {
  id: 'consent-1',
  client: 'tpp-a',
  status: 'AUTH',
  permissions: ['ReadAccountsBasic'],
  accounts: ['22289'],
}

interface Bank extends Installation {
  readonly origin: string
}

async function bank(t: TestContext, { origin }: Keycloak): Promise<Bank> {
  const port = await freePort()
  const upstream = await bankApi(t)
  const made = installation(
    t,
    `listen: 127.0.0.1:${port}
publicOrigins: [http://127.0.0.1:${port}]
issuers:
  - issuer: ${origin}/realms/bank
    audience: ${AUDIENCE}
    claims: { client: azp, grant: sid }
apis:
  - name: pots
    spec: pots.yaml
    upstream: http://127.0.0.1:${upstream}
    template: ais
    rules: { token.senderConstrained: { mode: enforce, methods: [dpop] } }
    permissions: { listPots: [ReadAccountsBasic] }
`,
    {
      'pots.yaml': ACCOUNTS_SPEC,
      'feed/clients/tpp-a.json': { id: 'tpp-a', name: 'A', status: 'active' },
    },
  )
  return { ...made, origin: `http://127.0.0.1:${port}` }
}

keycloakTest(
  'tokens of Keycloak under FAPI 2.0 with DPoP open what their consent allows, and no more',
  async (t, home) => {
    const keycloak = await startKeycloak(t, home)
    const key = await oauth.generateKeyPair('PS256', { extractable: true })
    await realm(keycloak, key)
    const third = await thirdParty(keycloak, key)
    const token = await third.token('openid pots.read consent:consent-1')
    const subject = String(claimsOf(token)['sub'])

    const here = await bank(t, keycloak)
    here.write('feed/consents/consent-1.json', { ...CONSENT, subject })
    await up(t, here)
    const url = new URL(`${here.origin}/v2/pot-accounts`)
    const asked = async (of: string, DPoP: oauth.DPoPHandle | undefined): Promise<string> => {
      const headers = new Headers({ 'x-fapi-customer-ip-address': '203.0.113.7' })
      const options = { ...INSECURE, ...(DPoP !== undefined && { DPoP }) }
      const send = (): Promise<Response> =>
        oauth.protectedResourceRequest(of, 'GET', url, headers, undefined, options)
      const answer = await send()
        // A gateway that has just begun asks for a nonce (RFC 9449 §9), which the client has kept for its second try.
        .catch((error: unknown) => (oauth.isDPoPNonceError(error) ? send() : Promise.reject(error)))
        .catch((error: unknown) => {
          if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response
          throw error
        })
      const body = (await answer.json()) as { readonly code?: string } // sound: a member of the answer or none
      return `${answer.status}${body.code === undefined ? '' : ` ${body.code}`}`
    }

    assert.equal(await asked(token, third.DPoP), '200')
    assert.match(await asked(token, undefined), /^401 GH_GATEWAY_/, 'as a bearer token')
    const stranger = oauth.DPoP({}, await oauth.generateKeyPair('ES256'))
    assert.match(await asked(token, stranger), /^401 GH_GATEWAY_/, 'with a key that is not its own')

    const unknown = await third.token('openid pots.read consent:consent-2')
    assert.match(await asked(unknown, third.DPoP), /^403 GH_GATEWAY_CONSENT_/)
    const none = await third.token('openid pots.read')
    assert.match(await asked(none, third.DPoP), /^403 GH_GATEWAY_CONSENT_MISSING/)
    const two = await third.token('openid pots.read consent:consent-1 consent:consent-2').catch(
      () => undefined, // A scope that is not repeatable may be refused by the provider.
    )
    if (two !== undefined) assert.match(await asked(two, third.DPoP), /^403 GH_GATEWAY_CONSENT_/)

    // The session of the customer at the provider ends: whoever runs it tells Gatehouse, and every token of it ends.
    await here.run('grants', 'revoke', String(claimsOf(token)['sid']), '--reason', 'logged out')
    await until(
      5_000,
      async () => (await asked(token, third.DPoP)) === '401 GH_GATEWAY_TOKEN_REVOKED',
    )
  },
)

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown> // sound: RFC 7519, an object
}
