/** A third party and a bank's authorization server, with `oauth4webapi`: registration, tokens of its own, and tokens that a customer said yes to. */
import * as oauth from 'oauth4webapi'
import { type Bank, connection } from './bank.ts'
import type { Software } from './software.ts'

/** What is kept of a registration (RFC 7591 §3.2.1). */
export interface Registration {
  readonly client: string
  /** For changes and the end of it (RFC 7592), with a certificate of the same organisation. */
  readonly token: string
}
export interface Tokens {
  readonly access: string
  /** Good for as long as the consent is. */
  readonly refresh: string | undefined
}
export type Scope = 'accounts' | 'payments'
/** Sends the customer's browser to an address of the bank, and gives the one that it comes back to. */
export type Customer = (address: URL) => Promise<URL>

export interface AuthorisationRequest {
  readonly scope: Scope
  readonly customer: Customer
  /** `WWW-Authenticate` of an API that asks for more than the customer gave (RFC 9470). */
  readonly challenge?: string | undefined
}

export interface Authorization {
  /** Nobody at the bank has to be asked: certificate, register and statement say enough. @throws ResponseBodyError with what is refused */
  register(statement?: string): Promise<Registration>
  /** A token of the third party itself: to ask for consents, and to look after payments. */
  own(client: string, scope: Scope): Promise<string>
  /** A token under a consent, once the customer has said yes to it at the bank. */
  authorise(client: string, consent: string, of: AuthorisationRequest): Promise<Tokens>
  refresh(client: string, token: string): Promise<Tokens>
}

/** @throws Error when the bank does not answer, or with what it refuses */
export async function authorizationAt(bank: Bank, software: Software): Promise<Authorization> {
  const options = { [oauth.customFetch]: connection(bank, software.identity) }
  const issuer = new URL(bank.issuer)
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options })
  const server = await oauth.processDiscoveryResponse(issuer, found)
  const { kid, forWeb } = software.key
  const authentication = oauth.PrivateKeyJwt({ key: forWeb, kid })
  const clientOf = (id: string): oauth.Client => ({ client_id: id })
  const tokensOf = (answer: oauth.TokenEndpointResponse): Tokens => ({
    access: answer.access_token,
    refresh: answer.refresh_token,
  })

  return {
    async register(statement = software.statement) {
      const metadata = {
        redirect_uris: [software.redirectUri],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'PS256',
        // Tokens are bound to the certificate of the connection that asks for them (RFC 8705).
        tls_client_certificate_bound_access_tokens: true,
        scope: 'openid accounts payments',
        software_statement: statement,
      }
      const made = await oauth.processDynamicClientRegistrationResponse(
        await oauth.dynamicClientRegistrationRequest(server, metadata, options),
      )
      return { client: made.client_id, token: text(made['registration_access_token']) }
    },

    async own(id, scope) {
      const client = clientOf(id)
      const answer = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        authentication,
        { scope },
        options,
      )
      return (await oauth.processClientCredentialsResponse(server, client, answer)).access_token
    },

    async authorise(id, consent, { scope, customer, challenge = '' }) {
      const client = clientOf(id)
      const verifier = oauth.generateRandomCodeVerifier()
      const state = oauth.generateRandomState()
      const request = new URLSearchParams({
        client_id: id,
        response_type: 'code',
        redirect_uri: software.redirectUri,
        scope: `openid ${scope}`,
        // Which consent it is about, as UK Open Banking says it.
        claims: JSON.stringify({
          id_token: { openbanking_intent_id: { value: consent, essential: true } },
        }),
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...stepUp(challenge),
      })
      // Nothing of the request goes through the browser but its name (RFC 9126).
      const pushed = await oauth.processPushedAuthorizationResponse(
        server,
        client,
        await oauth.pushedAuthorizationRequest(server, client, authentication, request, options),
      )
      const address = new URL(String(server.authorization_endpoint))
      address.searchParams.set('client_id', id)
      address.searchParams.set('request_uri', pushed.request_uri)
      const back = await customer(address)
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        // Refuses an answer of another server, or to another request.
        oauth.validateAuthResponse(server, client, back, state),
        software.redirectUri,
        verifier,
        options,
      )
      return tokensOf(await oauth.processAuthorizationCodeResponse(server, client, answer))
    },

    async refresh(id, token) {
      const client = clientOf(id)
      const answer = await oauth.refreshTokenGrantRequest(
        server,
        client,
        authentication,
        token,
        options,
      )
      return tokensOf(await oauth.processRefreshTokenResponse(server, client, answer))
    },
  }
}

/** What the API asks for, as the authorization server takes it (RFC 9470 §3, §4). */
function stepUp(challenge: string): Readonly<Record<string, string>> {
  if (!challenge.includes('insufficient_user_authentication')) return {}
  return Object.fromEntries(
    ['acr_values', 'max_age'].flatMap((name) => {
      const value = new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
