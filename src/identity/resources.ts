/** The APIs that access tokens are for (RFC 8707): one token, one audience. */
import { type Client, type Context, errors, type Token } from 'oidc-provider'
import type { SigningAlgorithm } from './client-metadata.ts'

export interface ProtectedResource {
  /** Resource indicator, and `aud` of its tokens. */
  readonly identifier: string
  readonly scopes: readonly string[]
}

/** A JWT cannot be called back before its end, but by the feed (DESIGN §2). */
export const MAX_ACCESS_TOKEN_SECONDS = 300
const ACCESS_TOKEN_ALGORITHM: SigningAlgorithm = 'ES256'

export function resourceIndicators(resources: readonly ProtectedResource[]) {
  const known = new Map(resources.map((resource) => [resource.identifier, resource]))
  const [first, second] = resources
  const only = second === undefined ? first?.identifier : undefined
  return {
    enabled: true,
    /** Where there is one API, it need not be named. */
    defaultResource: (_: Context, _client: Client, oneOf: string | readonly string[] | undefined) =>
      oneOf ?? only,
    useGrantedResource: () => true,
    getResourceServerInfo(_: Context, identifier: string, client: Client) {
      const resource = known.get(identifier)
      if (resource === undefined) throw new errors.InvalidTarget('the resource is not known')
      const permitted = client.permitted_scope?.split(' ')
      return {
        scope: resource.scopes.filter((one) => permitted?.includes(one) ?? true).join(' '),
        audience: resource.identifier,
        accessTokenTTL: MAX_ACCESS_TOKEN_SECONDS,
        accessTokenFormat: client.access_token_format ?? 'jwt',
        jwt: { sign: { alg: ACCESS_TOKEN_ALGORITHM } },
      }
    },
  }
}

/** What the gateway needs beside the standard claims. One grant is one consent, and has its id. */
export function ownClaims({ oidc }: Context, token: Token): Record<string, unknown> | undefined {
  if (token.grantId === undefined) return undefined
  const { AuthorizationCode, BackchannelAuthenticationRequest, RefreshToken } = oidc.entities
  const from = AuthorizationCode ?? BackchannelAuthenticationRequest ?? RefreshToken
  return {
    consent_id: token.grantId,
    // RFC 9068 §2.2.1.
    ...(from?.acr === undefined ? {} : { acr: from.acr }),
    ...(from?.amr === undefined ? {} : { amr: from.amr }),
    ...(from?.authTime === undefined ? {} : { auth_time: from.authTime }),
  }
}
