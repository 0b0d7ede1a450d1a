import type { Facts } from './facts.ts'
import type { Failure } from './rule.ts'

export const NOT_BOUND: Failure = {
  code: 'GH_GATEWAY_TOKEN_BINDING',
  detail: 'the token is bound to nothing',
}
const NO_CERTIFICATE: Failure = {
  code: 'GH_GATEWAY_TOKEN_BINDING',
  detail: 'the token is bound to a certificate, and none came',
}
const ANOTHER: Failure = {
  code: 'GH_GATEWAY_TOKEN_BINDING',
  detail: 'the token is bound to another certificate',
}

/** Why a token bound to this certificate (RFC 8705 §3: `x5t#S256`) may not be used here; who issued the certificate does not matter (§2.2). */
export function otherCertificate({ transport }: Facts, thumbprint: string): Failure | undefined {
  const certificate = transport?.certificate
  if (certificate === undefined || certificate.kind === 'absent') return NO_CERTIFICATE
  return certificate.thumbprint !== '' && certificate.thumbprint === thumbprint
    ? undefined
    : ANOTHER
}
