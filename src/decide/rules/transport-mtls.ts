/**
 * Control `client-mutual-tls`: a client certificate with a path to an anchor that the bank chose, every part of it in force and not
 * revoked as far as is known now. Judged at each request, because a connection outlives certificates and revocation lists.
 */
import type { TrustedCertificate } from '../facts.ts'
import { type Failure, NO_NEEDS, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'transport.mtls'> = {
  name: 'transport.mtls',
  prepare({ params }) {
    const stores = params.trustStores === undefined ? undefined : new Set(params.trustStores)
    return {
      needs: NO_NEEDS,
      judge({ transport, now }) {
        const certificate = transport?.certificate
        if (certificate === undefined || certificate.kind === 'absent') return MISSING
        if (certificate.kind === 'untrusted')
          return { code: 'GH_GATEWAY_CERTIFICATE_UNTRUSTED', detail: certificate.why }
        if (stores !== undefined && !stores.has(certificate.trustStore))
          return {
            code: 'GH_GATEWAY_CERTIFICATE_UNTRUSTED',
            detail: 'its trust store is none of this API',
          }
        if (!(certificate.depth <= params.maxDepth))
          return {
            code: 'GH_GATEWAY_CERTIFICATE_UNTRUSTED',
            detail: `more than ${params.maxDepth} authorities above it`,
          }
        return inForce(certificate, now)
      },
    }
  },
}

const MISSING: Failure = {
  code: 'GH_GATEWAY_CERTIFICATE_MISSING',
  detail: 'no client certificate came',
}

function inForce(
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
      ? 'the revocation list is out of date'
      : 'there is no revocation list of its authority'
  // Neither guilty nor cleared: fail closed, for this API.
  return { code: 'GH_GATEWAY_CERTIFICATE_STATUS', detail }
}

function expired(detail: string): Failure {
  return { code: 'GH_GATEWAY_CERTIFICATE_EXPIRED', detail }
}
