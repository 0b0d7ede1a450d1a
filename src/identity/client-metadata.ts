/** What a client may be (FAPI 2.0 Security Profile §5.3.2.1), whoever registered it: confidential, its tokens bound, its keys strong. */
import { createPublicKey } from 'node:crypto'
import { errors } from 'oidc-provider'

/** Client metadata as RFC 7591 §2 names it, with ours. */
export interface ClientMetadata {
  readonly client_id: string
  readonly client_name?: string
  readonly redirect_uris?: readonly string[]
  readonly grant_types?: readonly string[]
  readonly response_types?: readonly 'code'[]
  readonly response_modes?: readonly string[]
  readonly scope?: string
  readonly token_endpoint_auth_method?: 'private_key_jwt' | 'tls_client_auth'
  readonly token_endpoint_auth_signing_alg?: SigningAlgorithm
  readonly tls_client_auth_subject_dn?: string
  readonly tls_client_auth_san_dns?: string
  readonly tls_client_auth_san_uri?: string
  readonly tls_client_auth_san_email?: string
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  readonly jwks_uri?: string
  readonly dpop_bound_access_tokens?: boolean
  readonly tls_client_certificate_bound_access_tokens?: boolean
  readonly require_signed_request_object?: boolean
  readonly request_object_signing_alg?: SigningAlgorithm
  readonly id_token_signed_response_alg?: SigningAlgorithm
  readonly authorization_signed_response_alg?: SigningAlgorithm
  readonly introspection_signed_response_alg?: SigningAlgorithm
  readonly authorization_details_types?: readonly string[]
  readonly backchannel_token_delivery_mode?: 'poll' | 'ping'
  readonly backchannel_client_notification_endpoint?: string
  readonly backchannel_authentication_request_signing_alg?: SigningAlgorithm
  readonly application_type?: 'web' | 'native'
  /** `opaque`: its tokens are asked about (RFC 7662) and can be revoked one by one (RFC 7009); else JWTs for the gateway. */
  readonly access_token_format?: 'jwt' | 'opaque'
  /** By which rules it is held; absent: `2.0`. `1.0-advanced` is FAPI 1.0 Advanced (Final) with pushed requests and JARM, for ecosystems that still have it. */
  readonly fapi_profile?: FapiProfile
}
export type FapiProfile = '2.0' | '1.0-advanced'

/** FAPI 2.0 Security Profile §5.4.1. */
export const SIGNING_ALGORITHMS = ['PS256', 'ES256', 'EdDSA'] as const
/** FAPI 1.0 Advanced §8.6. */
export const FAPI1_ALGORITHMS: readonly string[] = ['PS256', 'ES256']
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** The members of ours; for each the library calls `checkClient` whenever it loads a client. */
export const OWN_METADATA = 'access_token_format'
export const FAPI_PROFILE = 'fapi_profile'
/** Scopes of resources that a client may have, where it registered for some. */
export const OWN_SCOPE = 'permitted_scope'

/** Which keys at its `jwks_uri` count now: with others it is another client to the library, which knows nothing of those before. */
export const KEY_SET = 'key_set'

export const MAX_CLIENT_KEYS = 20
const MIN_RSA_BITS = 2048

/** Beside what the library checks. @throws InvalidClientMetadata */
export function checkClient(metadata: Readonly<Record<string, unknown>>): void {
  const refuse = (description: string): never => {
    throw new errors.InvalidClientMetadata(description)
  }
  const format = metadata[OWN_METADATA]
  if (format !== undefined && format !== 'jwt' && format !== 'opaque')
    refuse('access_token_format must be jwt or opaque')

  // Bearer tokens are not issued; a client that can get none, such as a gateway that asks about others', needs no binding.
  const grants = metadata['grant_types']
  const bound =
    Number(metadata['dpop_bound_access_tokens'] === true) +
    Number(metadata['tls_client_certificate_bound_access_tokens'] === true)
  if (!(Array.isArray(grants) && grants.length === 0) && bound !== 1)
    refuse(
      'one of dpop_bound_access_tokens and tls_client_certificate_bound_access_tokens must be true',
    )

  checkProfile(metadata, refuse)
  for (const uri of listOf(metadata['redirect_uris']))
    if (!isRedirectUri(uri, metadata['application_type'] === 'native'))
      refuse('redirect_uris must be https, without wildcard, user or fragment')

  const { jwks } = metadata
  if (typeof jwks === 'object' && jwks !== null && 'keys' in jwks) checkKeys(jwks.keys, refuse)
}

/** FAPI 1.0 Advanced §5.2.2: tokens bound to certificates, signed requests, PS256 or ES256. What FAPI 2.0 asks for beyond it stays asked for. */
function checkProfile(
  metadata: Readonly<Record<string, unknown>>,
  refuse: (description: string) => never,
): void {
  const profile = metadata[FAPI_PROFILE]
  if (profile === undefined || profile === '2.0') return
  if (profile !== '1.0-advanced') refuse('fapi_profile must be 2.0 or 1.0-advanced')
  if (metadata['tls_client_certificate_bound_access_tokens'] !== true)
    refuse('tls_client_certificate_bound_access_tokens must be true under FAPI 1.0')
  if (
    listOf(metadata['grant_types']).includes('authorization_code') &&
    metadata['require_signed_request_object'] !== true
  )
    refuse('require_signed_request_object must be true under FAPI 1.0')
  for (const [name, value] of Object.entries(metadata))
    if (
      /_(?:signing|response)_alg$/.test(name) &&
      typeof value === 'string' &&
      !FAPI1_ALGORITHMS.includes(value)
    )
      refuse(`${name} must be PS256 or ES256 under FAPI 1.0`)
}

function isRedirectUri(uri: unknown, native: boolean): boolean {
  const url = typeof uri === 'string' && !uri.includes('*') ? URL.parse(uri) : null
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false
  if (url.protocol === 'https:') return true
  // RFC 8252 §7.3: an app on the customer's own machine.
  return native && url.protocol === 'http:' && ['127.0.0.1', '[::1]'].includes(url.hostname)
}

/** FAPI 2.0 Security Profile §5.4: RSA of 2048 bits at least, no two keys of one name; curves are what the algorithms need. */
function checkKeys(keys: unknown, refuse: (description: string) => never): void {
  const list = listOf(keys)
  if (list.length > MAX_CLIENT_KEYS) refuse(`jwks must not hold more than ${MAX_CLIENT_KEYS} keys`)
  const names = new Set<unknown>()
  for (const key of list) {
    if (typeof key !== 'object' || key === null) return refuse('jwks must hold keys')
    const jwk: Record<string, unknown> = { ...key }
    const { kid, kty } = jwk
    if (kid !== undefined && names.has(kid)) refuse('jwks must not hold two keys of one kid')
    names.add(kid)
    if (kty === 'RSA' && (rsaBits(jwk) ?? 0) < MIN_RSA_BITS)
      refuse(`RSA keys in jwks must have ${MIN_RSA_BITS} bits at least`)
  }
}

function rsaBits(jwk: Record<string, unknown>): number | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyDetails?.modulusLength
  } catch {
    return undefined
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
