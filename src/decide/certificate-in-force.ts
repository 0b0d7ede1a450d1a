/** Whether a certificate that is trusted counts now: its time, and what is known of its revocation. */
import type { TrustedCertificate } from './facts.ts'
import type { Failure } from './rule.ts'

export function certificateInForce(
  { notBefore, notAfter, revocation, revocationUntil }: TrustedCertificate,
  now: number,
): Failure | undefined {
  if (!(now >= notBefore)) return expired('it is not in force yet')
  if (!(now <= notAfter)) return expired('it has expired')
  if (revocation === 'unasked') return undefined
  if (revocation === 'revoked')
    return { code: 'GH_GATEWAY_CERTIFICATE_REVOKED', detail: 'it was revoked' }
  if (revocation === 'good' && now <= revocationUntil) return undefined
  const detail =
    revocation === 'good'
      ? 'what is known of its revocation is out of date'
      : 'nothing is known of its revocation: there is no list of its authority, and no answer'
  // Neither guilty nor cleared: fail closed, for this API.
  return { code: 'GH_GATEWAY_CERTIFICATE_STATUS', detail }
}

function expired(detail: string): Failure {
  return { code: 'GH_GATEWAY_CERTIFICATE_EXPIRED', detail }
}
