/** The bank's own OpenID provider, as another product would be: a second `oidc-provider`, whose answers a test may spoil on the way. */
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type JWTPayload, SignJWT } from 'jose'
import { type Payload, Provider } from 'oidc-provider'
import { systemClock, systemRandomBytes } from '../../../src/app/system-ports.ts'
import { clientAuthentication } from '../../../src/app/transport/client-authentication.ts'
import type { BankLogin } from '../../../src/identity/index.ts'
import type { Fetch } from '../../../src/identity/outbound.ts'
import { requestListener } from '../../../src/identity/request-listener.ts'
import { LOGIN_CALLBACK } from '../../../src/identity/login/login-desk.ts'
import type { AuthorizationServerOptions } from '../../../src/identity/server.ts'
import { ISSUER, signingJwk } from '../client.ts'
import { CUSTOMERS } from '../consents/bank.ts'

export const PROVIDER = 'https://id.bank.example'
export const CLIENT_ID = 'gatehouse'
export const CLIENT_SECRET = 'a-secret-between-two-servers-of-one-bank'
export const TWO_FACTORS = 'urn:bank:two-factors'

export interface BankProvider {
  /** What answers there. */
  readonly listener: RequestListener
  /** Reaches it under its name, and nobody else. */
  readonly fetch: Fetch
  /** Logs in there, from where our page led: where the browser is sent then. */
  visit(start: URL): Promise<URL>
  /** The customer who logs in next. */
  customer: string
  /** What it says the customer did; `undefined`: the customer leaves. */
  login: Payload | undefined
  /** Other claims of the ID token, signed by its own key; or a token of one's own. */
  spoil: ((claims: JWTPayload) => JWTPayload | Promise<string>) | undefined
  /** Answers nothing. */
  down: boolean
  /** In the place of what it says of itself. */
  metadata: Readonly<Record<string, unknown>>
  /** Paths that were asked for by the server. */
  readonly asked: string[]
}

export async function startBankProvider(t: TestContext, pushes = false): Promise<BankProvider> {
  const key = await signingJwk('PS256')
  const provider = new Provider(PROVIDER, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [`${ISSUER}${LOGIN_CALLBACK}`],
        id_token_signed_response_alg: 'PS256',
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    jwks: { keys: [key.jwk] },
    cookies: { keys: ['of-a-test'] },
    acrValues: [TWO_FACTORS],
    claims: {
      openid: ['sub', 'customer_number'],
      acr: null,
      auth_time: null,
      iss: null,
      sid: null,
    },
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: pushes },
    },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, customer_number: `number-${id}` }),
    }),
    interactions: { url: (_: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    async loadExistingGrant({ oidc }: { readonly oidc: Payload }) {
      const grant = new provider.Grant({
        clientId: CLIENT_ID,
        accountId: bank.customer,
      })
      grant.addOIDCScope('openid')
      await grant.save()
      assert.ok(oidc)
      return grant
    },
  })
  provider.proxy = true
  const callback = provider.callback()
  const serve = requestListener(PROVIDER, () => callback)
  const listener: RequestListener = (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return serve(request, response)
    provider
      .interactionFinished(
        request,
        response,
        bank.login === undefined
          ? { error: 'access_denied' }
          : { login: { accountId: bank.customer, ...bank.login } },
      )
      .catch((error: unknown) => response.writeHead(500).end(String(error)))
  }
  const http = createServer(listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  const { port } = http.address() as AddressInfo // sound: it listens on TCP
  const at = (url: URL): string => `http://127.0.0.1:${port}${url.pathname}${url.search}`

  const bank: BankProvider = {
    listener,
    customer: 'cust-amira',
    login: { acr: TWO_FACTORS, amr: ['pwd', 'hwk'] },
    spoil: undefined,
    down: false,
    metadata: {},
    asked: [],
    async fetch(address, init) {
      const url = new URL(address)
      bank.asked.push(url.pathname)
      if (bank.down) throw new TypeError('nobody answers')
      if (url.origin !== PROVIDER) throw new TypeError(`nobody is at ${url.origin}`)
      const answer = await fetch(at(url), init)
      const json = (await answer.json()) as Record<string, unknown> // sound: what it answers is JSON
      if (url.pathname.endsWith('openid-configuration')) Object.assign(json, bank.metadata)
      const { id_token: token } = json
      if (bank.spoil !== undefined && typeof token === 'string') {
        const claims = JSON.parse(
          Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
        ) as JWTPayload // sound: an ID token
        const spoilt = await bank.spoil(claims)
        json['id_token'] =
          typeof spoilt === 'string'
            ? spoilt
            : await new SignJWT(spoilt)
                .setProtectedHeader({ alg: 'PS256', kid: String(key.jwk.kid) })
                .sign(key.privateKey)
      }
      return Response.json(json, { status: answer.status })
    },
    async visit(start) {
      assert.equal(start.origin, PROVIDER)
      const cookies = new Map<string, string>()
      let url = start
      for (let hop = 0; hop < 10; hop++) {
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const answer = await fetch(at(url), { redirect: 'manual', headers: { cookie } })
        for (const line of answer.headers.getSetCookie()) {
          const [pair = ''] = line.split(';')
          cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
        }
        const location = answer.headers.get('location')
        if (location === null) throw new Error(`${answer.status} ${await answer.text()}`)
        url = new URL(location, PROVIDER)
        if (url.origin !== PROVIDER) return url
      }
      throw new Error('a redirect loop')
    },
  }
  return bank
}

/** The options of a server whose customers log in there, and have the accounts that they have here. */
export function elsewhereAt(
  provider: BankProvider,
  changes: Partial<BankLogin> = {},
): Partial<AuthorizationServerOptions> {
  process.env['TEST_LOGIN_SECRET'] = CLIENT_SECRET
  const known = { clientId: CLIENT_ID, clientSecret: { env: 'TEST_LOGIN_SECRET' }, clientKey: null }
  const ports = { clock: systemClock, randomBytes: systemRandomBytes }
  const accounts = new Map(CUSTOMERS.map((one) => [one.subject, one.accounts]))
  return {
    bankLogin: {
      issuer: PROVIDER,
      clientId: CLIENT_ID,
      authenticate: clientAuthentication(PROVIDER, known, ports),
      idTokenAlgorithm: 'PS256',
      acrValues: [TWO_FACTORS],
      subjectClaim: 'sub',
      ...changes,
    },
    fetch: provider.fetch,
    customers: {
      named: () => Promise.resolve(undefined),
      exists: (subject) => Promise.resolve(accounts.has(subject)),
      accountsOf: (subject) => Promise.resolve(accounts.get(subject) ?? []),
    },
  }
}
