/**
 * Control `client-mutual-tls`: a client certificate with a path to an anchor that the bank chose, every part of it in force and not
 * revoked as far as is known now. Judged at each request, because a connection outlives certificates and revocation lists.
 */
import { certificateInForce } from '../certificate-in-force.ts'
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
        return certificateInForce(certificate, now)
      },
    }
  },
}

const MISSING: Failure = {
  code: 'GH_GATEWAY_CERTIFICATE_MISSING',
  detail: 'no client certificate came',
}
