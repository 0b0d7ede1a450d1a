/** Client certificates at the authorization server (RFC 8705): what the TLS layer proved, compared with what the client registered. */
import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Context } from 'oidc-provider'
import { readCertificate } from '../proof/index.ts'

export interface Presented {
  /** Whose private key the connection proved; `undefined`: none. */
  of(request: IncomingMessage): X509Certificate | undefined
  /** Whether it leads to an authority that is trusted, and was not revoked. */
  trusted(request: IncomingMessage): boolean
  /** The same of the certificate behind a qualified seal (DER), by itself: whoever issued it is an anchor. */
  believesSeal(der: Uint8Array): boolean
}

export function certificateFeature(presented: Presented) {
  return {
    enabled: true,
    certificateBoundAccessTokens: true,
    tlsClientAuth: true,
    selfSignedTlsClientAuth: false,
    getCertificate: ({ req }: Context) => presented.of(req),
    certificateAuthorized: ({ req }: Context) => presented.trusted(req),
    certificateSubjectMatches({ req }: Context, property: string, expected: string): boolean {
      const certificate = presented.of(req)
      return certificate !== undefined && subjectMatches(certificate, property, expected)
    },
  }
}

/** RFC 8705 §2.1.2: a client registers one of them. In the order of the library, which has addresses of the network, too: those match nothing here. */
export const CERTIFICATE_SUBJECTS = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_email',
  'tls_client_auth_san_uri',
] as const

/** A connection has one certificate for all of its requests. */
const known = new WeakMap<Pick<X509Certificate, 'raw'>, ReturnType<typeof readCertificate>>()

/** RFC 8705 §2.1.2. What cannot be compared does not match. */
export function subjectMatches(
  certificate: Pick<X509Certificate, 'raw'>,
  property: string,
  expected: string,
): boolean {
  let read = known.get(certificate)
  if (read === undefined) known.set(certificate, (read = readCertificate(certificate.raw)))
  if (!read.ok) return false
  const { subject, subjectAltNames } = read.certificate
  switch (property) {
    case 'tls_client_auth_subject_dn':
      return subject.text === expected
    case 'tls_client_auth_san_dns':
      return subjectAltNames.dns.some((name) => name.toLowerCase() === expected.toLowerCase())
    case 'tls_client_auth_san_uri':
      return subjectAltNames.uri.includes(expected)
    case 'tls_client_auth_san_email':
      return subjectAltNames.email.includes(expected)
    default:
      return false
  }
}
