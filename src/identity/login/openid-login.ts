/**
 * Customers log in at the bank's own OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core §3.1). Each request
 * is an authentication of its own: `prompt=login`, and what was done before the request is no answer to it. The protocol is `oauth4webapi`'s.
 */
import * as oauth from 'oauth4webapi'
import type { Clock, Result } from '../../lib/index.ts'
import { type Fetch, guardedFetch } from '../outbound.ts'
import type { LoggedIn } from '../screens/customers.ts'

export interface OpenidLoginOptions {
  readonly issuer: string
  readonly clientId: string
  /** What proves the client: headers, and fields of the form. */
  readonly authenticate: () => {
    readonly headers: Readonly<Record<string, string>>
    readonly fields: Readonly<Record<string, string>>
  }
  /** The one with which ID tokens are signed; no other is taken. */
  readonly idTokenAlgorithm: 'PS256' | 'ES256' | 'RS256' | 'EdDSA'
  /** Asked for, and one of them must be answered; none: whatever the provider says. */
  readonly acrValues: readonly string[]
  /** Claim of the ID token that holds the id of the customer. */
  readonly subjectClaim: string
  readonly redirectUri: string
  readonly fetch: Fetch
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
}
/** What is remembered of a login that began. */
export interface BegunLogin {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Seconds since the epoch. */
  readonly at: number
}
export interface LoginFailure {
  /** `cancelled`: by the customer; `unreachable`: now; `unsound`: what was answered is not believed. */
  readonly kind: 'cancelled' | 'unreachable' | 'unsound'
  /** For the bank: a code, nothing of the customer. */
  readonly reason: string
}
export interface OpenidLogin {
  /** Where to send the browser. */
  begin(
    locale: string,
  ): Promise<Result<{ readonly url: string; readonly begun: BegunLogin }, LoginFailure>>
  /** `answer`: the query of the callback. */
  complete(begun: BegunLogin, answer: URLSearchParams): Promise<Result<LoggedIn, LoginFailure>>
}

/** What the provider says of itself is asked for again after so long. */
const METADATA_MS = 300_000
/** How far the clocks of two machines may differ. */
const TOLERANCE_SECONDS = 10
const ANSWER_TIMEOUT_MS = 5_000
const MAX_SUBJECT_CHARS = 255
const MAX_AMR = 10

export function openidLogin(options: OpenidLoginOptions): OpenidLogin {
  const { clock, redirectUri } = options
  const issuer = new URL(options.issuer)
  const client: oauth.Client = {
    client_id: options.clientId,
    id_token_signed_response_alg: options.idTokenAlgorithm,
    require_auth_time: true,
    [oauth.clockTolerance]: TOLERANCE_SECONDS,
  }
  const authenticate: oauth.ClientAuth = (_as, _client, body, headers) => {
    const proof = options.authenticate()
    for (const [name, value] of Object.entries(proof.fields)) body.set(name, value)
    for (const [name, value] of Object.entries(proof.headers)) headers.set(name, value)
  }
  const http = { [oauth.customFetch]: fetchFor(options.fetch) }
  let known: { readonly as: oauth.AuthorizationServer; readonly until: number } | undefined
  const random = (): string => Buffer.from(options.randomBytes(32)).toString('base64url')

  async function metadata(): Promise<oauth.AuthorizationServer> {
    const now = clock.monotonic()
    if (known !== undefined && now < known.until) return known.as
    const response = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oidc' })
    const as = await oauth.processDiscoveryResponse(issuer, response)
    known = { as, until: now + METADATA_MS }
    return as
  }

  return {
    begin: (locale) =>
      judged(async () => {
        const as = await metadata()
        const begun = {
          state: random(),
          nonce: random(),
          verifier: random(),
          at: Math.floor(clock.now() / 1000),
        }
        const parameters = {
          client_id: options.clientId,
          response_type: 'code',
          redirect_uri: redirectUri,
          scope: 'openid',
          state: begun.state,
          nonce: begun.nonce,
          code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
          code_challenge_method: 'S256',
          prompt: 'login',
          max_age: '0', // `auth_time` has to be said then
          ui_locales: locale,
          ...(options.acrValues.length === 0 ? {} : { acr_values: options.acrValues.join(' ') }),
        }
        const url = new URL(endpoint(as))
        // RFC 9126: where the provider takes requests beforehand, nothing of them is in an address.
        const pushes = as.pushed_authorization_request_endpoint !== undefined
        const sent = pushes
          ? {
              client_id: options.clientId,
              request_uri: await pushed(as, client, authenticate, parameters, http),
            }
          : parameters
        for (const [name, value] of Object.entries(sent)) url.searchParams.set(name, value)
        return { url: url.href, begun }
      }),

    complete: (begun, answer) =>
      judged(async () => {
        const as = await metadata()
        const sound = oauth.validateAuthResponse(as, client, answer, begun.state)
        const response = await oauth.authorizationCodeGrantRequest(
          as,
          client,
          authenticate,
          sound,
          redirectUri,
          begun.verifier,
          http,
        )
        const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
          expectedNonce: begun.nonce,
          requireIdToken: true,
        })
        await oauth.validateApplicationLevelSignature(as, response, http)
        const claims = oauth.getValidatedIdTokenClaims(tokens)
        if (claims === undefined) throw new Unsound('no_claims')
        return loggedIn(claims, begun, options)
      }),
  }
}

function loggedIn(
  claims: oauth.IDToken,
  { at }: BegunLogin,
  { subjectClaim, acrValues }: OpenidLoginOptions,
): LoggedIn {
  const subject = claims[subjectClaim]
  if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT_CHARS)
    throw new Unsound('no_subject')
  const { auth_time: authenticatedAt = 0, acr, amr } = claims
  if (authenticatedAt < at - TOLERANCE_SECONDS) throw new Unsound('login_before_request')
  if (acrValues.length > 0 && (typeof acr !== 'string' || !acrValues.includes(acr)))
    throw new Unsound('acr_not_met')
  const methods = Array.isArray(amr)
    ? (amr as readonly unknown[]).filter((one) => typeof one === 'string').slice(0, MAX_AMR)
    : []
  return {
    subject,
    ...(typeof acr === 'string' ? { acr } : {}),
    ...(methods.length === 0 ? {} : { amr: methods }),
    at: authenticatedAt,
  }
}

async function pushed(
  as: oauth.AuthorizationServer,
  client: oauth.Client,
  authenticate: oauth.ClientAuth,
  parameters: Readonly<Record<string, string>>,
  http: { [oauth.customFetch]: ReturnType<typeof fetchFor> },
): Promise<string> {
  const response = await oauth.pushedAuthorizationRequest(
    as,
    client,
    authenticate,
    { ...parameters },
    http,
  )
  return (await oauth.processPushedAuthorizationResponse(as, client, response)).request_uri
}

function endpoint({ authorization_endpoint: at }: oauth.AuthorizationServer): string {
  if (at === undefined || URL.parse(at)?.protocol !== 'https:') throw new Unsound('no_endpoint')
  return at
}

class Unsound extends Error {}

async function judged<T>(work: () => Promise<T>): Promise<Result<T, LoginFailure>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    return { ok: false, error: failureOf(error) }
  }
}

const CODE = /^[A-Za-z0-9_]{1,64}$/
function failureOf(error: unknown): LoginFailure {
  if (error instanceof Unsound) return { kind: 'unsound', reason: error.message }
  if (error instanceof oauth.AuthorizationResponseError) {
    const reason = CODE.test(error.error) ? error.error : 'error'
    const busy = reason === 'temporarily_unavailable' || reason === 'server_error'
    const kind = reason === 'access_denied' ? 'cancelled' : busy ? 'unreachable' : 'unsound'
    return { kind, reason }
  }
  if (error instanceof oauth.ResponseBodyError)
    return { kind: 'unsound', reason: CODE.test(error.error) ? error.error : 'error' }
  if (error instanceof oauth.OperationProcessingError) {
    const { code = 'error', cause } = error
    const busy = cause instanceof Response && cause.status >= 500
    return { kind: busy ? 'unreachable' : 'unsound', reason: code }
  }
  if (error instanceof oauth.UnsupportedOperationError)
    return { kind: 'unsound', reason: error.code }
  // What the network says, or where it does not lead.
  return { kind: 'unreachable', reason: 'no_answer' }
}

/** As every other address is called, with the form as text. */
function fetchFor(fetch: Fetch) {
  const guarded = guardedFetch(fetch)
  return (
    url: string,
    { body, method, headers }: oauth.CustomFetchOptions<string, URLSearchParams | undefined>,
  ): Promise<Response> =>
    guarded(url, {
      method,
      headers,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: body.toString() }),
    })
}
