/** How long everything lives, in seconds. What hangs on a consent ends with it. */
import type { Context, Grant, Token } from 'oidc-provider'
import { INTERACTION_SECONDS } from './adapter.ts'
import { MAX_ACCESS_TOKEN_SECONDS } from './resources.ts'

/** FAPI 2.0 Security Profile §5.3.2.1-11. */
export const CODE_SECONDS = 60
/** RTS (EU) 2018/389 Art. 4(3)(d): five minutes without activity. */
export const SESSION_SECONDS = 300
/** However active a customer is: then he logs in to his own pages again. The number is ours. */
export const MOST_SESSION_SECONDS = 3_600
/** RTS Art. 10a: the longest without authenticating again. A grant that says no end of its own has this one. */
export const GRANT_SECONDS = 180 * 86_400
export const DECOUPLED_SECONDS = 300
const ID_TOKEN_SECONDS = 300

/** No longer than `most`, nor than the grant. */
const within =
  (most: number) =>
  ({ oidc }: Context): number => {
    const grant: Grant | undefined = oidc.entities.Grant
    return Math.max(1, Math.min(most, grant?.remainingTTL ?? Math.min(most, GRANT_SECONDS)))
  }

export const LIFETIMES = {
  AccessToken: (context: Context, token: Token) =>
    within(token.resourceServer?.accessTokenTTL ?? MAX_ACCESS_TOKEN_SECONDS)(context),
  AuthorizationCode: CODE_SECONDS,
  BackchannelAuthenticationRequest: ({ oidc }: Context) => {
    const asked = Number(oidc.params?.['requested_expiry'] ?? DECOUPLED_SECONDS)
    return Math.min(DECOUPLED_SECONDS, asked)
  },
  ClientCredentials: MAX_ACCESS_TOKEN_SECONDS,
  Grant: GRANT_SECONDS,
  IdToken: ID_TOKEN_SECONDS,
  Interaction: INTERACTION_SECONDS,
  // As long as its grant, which has the end of the consent.
  RefreshToken: within(Infinity),
  Session: SESSION_SECONDS,
}
