/**
 * From what a third party sends to the metadata that it gets. Members are taken one by one: what is not named here is not taken (RFC 7591 §2
 * lets a server leave out what it does not know), and what would make a client weaker or somebody else is refused.
 */
import { canonicalJson, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { subjectMatches } from '../certificates.ts'
import { type ClientMetadata, SIGNING_ALGORITHMS } from '../client-metadata.ts'
import type { Caller } from './caller.ts'
import { checkRedirectUris, isPlainHttps } from './redirect-uris.ts'
import { RegistrationRefused } from './refused.ts'
import type { Permitted } from './role-scopes.ts'
import type { SoftwareStatement } from './software-statement.ts'

const GRANTS = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:openid:params:grant-type:ciba',
]
const METHODS = ['private_key_jwt', 'tls_client_auth']
const MAX_NAME_CHARS = 128
/** They are given by the server, or ask for what is never given. */
const FORBIDDEN = [
  'client_id',
  'client_secret',
  'client_secret_expires_at',
  'client_id_issued_at',
  'registration_access_token',
  'registration_client_uri',
  'access_token_format',
  'sector_identifier_uri',
  'request_uris',
  'initiate_login_uri',
]
const ALGORITHM_MEMBERS = [
  'token_endpoint_auth_signing_alg',
  'id_token_signed_response_alg',
  'request_object_signing_alg',
  'authorization_signed_response_alg',
] as const
const SUBJECT_MEMBERS = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_email',
] as const

function refuse(why: string): never {
  throw new RegistrationRefused('invalid_client_metadata', why)
}

/** `client_id` is left to the caller. @throws RegistrationRefused */
export function allowedMetadata(
  sent: JsonObject,
  {
    caller,
    statement,
    permitted,
    fapi1,
  }: {
    readonly caller: Caller
    readonly statement: SoftwareStatement | undefined
    readonly permitted: Permitted
    /** It may ask for FAPI 1.0 Advanced. */
    readonly fapi1: boolean
  },
): Omit<ClientMetadata, 'client_id'> {
  const member = (name: string): JsonValue | undefined =>
    Object.hasOwn(sent, name) ? sent[name] : undefined
  for (const name of FORBIDDEN) if (member(name) !== undefined) refuse(`${name} is not taken`)
  if (
    statement !== undefined &&
    (member('software_id') ?? statement.software) !== statement.software
  )
    refuse('software_id must be that of the statement')
  if ((member('application_type') ?? 'web') !== 'web') refuse('application_type must be web')
  if ((member('subject_type') ?? 'public') !== 'public') refuse('subject_type must be public')

  const grants = subset(member('grant_types'), 'grant_types', GRANTS) ?? [
    'authorization_code',
    'refresh_token',
    'client_credentials',
  ]
  const coded = grants.includes('authorization_code')
  subset(member('response_types'), 'response_types', ['code'])
  const method = oneOf(member('token_endpoint_auth_method'), 'token_endpoint_auth_method', METHODS)
  const algorithms = ALGORITHM_MEMBERS.flatMap((name) => {
    const value = oneOf(member(name), name, SIGNING_ALGORITHMS)
    return value === undefined ? [] : [[name, value] as const]
  })
  const authentication = method ?? 'private_key_jwt'
  // Sound: every member is of the kind that its name has; the library judges them once more.
  return {
    client_name: nameOf(member('client_name'), statement),
    ...(coded
      ? { redirect_uris: redirects(member('redirect_uris'), statement) }
      : { redirect_uris: [] }),
    grant_types: grants,
    response_types: coded ? ['code'] : [],
    scope: scopes(member('scope'), permitted),
    authorization_details_types:
      subset(
        member('authorization_details_types'),
        'authorization_details_types',
        permitted.detailTypes,
      ) ?? permitted.detailTypes,
    token_endpoint_auth_method: authentication,
    ...Object.fromEntries(algorithms),
    ...(authentication === 'tls_client_auth' ? subjects(member, caller) : {}),
    ...keys(member, statement, authentication),
    ...binding(member, authentication),
    ...(member('require_signed_request_object') === true
      ? { require_signed_request_object: true }
      : {}),
    ...decoupled(member, grants),
    ...profile(member, fapi1),
  } as Omit<ClientMetadata, 'client_id'>
}

function nameOf(sent: JsonValue | undefined, statement: SoftwareStatement | undefined): string {
  const name = statement?.clientName ?? sent
  if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_NAME_CHARS)
    return refuse('client_name is needed, of the statement or of the request')
  // Customers read it: nothing that hides or turns letters.
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>]/u.test(name) ? refuse('client_name cannot be shown') : name
}

function redirects(
  sent: JsonValue | undefined,
  statement: SoftwareStatement | undefined,
): readonly string[] {
  const uris = sent ?? statement?.redirectUris ?? []
  if (!Array.isArray(uris))
    throw new RegistrationRefused('invalid_redirect_uri', 'redirect_uris must be a list')
  return checkRedirectUris(uris, statement?.redirectUris)
}

function scopes(sent: JsonValue | undefined, { scopes: all }: Permitted): string {
  if (sent === undefined) return all.join(' ')
  if (typeof sent !== 'string') return refuse('scope must be a text')
  const asked = sent.split(' ')
  if (!asked.every((scope) => all.includes(scope)))
    refuse(`scope asks for more than its roles allow: ${all.join(' ')}`)
  return [...new Set(asked)].join(' ')
}

/** Who authenticates by a certificate is that certificate's holder, and nobody else. */
function subjects(
  member: (name: string) => JsonValue | undefined,
  { certificate }: Caller,
): Readonly<Record<string, string>> {
  const given = SUBJECT_MEMBERS.filter((name) => member(name) !== undefined)
  const [name] = given
  if (name === undefined) return { tls_client_auth_subject_dn: certificate.subject.text }
  const value = member(name)
  if (given.length > 1 || typeof value !== 'string') return refuse('one tls_client_auth_… is taken')
  return subjectMatches({ raw: Buffer.from(certificate.der) }, name, value)
    ? { [name]: value }
    : refuse(`${name} must be that of the client certificate`)
}

function keys(
  member: (name: string) => JsonValue | undefined,
  statement: SoftwareStatement | undefined,
  authentication: string,
): object {
  const { jwks_uri: uri, jwks } = { jwks_uri: member('jwks_uri'), jwks: member('jwks') }
  if (statement?.jwksUri !== undefined || statement?.jwks !== undefined) {
    // RFC 7592 §2.2: a change sends back what was read, keys included.
    if (
      !isSame(jwks ?? statement.jwks, statement.jwks) ||
      !isSame(uri ?? statement.jwksUri, statement.jwksUri)
    )
      refuse('keys are those of the software statement')
    return statement.jwks === undefined ? { jwks_uri: statement.jwksUri } : { jwks: statement.jwks }
  }
  if (uri !== undefined && jwks !== undefined) refuse('one of jwks and jwks_uri is taken')
  if (uri !== undefined)
    return typeof uri === 'string' && isPlainHttps(uri)
      ? { jwks_uri: uri }
      : refuse('jwks_uri must be an https URL')
  if (jwks !== undefined) return { jwks }
  return authentication === 'private_key_jwt' ? refuse('jwks or jwks_uri is needed') : {}
}

const isSame = (sent: JsonValue | undefined, held: JsonValue | undefined): boolean =>
  sent === undefined || held === undefined
    ? sent === held
    : canonicalJson(sent) === canonicalJson(held)

function binding(member: (name: string) => JsonValue | undefined, authentication: string): object {
  const proof = member('dpop_bound_access_tokens')
  const certificate = member('tls_client_certificate_bound_access_tokens')
  if (proof === false && certificate === false) refuse('bearer tokens are not issued')
  if (proof === true && certificate === true) refuse('tokens are bound in one way')
  const byProof =
    proof === true ||
    (certificate !== true && proof !== false && authentication !== 'tls_client_auth')
  return byProof
    ? { dpop_bound_access_tokens: true }
    : { tls_client_certificate_bound_access_tokens: true }
}

/** A third party is held to FAPI 2.0, unless it asks for less where the bank lets it. */
function profile(member: (name: string) => JsonValue | undefined, fapi1: boolean): object {
  const asked = oneOf(member('fapi_profile'), 'fapi_profile', ['2.0', '1.0-advanced'])
  if (asked !== '1.0-advanced') return {}
  return fapi1 ? { fapi_profile: asked } : refuse('fapi_profile 1.0-advanced is not taken here')
}

function decoupled(
  member: (name: string) => JsonValue | undefined,
  grants: readonly string[],
): object {
  if (!grants.includes('urn:openid:params:grant-type:ciba')) return {}
  const mode = oneOf(member('backchannel_token_delivery_mode'), 'backchannel_token_delivery_mode', [
    'poll',
    'ping',
  ])
  const endpoint = member('backchannel_client_notification_endpoint')
  const name = 'backchannel_authentication_request_signing_alg'
  const alg = oneOf(member(name), name, SIGNING_ALGORITHMS)
  const signed = alg === undefined ? {} : { [name]: alg }
  if (mode !== 'ping') return { backchannel_token_delivery_mode: 'poll', ...signed }
  return typeof endpoint === 'string' && isPlainHttps(endpoint)
    ? {
        backchannel_token_delivery_mode: 'ping',
        ...signed,
        backchannel_client_notification_endpoint: endpoint,
      }
    : refuse('backchannel_client_notification_endpoint must be an https URL')
}

function subset(
  value: JsonValue | undefined,
  name: string,
  all: readonly string[],
): readonly string[] | undefined {
  if (value === undefined) return undefined
  const wrong = `${name} must be a list of these and no others: ${all.join(', ')}`
  if (!Array.isArray(value) || value.length > all.length) return refuse(wrong)
  return value.map((one: JsonValue) =>
    typeof one === 'string' && all.includes(one) ? one : refuse(wrong),
  )
}

function oneOf(
  value: JsonValue | undefined,
  name: string,
  all: readonly string[],
): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' && all.includes(value)
    ? value
    : refuse(`${name} must be one of ${all.join(', ')}`)
}
