/** From a consent in force to the grant of the same name, which tokens hang on and which ends when the consent does. */
import type { Payload, Provider } from 'oidc-provider'
import type { JsonObject } from '../../lib/index.ts'
import type { Consent } from '../consents/consent.ts'
import { authenticatedUntil } from '../consents/reauthentication.ts'
import type { Regime } from '../consents/regime.ts'
import type { ProtectedResource } from '../resources.ts'
import { detailsOf, INTENT_CLAIM } from './requested-consent.ts'

/** Of a consent that has no end: as long as what was in force is kept. */
export const LONGEST_GRANT_SECONDS = 5 * 366 * 86_400

export async function grantFor(
  provider: Provider,
  of: {
    readonly consent: Consent
    readonly regime: Regime
    readonly subject: string
    readonly params: Payload
    readonly resources: readonly ProtectedResource[]
    readonly now: number
  },
): Promise<string> {
  const { consent, params, resources } = of
  const grant = new provider.Grant({
    jti: consent.id,
    clientId: consent.client,
    accountId: of.subject,
    expiresIn: secondsOf(consent, of.regime, of.now),
  })
  const scope = typeof params['scope'] === 'string' ? params['scope'] : ''
  grant.addOIDCScope(scope)
  grant.addOIDCClaims([INTENT_CLAIM])
  const asked = [params['resource']].flat().filter((one) => typeof one === 'string')
  for (const { identifier, scopes } of resources) {
    if (asked.length > 0 && !asked.includes(identifier)) continue
    const granted = scope.split(' ').filter((one) => scopes.includes(one))
    if (granted.length > 0) grant.addResourceScope(identifier, granted.join(' '))
  }
  for (const detail of detailsOf(params)) grant.addRar(granted(detail, consent))
  return grant.save()
}

/** RFC 9396 §7.1: what was granted says which accounts it became. */
function granted(detail: JsonObject, { accounts }: Consent): Payload {
  return detail['type'] === 'account_access' ? { ...detail, accounts } : { ...detail }
}

function secondsOf(consent: Consent, { area }: Regime, now: number): number {
  const ends = [consent.expiresAt, authenticatedUntil(consent, area, now)]
  const end = Math.min(...ends.map((time) => time ?? Infinity))
  return Math.max(1, Math.min(LONGEST_GRANT_SECONDS, Math.floor((end - now) / 1000)))
}
