/** The facts of a policy test, as the gateway would have gathered them. */
import {
  bucketOf,
  type ClientFact,
  type ConsentFact,
  type Facts,
  type HeaderView,
  type Plan,
  type TokenFact,
} from '../../decide/index.ts'
import type { CaseClient, CaseConsent, PolicyCase } from './case.ts'

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
    request: { method: request.method, target: targetOf(request), headers: headersOf(request) },
    token,
    ...transportOf(one, plan),
    client: one.client === null ? { kind: 'unknown' } : clientOf(one.client),
    consent: one.consent === null ? { kind: 'unknown' } : consentOf(one.consent),
    body:
      body === null
        ? { kind: 'absent' }
        : { kind: 'text', mediaType: request.mediaType.toLowerCase(), text: body },
    // As of a good one: a test of a policy holds no keys.
    signature: {
      kind: 'verified',
      kid: '',
      issuer: '',
      trustAnchor: trustAnchorOf(plan),
      issuedAt: one.now / 1_000,
      unencoded: false,
      proof: '',
    },
    claims: { kind: 'taken' },
  }
}

function trustAnchorOf({ apis }: Plan): string {
  for (const api of apis)
    for (const rule of api.state === 'active' ? api.rules : [])
      if (rule.name === 'request.signature') return rule.params.trustAnchors[0] ?? ''
  return ''
}

/** No real one has it: a certificate of a test is like nothing else. */
const THUMBPRINT = 'certificate-of-the-test'.padEnd(43, '-')
const DAY_MS = 86_400_000

function transportOf({ certificate, now }: PolicyCase, plan: Plan): Pick<Facts, 'transport'> {
  if (certificate === null) return {}
  const { organization, roles, trustStore, depth, expiresAt, revocation } = certificate
  return {
    transport: {
      tls: '1.3',
      certificate: {
        kind: 'trusted',
        thumbprint: THUMBPRINT,
        trustStore: trustStore ?? trustStoreOf(plan),
        depth,
        notBefore: now - DAY_MS,
        notAfter: expiresAt ?? now + DAY_MS,
        revocation,
        revocationUntil: now + DAY_MS,
        organization,
        roles: new Set(roles),
      },
    },
  }
}

function trustStoreOf({ apis }: Plan): string {
  for (const api of apis)
    for (const rule of api.state === 'active' ? api.rules : [])
      if (rule.name === 'transport.mtls') return rule.params.trustStores?.[0] ?? ''
  return ''
}

function clientOf({ id, status, organization, registerStatus }: CaseClient): ClientFact {
  return {
    kind: 'known',
    id,
    status,
    ...(organization !== null && { organization }),
    ...(registerStatus !== null && { register: { status: registerStatus } }),
  }
}

function tokenOf({ certificate, claims, consent, client, now }: PolicyCase, plan: Plan): TokenFact {
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
    ...(certificate !== null && claims.bound && { confirmation: { certificate: THUMBPRINT } }),
    ...(claims.authorizationDetails !== null && { payments: claims.authorizationDetails }),
    revoked: claims.revoked,
  }
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
    ...(authorizationDetails !== null && { payments: authorizationDetails }),
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

function headersOf({ headers, body, mediaType }: PolicyCase['request']): HeaderView {
  const known = new Map<string, readonly string[]>()
  if (body !== null) {
    known.set('content-length', [String(Buffer.byteLength(body))])
    known.set('content-type', [mediaType])
  }
  for (const [name, values] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    known.set(lower, [...(known.get(lower) ?? []), ...values])
  }
  return { all: (name) => known.get(name) ?? [] }
}
