/**
 * Berlin Group: an HTTP signature by a qualified seal certificate of the organisation that sends the request. Each way in which it fails
 * has its own code, because each is mended by somebody else.
 */
import type { ErrorCode } from '../../lib/index.ts'
import { believedToken } from '../believed-token.ts'
import { certificateInForce } from '../certificate-in-force.ts'
import type { Facts, SealedFact, TrustedCertificate } from '../facts.ts'
import { feedLimitMs, feedStale } from '../feed-age.ts'
import type { SignatureParams } from '../plan.ts'
import type { Failure, PreparedRule, RuleContext } from '../rule.ts'
import { AHEAD_SECONDS, invalid, MISSING } from './signature-detached.ts'

/** Any of them says that the request is meant to be signed: half a signature is none. */
const FIELDS = ['signature', 'digest', 'tpp-signature-certificate'] as const

export function httpSignature(params: SignatureParams, context: RuleContext): PreparedRule {
  const { maxAgeSeconds, whenSent = false } = params
  const stores = params.trustStores === undefined ? undefined : new Set(params.trustStores)
  const limitMs = feedLimitMs(context)
  const unsigned = ({ request }: Facts): boolean =>
    FIELDS.every((name) => request.headers.all(name).length === 0)
  return {
    needs: ['token'],
    judge: (facts) =>
      whenSent && unsigned(facts)
        ? undefined
        : FIELDS.some((name) => facts.request.headers.all(name).length === 0)
          ? MISSING
          : undefined,
    late: {
      needs: ['token', 'client', 'body', 'signature'],
      signedIn: { form: 'http-signature' },
      judge(facts) {
        const { signature, now } = facts
        if (whenSent && unsigned(facts)) return undefined
        if (signature === undefined || signature.kind === 'absent') return MISSING
        if (signature.kind === 'invalid') return faulty(signature.fault)
        if (signature.kind !== 'sealed') return invalid('of another form')
        const age = (now - signature.signedAt) / 1000
        if (!(age >= -AHEAD_SECONDS && age <= maxAgeSeconds))
          return {
            code: 'GH_GATEWAY_SIGNATURE_TIME',
            detail: `Date is not within ${maxAgeSeconds} s before now`,
          }
        return (
          judgeSeal(signature, stores, now) ??
          feedStale(facts, limitMs) ??
          judgeSigner(facts, signature)
        )
      },
    },
  }
}

/** By the words of the verifier. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  coverage: 'GH_GATEWAY_SIGNATURE_COVERAGE',
  digest: 'GH_GATEWAY_SIGNATURE_DIGEST',
  'digest-algorithm': 'GH_GATEWAY_SIGNATURE_DIGEST',
  certificate: 'GH_GATEWAY_SIGNATURE_CERTIFICATE',
  'key-id': 'GH_GATEWAY_SIGNATURE_CERTIFICATE',
  date: 'GH_GATEWAY_SIGNATURE_TIME',
}

function faulty(fault: string): Failure {
  const code = Object.hasOwn(CODES, fault) ? CODES[fault] : undefined
  return code === undefined ? invalid(fault) : { code, detail: `message signature: ${fault}` }
}

function judgeSeal(
  { certificate }: SealedFact,
  stores: ReadonlySet<string> | undefined,
  now: number,
): Failure | undefined {
  if (certificate.kind === 'absent') return seal('there is none')
  if (certificate.kind === 'untrusted') return seal(certificate.why)
  if (stores !== undefined && !stores.has(certificate.trustStore))
    return seal('its trust store is none of this API')
  const fault = certificateInForce(certificate, now)
  return fault === undefined ? undefined : seal(fault.detail)
}

/** The seal is of the organisation that the client belongs to, and of the one whose certificate opened the connection. */
function judgeSigner(facts: Facts, { certificate }: SealedFact): Failure | undefined {
  const token = believedToken(facts)
  if ('detail' in token) return token
  const organization = certificate.kind === 'trusted' ? certificate.organization : ''
  const client = facts.client?.kind === 'known' ? (facts.client.organization ?? '') : ''
  const transport = transportOrganization(facts.transport?.certificate)
  if (organization === '') return signer('the seal names no organisation')
  if (client === '' && transport === '')
    return signer('neither feed nor connection says of which organisation the client is')
  if (client !== '' && client !== organization)
    return signer('organizationIdentifier of the seal is not that of the client')
  return transport !== '' && transport !== organization
    ? signer('organizationIdentifier of the seal is not that of the client certificate')
    : undefined
}

function transportOrganization(
  certificate: TrustedCertificate | { readonly kind: 'absent' | 'untrusted' } | undefined,
): string {
  return certificate?.kind === 'trusted' ? certificate.organization : ''
}

function seal(detail: string): Failure {
  return { code: 'GH_GATEWAY_SIGNATURE_CERTIFICATE', detail: `seal certificate: ${detail}` }
}

function signer(detail: string): Failure {
  return { code: 'GH_GATEWAY_SIGNATURE_SIGNER', detail }
}
