/**
 * Control `consent-bound-access`: the call is tied to a consent of this client and this customer that is in force now and holds the
 * permissions of the operation. One whose payment was sent lets what repeats pass, and nothing else. Whose consent it is comes first: a stranger learns nothing about the state of another's.
 */
import { believedToken, type VerifiedToken } from '../believed-token.ts'
import type { ConsentFact, Facts } from '../facts.ts'
import { feedLimitMs, feedStale } from '../feed-age.ts'
import type { Failure, RuleKind } from '../rule.ts'
import type { RepeatClaim } from '../verdict.ts'

type KnownConsent = ConsentFact & { readonly kind: 'known' }

export const rule: RuleKind<'authz.consent'> = {
  name: 'authz.consent',
  prepare({ params }, context) {
    const limitMs = feedLimitMs(context)
    const inForce = new Set(params.statuses)
    const unmapped: Failure | undefined = params.unmapped
      ? { code: 'GH_GATEWAY_PERMISSION_UNMAPPED', detail: params.unmappedBecause ?? NOT_MAPPED }
      : undefined
    return {
      needs: ['token', 'consent'],
      // Who asks again has the answer of before; everybody else finds it used.
      claims: ({ consent }) =>
        consent?.kind === 'known' && consent.used === true ? ONLY_REPEATED : NOTHING_TO_CLAIM,
      judge(facts) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        const stale = feedStale(facts, limitMs)
        if (stale !== undefined) return stale
        const { consent } = facts
        if (consent?.kind !== 'known') return MISSING
        return (
          judgeOwner(token, consent) ??
          judgeState(facts, consent, inForce) ??
          unmapped ??
          judgePermissions(consent, params.permissions)
        )
      },
    }
  },
}

const MISSING: Failure = {
  code: 'GH_GATEWAY_CONSENT_MISSING',
  detail: 'consent is not in the feed',
}
const ONLY_REPEATED: readonly RepeatClaim[] = [{ kind: 'repeat', rule: 'authz.consent' }]
const NOTHING_TO_CLAIM: readonly RepeatClaim[] = []
const NOT_MAPPED = 'no permission is mapped to the operation'

function judgeOwner(token: VerifiedToken, consent: KnownConsent): Failure | undefined {
  if (token.consentId === '' || consent.id !== token.consentId) return MISSING
  if (token.clientId === '' || consent.clientId !== token.clientId)
    return mismatch('consent client is not the token client')
  if (token.subject === '' || consent.subject !== token.subject)
    return mismatch('consent subject is not the token subject')
  return undefined
}

/** The event says what it was; the client hears the same as for a consent that does not exist. */
function mismatch(detail: string): Failure {
  return { code: 'GH_GATEWAY_CONSENT_MISMATCH', outside: 'GH_GATEWAY_CONSENT_MISSING', detail }
}

function judgeState(
  facts: Facts,
  consent: KnownConsent,
  inForce: ReadonlySet<string>,
): Failure | undefined {
  if (consent.revoked) return { code: 'GH_GATEWAY_CONSENT_INACTIVE', detail: 'consent is revoked' }
  if (consent.used !== true && !inForce.has(consent.status))
    return { code: 'GH_GATEWAY_CONSENT_INACTIVE', detail: 'consent status is not in force' }
  if (consent.validFrom !== undefined && !(facts.now >= consent.validFrom))
    return { code: 'GH_GATEWAY_CONSENT_INACTIVE', detail: 'consent is not valid yet' }
  // The end is exclusive, as `exp` is.
  if (consent.expiresAt !== undefined && !(facts.now < consent.expiresAt))
    return { code: 'GH_GATEWAY_CONSENT_EXPIRED', detail: 'consent has expired' }
  return undefined
}

function judgePermissions(
  consent: KnownConsent,
  groups: readonly (readonly string[])[],
): Failure | undefined {
  for (let at = 0; at < groups.length; at++) {
    const group = groups[at] ?? []
    if (!group.some((code) => consent.permissions.has(code)))
      return {
        code: 'GH_GATEWAY_PERMISSION_MISSING',
        detail: `consent holds none of: ${group.join(', ')}`,
      }
  }
  return undefined
}
