/** Connection, client certificate and binding of a request, in words for a developer of a third party. */
import type { FactsRecord } from '../events/index.ts'

/** Name and value of each line. */
export function transportLines({
  transport,
  token,
  proof,
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
  if (proof !== undefined) lines.push(['DPoP proof', proofLine(proof)])
  return lines
}

const USE = {
  new: 'used for the first time',
  seen: 'USED BEFORE',
  full: 'NOT TAKEN, because too many are remembered',
  'before-start': 'perhaps OLDER than this gateway, and without a nonce of it',
} as const
const NONCE = {
  absent: 'without a nonce',
  good: 'with a good nonce',
  aging: 'with a good nonce',
  unknown: 'with a nonce that this gateway did NOT hand out lately',
} as const

function proofLine(proof: NonNullable<FactsRecord['proof']>): string {
  const { kind, why, key, ofMethod, ofToken, issuedAt, nonce, use } = proof
  if (kind === 'absent') return 'NONE came, though the scheme was DPoP'
  if (kind === 'invalid') return `NOT sound: ${why ?? 'no reason was recorded'}`
  return [
    `by key ${key ?? '?'}`,
    ofMethod === true ? 'for this method' : 'for ANOTHER method',
    ofToken === true ? 'for this token' : 'for ANOTHER token',
    issuedAt === undefined ? '' : `made at ${moment(issuedAt)}`,
    nonce === undefined ? '' : NONCE[nonce],
    use === undefined ? '' : USE[use],
  ]
    .filter((part) => part !== '')
    .join(', ')
}

/** A client may write any number there. */
export function moment(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? 'NO moment' : date.toISOString()
}

type Certificate = NonNullable<NonNullable<FactsRecord['transport']>['certificate']>

const REVOCATION = {
  good: 'not revoked',
  revoked: 'REVOKED',
  unknown: 'whether it is revoked was NOT KNOWN',
  unasked: 'its trust store does not ask about revocation',
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
  const keyText = key === undefined ? undefined : `DPoP key ${key}`
  if (certificate !== undefined) {
    const same = transport?.certificate?.thumbprint === certificate
    const also = keyText === undefined ? '' : `, and ${keyText}`
    return `certificate ${certificate}, ${same ? 'the one of the connection' : 'NOT the one of the connection'}${also}`
  }
  return keyText ?? 'something that is not known here'
}
