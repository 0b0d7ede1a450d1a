/**
 * The authorization server: `oidc-provider` with every setting that matters said aloud, none left to a default that may change. It follows
 * FAPI 2.0 Security Profile (Final) and Message Signing (Final); clause numbers in this folder are those of the Security Profile.
 */
import {
  type Adapter,
  type Client,
  type Context,
  errors,
  interactionPolicy,
  type Payload,
  Provider,
  type Token,
} from 'oidc-provider'
import type { Clock } from '../lib/index.ts'
import {
  acceptAudiences,
  checkAssertion,
  checkRequestObject,
  CLOCK_TOLERANCE_SECONDS,
  isAhead,
} from './assertions.ts'
import { AUTHORIZATION_DETAILS, narrowed } from './authorization-details.ts'
import { certificateFeature, type Presented } from './certificates.ts'
import {
  checkClient,
  type ClientMetadata,
  FAPI_PROFILE,
  KEY_SET,
  OWN_METADATA,
  OWN_SCOPE,
  SIGNING_ALGORITHMS,
} from './client-metadata.ts'
import { decoupledFeature, type DecoupledHooks } from './decoupled.ts'
import { consentParameter, type RequestedConsents, withConsent } from './consent-hooks.ts'
import { errorPage } from './error-page.ts'
import { LIFETIMES } from './lifetimes.ts'
import { notifyAfterResponse } from './notifying.ts'
import { type Fetch, guardedFetch, MAX_JWKS_BYTES } from './outbound.ts'
import { SESSION_OF_REQUESTS } from './screens/cookies.ts'
import { type Brand, DEFAULT_BRAND } from './screens/style.ts'
import { INTENT_CLAIM } from './screens/requested-consent.ts'
import { pacePolling } from './polling.ts'
import { tellMetadata } from './server-metadata.ts'
import { recordAnswers, type Recording } from './recording.ts'
import { refuseReplays } from './replays.ts'
import type { CookieSigner } from './cookie-signing.ts'
import { ownClaims, type ProtectedResource, resourceIndicators } from './resources.ts'

/** With who records what is granted and refused. */
export interface ProviderOptions extends ProviderSettings, Recording {
  /** Told of a third party that could not be notified. */
  readonly say: (failure: unknown) => void
}
export interface ProviderSettings {
  readonly issuer: string
  readonly adapter: (model: string) => Adapter
  /** Private JWKs; of those with one algorithm the first signs, the others are only published. */
  readonly keys: readonly Payload[]
  /** Signs cookies. */
  readonly cookies: CookieSigner
  /** 32 bytes, the same on every node. */
  readonly nonceSecret: Buffer
  /** Clients of the configuration; others come from the adapter. */
  readonly clients: readonly ClientMetadata[]
  /** `client_id`s that may ask about anybody's tokens (RFC 7662): gateways, and nobody else. */
  readonly gateways: ReadonlySet<string>
  readonly resources: readonly ProtectedResource[]
  /** Where client certificates are asked for, if not at the issuer's own address. */
  readonly certificateOrigin?: string
  /** Told in the metadata of the server. */
  readonly registrationEndpoint: string | undefined
  /** Whether there is a customer of this id. */
  readonly isSubject: (id: string) => Promise<boolean>
  readonly presented: Presented
  /** The consents that requests may name; `undefined`: there are none, and no request may. */
  readonly consents?: RequestedConsents
  /** What pages say of the bank. */
  readonly brand?: Brand
  /** Where the customer is asked; `undefined`: nowhere, and no authorization can be completed in a browser. */
  readonly interactionUrl: ((uid: string) => string) | undefined
  /** What tokens say of a customer who was authenticated strongly; `undefined`: there is no such step. */
  readonly strongAcr?: string
  /** How their login authenticates them, where there is no such step and it is known. */
  readonly acrValues?: readonly string[]
  /** `undefined`: nobody is asked on a device. */
  readonly decoupled: DecoupledHooks | undefined
  readonly fetch: Fetch
  readonly clock: Clock
}

const ALGORITHMS = [...SIGNING_ALGORITHMS]
const OFF = { enabled: false }
const ON = { enabled: true }

export function createProvider(options: ProviderOptions): Provider {
  const provider = new Provider(options.issuer, providerSettings(options))
  // Host and scheme are set by the listener and no client (request-listener.ts).
  provider.proxy = true
  refuseReplays(provider)
  recordAnswers(provider, options)
  const { issuer, certificateOrigin } = options
  acceptAudiences(provider, [issuer, ...[certificateOrigin ?? []].flat()], ROUTES)
  pacePolling(provider, options.clock)
  notifyAfterResponse(provider, { sent: options.decoupled?.sent, say: options.say })
  tellMetadata(provider, {
    certificateOrigin,
    scopes: [...new Set(options.resources.flatMap(({ scopes }) => scopes))],
    promisesAcr: options.strongAcr !== undefined,
  })
  return provider
}

/** Everything that the library can be told, by what it is about; a test pins it, and the metadata that comes of it. */
export function providerSettings(options: ProviderSettings): Payload {
  const { adapter, clock } = options
  return {
    adapter,
    ...clientSettings(options),
    ...requestSettings(options),
    ...tokenSettings(options),
    jwks: { keys: options.keys.map((key) => ({ ...key })) },
    cookies: {
      keys: options.cookies,
      names: { session: SESSION_OF_REQUESTS, interaction: 'gh_interaction', resume: 'gh_resume' },
      long: { httpOnly: true, sameSite: 'lax', signed: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    discovery: { registration_endpoint: options.registrationEndpoint },
    routes: ROUTES,
    renderError: errorPage(options.brand ?? DEFAULT_BRAND),
    ttl: LIFETIMES,
    async findAccount(_: Context, id: string, token: Token | undefined) {
      if (!(await options.isSubject(id))) return undefined
      // The consent of this token, under the name by which the UK asks for it.
      return { accountId: id, claims: () => ({ sub: id, [INTENT_CLAIM]: token?.grantId }) }
    },
    fetch: guardedFetch(options.fetch),
    fetchResponseBodyLimits: { jwks_uri: MAX_JWKS_BYTES, sector_identifier_uri: MAX_JWKS_BYTES },
    features: features(options, () => Math.floor(clock.now() / 1000)),
  }
}

/** FAPI 1 is a client's own, and changes nothing for anybody else; before a client is known, and for whoever does not say, it is FAPI 2. */
const profileOf = (_: Context, client: Client | undefined): string =>
  client?.fapi_profile === '1.0-advanced' ? '1.0 Final' : '2.0'

const ROUTES = {
  authorization: '/authorize',
  backchannel_authentication: '/bc-authorize',
  end_session: '/session/end',
  introspection: '/introspect',
  jwks: '/jwks',
  pushed_authorization_request: '/par',
  revocation: '/revoke',
  token: '/token',
}

function clientSettings({ clients, clock }: ProviderSettings): Payload {
  return {
    clients,
    clientAuthMethods: ['private_key_jwt', 'tls_client_auth'], // 5.3.2.1-6
    clientDefaults: {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      id_token_signed_response_alg: 'PS256',
      authorization_signed_response_alg: 'PS256',
      introspection_signed_response_alg: 'PS256',
      token_endpoint_auth_method: 'private_key_jwt',
    },
    extraClientMetadata: {
      properties: [OWN_METADATA, OWN_SCOPE, FAPI_PROFILE, KEY_SET],
      validator: (_: Context, _key: string, _value: unknown, metadata: Payload) =>
        checkClient(metadata),
    },
    assertJwtClientAuthClaimsAndHeader: (
      context: Context,
      claims: Payload,
      header: Payload,
      client: Client,
    ) => checkAssertion(context, { claims, header }, client, Math.floor(clock.now() / 1000)),
    enabledJWA: {
      authorizationSigningAlgValues: ALGORITHMS,
      clientAuthSigningAlgValues: ALGORITHMS,
      dPoPSigningAlgValues: ALGORITHMS,
      idTokenSigningAlgValues: ALGORITHMS,
      introspectionSigningAlgValues: ALGORITHMS,
      requestObjectSigningAlgValues: ALGORITHMS,
    },
    clientBasedCORS: () => false,
    subjectTypes: ['public'],
    sectorIdentifierUriValidate: () => false,
  }
}

function requestSettings(options: ProviderSettings): Payload {
  const { interactionUrl, consents, strongAcr, acrValues = [] } = options
  return {
    responseTypes: ['code'], // 5.3.2.2-1
    pkce: { required: () => true }, // 5.3.2.2-5; the library knows S256 only
    scopes: ['openid'],
    // Promised is only what there is a step for (server-metadata.ts); but where nothing stands here no ID token says `acr`.
    acrValues: strongAcr === undefined ? [...acrValues] : [strongAcr],
    claims: {
      acr: null,
      auth_time: null,
      iss: null,
      // Where there is such a step, each ID token says how the customer was authenticated, asked for or not.
      openid: strongAcr === undefined ? ['sub'] : ['sub', 'acr', 'amr', 'auth_time'],
      // The library's own; there is no logout here that would name a session by it.
      sid: false,
      [INTENT_CLAIM]: null,
    },
    acceptQueryParamAccessTokens: false,
    allowOmittingSingleRegisteredRedirectUri: false, // 5.3.2.2-6
    enableHttpPostMethods: false,
    extraParams: consentParameter(consents),
    interactions: {
      policy: prompts(strongAcr),
      url(_: Context, { uid }: { readonly uid: string }) {
        if (interactionUrl === undefined)
          throw new errors.TemporarilyUnavailable('customers cannot be asked here')
        return interactionUrl(uid)
      },
    },
    // One grant is one consent: what was granted before is no answer to this request.
    async loadExistingGrant({ oidc }: Context) {
      const id = oidc.result?.consent?.grantId
      return id === undefined ? undefined : oidc.provider.Grant.find(id)
    },
  }
}

/**
 * Login, strong authentication where there is such a step, then consent. Whoever was here before is asked again: a customer answers each
 * request themselves. Which `acr` is reached is known after the second step, so it is the second step that judges it.
 */
function prompts(strongAcr: string | undefined) {
  const policy = interactionPolicy.base()
  const each = new interactionPolicy.Check(
    'each_request',
    'each request is authenticated',
    ({ oidc }) => oidc.result?.login === undefined,
  )
  const { checks } = policy.get('login')
  checks.add(each)
  if (strongAcr === undefined) return policy
  for (const reason of ['essential_acr', 'essential_acrs']) checks.remove(reason)
  const strong = new interactionPolicy.Check(
    'strong_authentication',
    'whether the customer must authenticate strongly is decided',
    ({ oidc }) => oidc.result?.sca === undefined,
  )
  policy.add(new interactionPolicy.Prompt({ name: 'sca' }, strong), 1)
  return policy
}

function tokenSettings({ consents }: ProviderSettings): Payload {
  return {
    conformIdTokenClaims: true,
    expiresWithSession: () => false, // a consent outlives the browser
    issueRefreshToken: (_: Context, client: Client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: () => false, // 5.3.2.1-9
    extraTokenClaims: withConsent(consents, ownClaims),
    formats: { bitsOfOpaqueRandomness: 256, customizers: { jwt: undefined } },
    // RFC 7009 §2.1: with an access token all tokens of its grant go, and the consent stays; with anything else the consent goes too.
    revokeGrantPolicy: ({ oidc }: Context) =>
      oidc.route !== 'revocation' || oidc.entities.AccessToken === undefined,
  }
}

/** There is no userinfo endpoint: what is asked of one is not answered, which is no mistake of who asks (OpenID Connect Core §5.5). */
function withoutUserinfo(_: Context, claims: { userinfo?: unknown }): void {
  delete claims.userinfo
}

function features(options: ProviderSettings, now: () => number): Payload {
  const { gateways, resources, presented, decoupled, nonceSecret } = options
  return {
    fapi: { enabled: true, profile: profileOf },
    pushedAuthorizationRequests: {
      enabled: true,
      requirePushedAuthorizationRequests: true, // 5.3.2.2-2
      allowUnregisteredRedirectUris: false,
    },
    requestObjects: {
      enabled: true,
      requireSignedRequestObject: false, // by client: require_signed_request_object
      assertJwtClaimsAndHeader: (
        context: Context,
        claims: Payload,
        header: Payload,
        client: Client,
      ) => checkRequestObject(context, { claims, header }, client, now()),
    },
    jwtResponseModes: ON,
    dPoP: {
      enabled: true,
      allowReplay: false,
      nonceSecret,
      requireNonce: (context: Context) => isAhead(context.get('DPoP'), now()),
    },
    mTLS: certificateFeature(presented),
    resourceIndicators: resourceIndicators(resources),
    richAuthorizationRequests: {
      enabled: true,
      types: AUTHORIZATION_DETAILS,
      // What the customer granted, not what was asked for; a token has no more than its source.
      authorizationDetailsForGrantSource: ({ oidc }: Context) => oidc.grant?.rar,
      // A client's own token has no source.
      authorizationDetailsForAccessToken: ({ oidc }: Context, _token: Token, source?: Token) =>
        narrowed(source?.rar, oidc.params?.['authorization_details']),
      authorizationDetailsForIntrospection: (_: Context, token: Token) => token.rar,
    },
    introspection: {
      enabled: true,
      // A token whose client was suspended or is gone says nothing; the library would look into the client that is not there.
      allowedPolicy: async ({ oidc }: Context, client: Client, token: Token) =>
        gateways.has(client.clientId) &&
        (await oidc.provider.Client.find(token.clientId)) !== undefined,
    },
    jwtIntrospection: ON,
    revocation: {
      enabled: true,
      allowedPolicy: (_: Context, client: Client, token: Token) =>
        token.clientId === client.clientId,
    },
    ciba: decoupledFeature(decoupled),
    clientCredentials: ON,
    attestClientAuth: OFF,
    backchannelLogout: OFF,
    claimsParameter: { enabled: true, assertClaimsParameter: withoutUserinfo },
    clientIdMetadataDocument: OFF,
    deviceFlow: OFF,
    devInteractions: OFF,
    encryption: OFF,
    externalSigningSupport: OFF,
    jwtUserinfo: OFF,
    openid4vci: OFF,
    registration: OFF,
    registrationManagement: OFF,
    rpInitiatedLogout: OFF,
    rpMetadataChoices: OFF,
    userinfo: OFF,
    webMessageResponseMode: OFF,
  }
}
