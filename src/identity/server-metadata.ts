/** What the server says of itself (RFC 8414) where the library says less, or more than is so. */
import type { Provider } from 'oidc-provider'

/** Endpoints that a client reaches with its certificate (RFC 8705 §5). */
const WITH_CERTIFICATE = [
  'token_endpoint',
  'pushed_authorization_request_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'backchannel_authentication_endpoint',
  'registration_endpoint',
]

const AUTHENTICATED = ['introspection', 'revocation'].flatMap((endpoint) => [
  [endpoint, 'auth_methods_supported'] as const,
  [endpoint, 'auth_signing_alg_values_supported'] as const,
])

export function tellMetadata(
  provider: Provider,
  {
    certificateOrigin,
    scopes,
    promisesAcr,
  }: {
    /** Where certificates are asked for, if not at the issuer's own address. */
    readonly certificateOrigin: string | undefined
    /** Of the APIs; the library knows those of OpenID alone. */
    readonly scopes: readonly string[]
    /** How customers are authenticated is chosen by who asks; else it is only said how they were. */
    readonly promisesAcr: boolean
  },
): void {
  provider.use(async (context, next) => {
    await next()
    if (context.oidc?.route !== 'discovery') return
    const body: Record<string, unknown> = { ...Object(context.body) }
    body['scopes_supported'] = ['openid', ...scopes]
    if (!promisesAcr) delete body['acr_values_supported']
    // RFC 8414 §2: clients authenticate there as at the token endpoint, and who is not told that has to think of `client_secret_basic`.
    for (const [endpoint, name] of AUTHENTICATED)
      if (body[`${endpoint}_endpoint`] !== undefined)
        body[`${endpoint}_endpoint_${name}`] = body[`token_endpoint_${name}`]
    // No code of a customer is ever typed into a third party's pages (decoupled.ts).
    if (body['backchannel_user_code_parameter_supported'] !== undefined)
      body['backchannel_user_code_parameter_supported'] = false
    if (certificateOrigin !== undefined)
      body['mtls_endpoint_aliases'] = Object.fromEntries(
        WITH_CERTIFICATE.flatMap((name) => {
          const { pathname } = URL.parse(String(body[name])) ?? {}
          return pathname === undefined ? [] : [[name, `${certificateOrigin}${pathname}`]]
        }),
      )
    context.body = body
  })
}
