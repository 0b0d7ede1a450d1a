/** A third party, written with `jose` and nothing of ours: assertions, proofs, request objects, each of which a test may spoil. */
import { createHash, randomUUID, type X509Certificate } from 'node:crypto'
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
  type CryptoKey,
} from 'jose'
import type { ClientMetadata } from '../../src/identity/client-metadata.ts'

export const ISSUER = 'https://login.bank.example'
export const API = 'https://api.bank.example'
/** Header by which a test says what the TLS layer proved. */
export const CERTIFICATE_HEADER = 'test-certificate'
/** Sends to the server's port. */
export type Ask = (path: string, options?: RequestInit) => Promise<Response>

export type Algorithm = 'PS256' | 'ES256' | 'EdDSA'
export interface SigningJwk {
  readonly jwk: JWK & Record<string, unknown>
  readonly open: JWK & Record<string, unknown>
  readonly privateKey: CryptoKey
}
export interface TestClient {
  readonly metadata: ClientMetadata
  readonly key: SigningJwk
  readonly algorithm: Algorithm
  /** Of its DPoP proofs. */
  readonly proofKey: SigningJwk
  readonly certificate: X509Certificate | undefined
}
export const REDIRECT = 'https://third-party.example/callback'
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
export const now = (): number => Math.floor(Date.now() / 1000)

export async function signingJwk(algorithm: Algorithm): Promise<SigningJwk> {
  const pair = await generateKeyPair(algorithm, {
    extractable: true,
    ...(algorithm === 'EdDSA' ? { crv: 'Ed25519' } : {}),
  })
  const names = { kid: randomUUID(), use: 'sig', alg: algorithm }
  return {
    jwk: { ...(await exportJWK(pair.privateKey)), ...names },
    open: { ...(await exportJWK(pair.publicKey)), ...names },
    privateKey: pair.privateKey,
  }
}

export async function makeClient(
  id: string,
  changes: Partial<ClientMetadata> = {},
  {
    algorithm = 'ES256',
    certificate,
  }: { readonly algorithm?: Algorithm; readonly certificate?: X509Certificate } = {},
): Promise<TestClient> {
  const [key, proofKey] = await Promise.all([signingJwk(algorithm), signingJwk('ES256')])
  const bound = changes.tls_client_certificate_bound_access_tokens !== true
  const metadata: ClientMetadata = {
    client_id: id,
    redirect_uris: [REDIRECT],
    jwks: { keys: [key.open] },
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    authorization_details_types: ['account_access', 'payment_initiation'],
    ...(bound ? { dpop_bound_access_tokens: true } : {}),
    ...changes,
  }
  return { metadata, key, algorithm, proofKey, certificate }
}

/** The client that a gateway is: it may ask about tokens and get none. */
export const makeGateway = (changes: Partial<ClientMetadata> = {}): Promise<TestClient> =>
  makeClient('gateway', {
    grant_types: [],
    response_types: [],
    redirect_uris: [],
    dpop_bound_access_tokens: false,
    ...changes,
  })

export function sign(
  { key, algorithm }: Pick<TestClient, 'key' | 'algorithm'>,
  claims: JWTPayload,
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, kid: String(key.jwk.kid), ...header })
    .sign(key.privateKey)
}

export function assertion(client: TestClient, claims: JWTPayload = {}): Promise<string> {
  const id = client.metadata.client_id
  return sign(client, {
    iss: id,
    sub: id,
    aud: ISSUER,
    jti: randomUUID(),
    iat: now(),
    nbf: now(),
    exp: now() + 60,
    ...claims,
  })
}

export interface Sending {
  readonly claims?: JWTPayload
  readonly assertion?: string | null
  readonly proof?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

/** A DPoP proof (RFC 9449). */
export async function proof(
  client: Pick<TestClient, 'proofKey'>,
  path: string,
  claims: JWTPayload = {},
): Promise<string> {
  return new SignJWT({
    jti: randomUUID(),
    htm: 'POST',
    htu: `${ISSUER}${path}`,
    iat: now(),
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: client.proofKey.open })
    .sign(client.proofKey.privateKey)
}

/** A form, with the client's authentication and, for the token endpoint, its proof. */
export async function post(
  ask: Ask,
  client: TestClient,
  path: string,
  form: Readonly<Record<string, string>>,
  sending: Sending = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const { metadata } = client
  const body = new URLSearchParams(form)
  const headers: Record<string, string> = { ...sending.headers }
  if (metadata.token_endpoint_auth_method === 'tls_client_auth')
    body.set('client_id', metadata.client_id)
  else if (sending.assertion !== null) {
    body.set('client_assertion_type', ASSERTION_TYPE)
    body.set('client_assertion', sending.assertion ?? (await assertion(client, sending.claims)))
  }
  if (client.certificate !== undefined) headers[CERTIFICATE_HEADER] ??= metadata.client_id
  if (metadata.dpop_bound_access_tokens === true && path === '/token' && sending.proof !== null)
    headers['dpop'] = sending.proof ?? (await proof(client, path))
  const response = await ask(path, { method: 'POST', body, headers })
  const text = await response.text()
  return {
    status: response.status,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
  }
}

/** A decoupled request (CIBA Core §7.1.1): signed, as FAPI wants it. */
export async function askDecoupled(
  ask: Ask,
  client: TestClient,
  params: Readonly<Record<string, string>>,
  claims: Readonly<Record<string, unknown>> = {},
) {
  const id = client.metadata.client_id
  const request = await sign(client, {
    iss: id,
    aud: ISSUER,
    jti: randomUUID(),
    iat: now(),
    nbf: now(),
    exp: now() + 300,
    ...params,
    ...claims,
  })
  return post(ask, client, '/bc-authorize', { request })
}

export const VERIFIER = 'a-code-verifier-of-43-characters-or-rather-more'
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

export const PARAMS: Readonly<Record<string, string>> = {
  response_type: 'code',
  redirect_uri: REDIRECT,
  scope: 'openid accounts',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
  state: 'the-state',
  nonce: 'the-nonce',
}

export async function push(
  ask: Ask,
  client: TestClient,
  params: Readonly<Record<string, string>> = PARAMS,
): Promise<string> {
  const { status, body } = await post(ask, client, '/par', {
    client_id: client.metadata.client_id,
    ...params,
  })
  if (status !== 201) throw new Error(`PAR: ${status} ${JSON.stringify(body)}`)
  return String(body['request_uri'])
}

/** A browser: keeps cookies and follows redirects as long as they stay at the server. */
export class Browser {
  readonly #cookies = new Map<string, string>()
  readonly #ask: Ask
  constructor(ask: Ask) {
    this.#ask = ask
  }
  async get(path: string): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await this.#ask(path, { headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const name = pair.slice(0, pair.indexOf('='))
      const value = pair.slice(name.length + 1)
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }
  /** As far as the address where the client, or an error page, waits. `stop` ends before a path that begins so. */
  async follow(path: string, stop?: string): Promise<Response | URL> {
    let at = path
    for (let hop = 0; hop < 12; hop++) {
      const response = await this.get(at)
      const location = response.headers.get('location')
      if (location === null) return response
      const url = new URL(location, ISSUER)
      if (url.origin !== ISSUER) return url
      at = url.pathname + url.search
      if (stop !== undefined && at.startsWith(stop)) return url
    }
    throw new Error('a redirect loop')
  }
}

export const authorizePath = (client: TestClient, requestUri: string): string =>
  `/authorize?${new URLSearchParams({ client_id: client.metadata.client_id, request_uri: requestUri })}`

/** What the client gets back from the customer's browser. */
export async function authorize(
  ask: Ask,
  client: TestClient,
  requestUri: string,
  browser = new Browser(ask),
): Promise<URLSearchParams> {
  const end = await browser.follow(authorizePath(client, requestUri))
  if (!(end instanceof URL)) throw new Error(`no redirect: ${end.status} ${await end.text()}`)
  return end.searchParams
}

export async function codeFor(
  ask: Ask,
  client: TestClient,
  params: Readonly<Record<string, string>> = PARAMS,
): Promise<string> {
  const answer = await authorize(ask, client, await push(ask, client, params))
  const code = answer.get('code')
  if (code === null) throw new Error(`no code: ${answer}`)
  return code
}

export const redeem = (
  ask: Ask,
  client: TestClient,
  code: string,
  sending: Sending & { readonly form?: Readonly<Record<string, string>> } = {},
) =>
  post(
    ask,
    client,
    '/token',
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT,
      code_verifier: VERIFIER,
      ...sending.form,
    },
    sending,
  )

export const refresh = (ask: Ask, client: TestClient, token: string, sending: Sending = {}) =>
  post(ask, client, '/token', { grant_type: 'refresh_token', refresh_token: token }, sending)

export const thumbprint = (key: SigningJwk): Promise<string> => calculateJwkThumbprint(key.open)
