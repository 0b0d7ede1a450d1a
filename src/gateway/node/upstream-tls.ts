/**
 * TLS towards a bank API: whom we believe, who we say we are, and which names of its certificate count. Names are compared whole: a wildcard
 * vouches for machines that nobody named.
 */
import { isIP } from 'node:net'
import {
  checkServerIdentity,
  type ConnectionOptions,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls'
import type { PlanUpstream } from '../../decide/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import type { CallFault } from './upstream-request.ts'

/** Anchors, certificate and key for the API of that name, as their files are now; `undefined`: they cannot be used. */
export type UpstreamIdentity = (api: string) => SecureContext | undefined

/** Options of a connection to `host`. */
export function upstreamTlsOptions(
  host: string,
  tls: PlanUpstream['tls'],
  secureContext: SecureContext | undefined,
): ConnectionOptions {
  const name = tls?.serverName ?? host
  return {
    ALPNProtocols: ['http/1.1'],
    // RFC 6066 §3: an address is no server name; the certificate must name it all the same.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(tls !== undefined && {
      secureContext,
      checkServerIdentity: (_asked: string, certificate: PeerCertificate) =>
        namesAgree(certificate, { host, ...tls }),
    }),
  }
}

/** What is configured must be there, letter by letter; without a name, what RFC 9110 §4.3.4 asks of the host. */
export function namesAgree(
  certificate: PeerCertificate,
  wanted: { readonly host: string; readonly serverName?: string; readonly uri?: string },
): Error | undefined {
  const { host, serverName, uri } = wanted
  // Node writes a value that could be read as several in quotes, so that it equals none.
  const names = (certificate.subjectaltname ?? '').split(', ')
  const has = (kind: string, value: string): boolean =>
    names.some((name) => {
      const at = name.indexOf(':')
      return name.slice(0, at) === kind && name.slice(at + 1) === value
    })
  if (uri !== undefined && !has('URI', uri)) return new Error('another URI')
  if (serverName !== undefined)
    return has('DNS', serverName) || has('IP Address', serverName)
      ? undefined
      : new Error('another name')
  return uri === undefined ? checkServerIdentity(host, certificate) : undefined
}

/** Of a connection that failed: whose fault it was, by what OpenSSL says. */
export function tlsFault(
  failure: Error,
  secured: boolean,
): { readonly code: ErrorCode; readonly call: CallFault } | undefined {
  const code = 'code' in failure ? String(failure.code) : ''
  // The bank said no to us: an alert, which under TLS 1.3 may come after our handshake is done.
  if (/^ERR_SSL_.*ALERT/.test(code) || (!secured && code.startsWith('ERR_SSL_')))
    return { code: 'GH_GATEWAY_UPSTREAM_HANDSHAKE', call: { fault: 'ours-refused' } }
  if (secured) return undefined
  const fault = certificateFault(`${code} ${failure.message}`)
  return fault === undefined
    ? undefined
    : { code: 'GH_GATEWAY_UPSTREAM_UNTRUSTED', call: { fault } }
}

function certificateFault(said: string): CallFault['fault'] | undefined {
  if (/CERT_HAS_EXPIRED/.test(said)) return 'certificate-expired'
  if (/CERT_NOT_YET_VALID/.test(said)) return 'certificate-not-yet-valid'
  if (/CERT_REVOKED/.test(said)) return 'certificate-revoked'
  if (/ALTNAME|another (?:name|URI)/.test(said)) return 'certificate-name'
  return /CERT|SIGNATURE|ISSUER|CRL/.test(said) ? 'certificate-untrusted' : undefined
}
