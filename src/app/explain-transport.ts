/** Connection, client certificate and binding of a request, in words for a developer of a third party. */
import type { FactsRecord } from '../events/index.ts'

/** Name and value of each line. */
export function transportLines({
  transport,
  token,
}: FactsRecord): readonly (readonly [string, string])[] {
  const lines: (readonly [string, string])[] = []
  if (transport !== undefined) {
    const { tls, certificate } = transport
    lines.push(['connection', tls === null ? 'plain HTTP' : `TLS ${tls}`])
    lines.push([
      'client certificate',
      certificate === null ? 'none came' : certificateLine(certificate),
    ])
    if (certificate?.kind === 'trusted') {
      const { organization, roles, notAfter } = certificate
      const who = organization ?? 'no organizationIdentifier'
      lines.push(['certificate is for', `${who}; PSD2 roles: ${roles?.join(' ') || 'none'}`])
      if (notAfter !== undefined)
        lines.push(['certificate until', new Date(notAfter).toISOString()])
    }
  }
  const bound = token?.bound
  if (bound !== undefined && bound !== null)
    lines.push(['token is bound to', bindingLine(bound, transport)])
  return lines
}

type Certificate = NonNullable<NonNullable<FactsRecord['transport']>['certificate']>

const REVOCATION = {
  good: 'not revoked',
  revoked: 'REVOKED',
  unknown: 'whether it is revoked was NOT KNOWN',
  unasked: 'its trust store asks for no revocation lists',
} as const

function certificateLine({
  kind,
  thumbprint,
  why,
  trustStore,
  depth,
  revocation,
}: Certificate): string {
  if (kind === 'untrusted') return `NOT trusted: ${why ?? 'no reason was recorded'}`
  const status = revocation === undefined ? '' : `, ${REVOCATION[revocation]}`
  return `${thumbprint}, by trust store ${trustStore ?? '?'}, ${depth ?? '?'} authorities above it${status}`
}

function bindingLine(
  { certificate, key }: NonNullable<NonNullable<FactsRecord['token']>['bound']>,
  transport: FactsRecord['transport'],
): string {
  if (certificate !== undefined) {
    const same = transport?.certificate?.thumbprint === certificate
    return `certificate ${certificate}, ${same ? 'the one of the connection' : 'NOT the one of the connection'}`
  }
  return key === undefined ? 'something that is not known here' : `DPoP key ${key}`
}
