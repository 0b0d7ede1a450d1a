/** The facts of a policy test, as the gateway would have gathered them. */
import {
  bucketOf,
  type ClaimsFact,
  type ClientFact,
  type ConsentFact,
  type Facts,
  type HeaderView,
  type Plan,
  type RuleName,
  type TokenFact,
} from '../../decide/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import type { CaseClient, CaseConsent, PolicyCase } from './case.ts'
import { boundTo, presented, signatureHeaders } from './presented.ts'

/** A good token is a minute old and has four more to live. */
const AGE_SECONDS = 60
const LEFT_SECONDS = 240

export function factsOf(one: PolicyCase, plan: Plan): Facts {
  const token = tokenOf(one, plan)
  const { request } = one
  const { body } = request
  return {
    now: one.now,
    bucket: bucketOf(token.kind === 'verified' ? token.clientId : '', plan.digest),
    feedAgeMs: one.feedAgeSeconds * 1_000,
    request: { method: request.method, target: targetOf(request), headers: headersOf(one, plan) },
    token,
    client: one.client === null ? { kind: 'unknown' } : clientOf(one.client),
    consent: one.consent === null ? { kind: 'unknown' } : consentOf(one.consent),
    body:
      body === null
        ? { kind: 'absent' }
        : { kind: 'text', mediaType: request.mediaType.toLowerCase(), text: body },
    ...presented(one, plan),
    claims: one.spent === null ? { kind: 'taken' } : refusedClaim(one.spent),
  }
}

/** Of codes that only one rule has, that one: others may claim before it. */
function refusedClaim(code: ErrorCode): ClaimsFact {
  const rule = CLAIMANTS.get(code)
  return rule === undefined ? { kind: 'refused', code } : { kind: 'refused', code, rule }
}

const CLAIMANTS: ReadonlyMap<ErrorCode, RuleName> = new Map<ErrorCode, RuleName>([
  ['GH_GATEWAY_SIGNATURE_REPLAYED', 'request.signature'],
  ['GH_GATEWAY_PAYMENT_CONSENT_USED', 'sca.dynamicLinking'],
  ['GH_GATEWAY_PAYMENT_CONSENT_IN_USE', 'sca.dynamicLinking'],
  ['GH_GATEWAY_PAYMENT_CONSENT_IN_DOUBT', 'sca.dynamicLinking'],
  ['GH_GATEWAY_PAYMENT_CONSENT_UNAVAILABLE', 'sca.dynamicLinking'],
  ['GH_GATEWAY_IDEMPOTENCY_KEY_REUSED', 'payment.idempotency'],
  ['GH_GATEWAY_IDEMPOTENCY_IN_PROGRESS', 'payment.idempotency'],
  ['GH_GATEWAY_IDEMPOTENCY_IN_DOUBT', 'payment.idempotency'],
  ['GH_GATEWAY_IDEMPOTENCY_UNAVAILABLE', 'payment.idempotency'],
  ['GH_GATEWAY_RATE_EXCEEDED', 'rate'],
  ['GH_GATEWAY_UNATTENDED_EXCEEDED', 'rate.unattended'],
])

function clientOf({ id, status, organization, registerStatus }: CaseClient): ClientFact {
  return {
    kind: 'known',
    id,
    status,
    ...(organization !== null && { organization }),
    ...(registerStatus !== null && { register: { status: registerStatus } }),
  }
}

function tokenOf(one: PolicyCase, plan: Plan): TokenFact {
  const { claims, consent, client, now } = one
  if (claims === 'none') return { kind: 'absent' }
  if (claims.invalid !== null) return { kind: 'invalid', code: claims.invalid }
  const issuer = claims.issuer ?? plan.issuers[0]?.issuer ?? ''
  const trusted = plan.issuers.find((known) => known.issuer === issuer)
  // As the verifier has it: without keys that are trusted there is no signature that is good.
  if (trusted === undefined) return { kind: 'invalid', code: 'GH_GATEWAY_TOKEN_ISSUER' }
  const seconds = now / 1_000
  const at = (time: number | null, otherwise: number): number =>
    time === null ? otherwise : time / 1_000
  return {
    kind: 'verified',
    issuer,
    type: claims.type,
    audiences: claims.audience ?? trusted.audiences,
    clientId: claims.client ?? consent?.client ?? client?.id ?? '',
    subject: claims.subject ?? consent?.subject ?? '',
    consentId: claims.consent ?? consent?.id ?? '',
    scopes: new Set(claims.scopes),
    issuedAt: at(claims.issuedAt, seconds - AGE_SECONDS),
    expiresAt: at(claims.expiresAt, seconds + LEFT_SECONDS),
    notBefore: claims.notBefore === null ? undefined : claims.notBefore / 1_000,
    tokenId: undefined,
    ...boundTo(one),
    ...(claims.acr !== null && { acr: claims.acr }),
    ...(claims.authenticatedAt !== null && { authenticatedAt: claims.authenticatedAt / 1_000 }),
    ...(claims.sca !== null && { sca: SCA[claims.sca] }),
    ...(claims.authorizationDetails !== null && {
      payments: claims.authorizationDetails,
      paymentsDigest: HELD,
    }),
    revoked: claims.revoked,
  }
}

/** Stands for the digest of whatever token and consent of a test hold. */
const HELD = 'of-the-test'
const SCA = {
  authenticated: { outcome: 'authenticated', decision: 'of-the-test', digest: HELD },
  exempt: { outcome: 'exempt', decision: 'of-the-test', exemption: 'low-value', digest: HELD },
  another: { outcome: 'authenticated', decision: 'of-the-test', digest: 'of-another-payment' },
} as const

/** The consent of that id, as far as the test knows one. */
export function consentFact({ consent }: PolicyCase, id: string): ConsentFact {
  return consent === null || consent.id !== id ? { kind: 'unknown' } : consentOf(consent)
}

function consentOf(record: CaseConsent): ConsentFact {
  const { id, client, subject, status, permissions, accounts, revoked } = record
  const { validFrom, expiresAt, transactionsFrom, transactionsTo, authorizationDetails } = record
  return {
    kind: 'known',
    id,
    clientId: client,
    subject,
    status,
    permissions: new Set(permissions),
    accounts: new Set(accounts),
    ...(validFrom !== null && { validFrom }),
    ...(expiresAt !== null && { expiresAt }),
    ...(transactionsFrom !== null && { transactionsFrom }),
    ...(transactionsTo !== null && { transactionsTo }),
    ...(authorizationDetails !== null && {
      payments: authorizationDetails,
      paymentsDigest: HELD,
    }),
    revoked,
  }
}

function targetOf({ path, query }: PolicyCase['request']): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    values.map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  )
  if (pairs.length === 0) return path
  return `${path}${path.includes('?') ? '&' : '?'}${pairs.join('&')}`
}

function headersOf(one: PolicyCase, plan: Plan): HeaderView {
  const { headers, body, mediaType } = one.request
  const signed = signatureHeaders(one, plan)
  const known = new Map<string, readonly string[]>()
  if (body !== null) {
    known.set('content-length', [String(Buffer.byteLength(body))])
    known.set('content-type', [mediaType])
  }
  if (one.signature !== 'none')
    for (const header of signed) known.set(header, ['signature-of-the-test'])
  for (const [name, values] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    const before = signed.includes(lower) ? [] : (known.get(lower) ?? [])
    known.set(lower, [...before, ...values])
  }
  return { all: (name) => known.get(name) ?? [] }
}
