/** Where consents meet the library: a request may name one that waits for it, and no token is made under one that is over. */
import { type Client, type Context, errors, type Payload, type Token } from 'oidc-provider'
import { scaClaim, type ScaOutcome } from './consents/sca-outcome.ts'
import { namedConsent } from './screens/requested-consent.ts'

export interface RequestedConsents {
  /** Whether this third party may have a customer authorise it, for the first time or again. */
  mayBeAuthorised(id: string, client: string): Promise<boolean>
  /** `undefined`: it is not in force. `sca`: for tokens. */
  inForce(id: string): Promise<{ readonly sca: ScaOutcome | undefined } | undefined>
}

/** At the pushed request already: another's consent is as unknown as one that never was. */
export function consentParameter(consents: RequestedConsents | undefined): Payload {
  if (consents === undefined) return {}
  return {
    async consent_id({ oidc }: Context, _value: unknown, client: Client) {
      const id = namedConsent({ ...oidc.params })
      if (id === undefined) return
      if (id === null || !(await consents.mayBeAuthorised(id, client.clientId)))
        throw new errors.InvalidRequest('the consent is not known')
    },
  }
}

type Claims = (context: Context, token: Token) => Payload | undefined
export const withConsent =
  (consents: RequestedConsents | undefined, claims: Claims) =>
  async (context: Context, token: Token): Promise<Payload | undefined> => {
    const { grantId } = token
    if (consents === undefined || grantId === undefined) return claims(context, token)
    const consent = await consents.inForce(grantId)
    if (consent === undefined) throw new errors.InvalidGrant('the consent is over')
    const { sca } = consent
    return { ...claims(context, token), ...(sca && { sca: scaClaim(sca) }) }
  }
