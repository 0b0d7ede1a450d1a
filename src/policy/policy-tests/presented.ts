/** What the client of a policy test proves itself with, as the gateway would have found it: a test holds no keys. */
import type {
  Confirmation,
  Facts,
  Plan,
  ProofFact,
  SignatureFact,
  SignatureParams,
} from '../../decide/index.ts'
import { readHttpUrl } from '../../lib/index.ts'
import type { PolicyCase } from './case.ts'

export function presented(
  one: PolicyCase,
  plan: Plan,
): Pick<Facts, 'transport' | 'proof' | 'signature'> {
  return { ...transportOf(one, plan), ...proofOf(one, plan), signature: signatureOf(one, plan) }
}

/** What the token of the test is bound to. */
export function boundTo({ certificate, claims, dpop }: PolicyCase): {
  confirmation?: Confirmation
} {
  if (claims === 'none' || !claims.bound || (certificate === null && dpop === null)) return {}
  return {
    confirmation: {
      ...(certificate !== null && { certificate: THUMBPRINT }),
      ...(dpop !== null && { key: KEY }),
    },
  }
}

/** No real key has it. */
const KEY = 'key-of-the-test'.padEnd(43, '-')

function proofOf({ dpop, now, request }: PolicyCase, { apis }: Plan): Pick<Facts, 'proof'> {
  if (dpop === null) return {}
  if (dpop.invalid) return { proof: { kind: 'invalid', why: 'as the test says' } }
  const origin = apis.flatMap((api) => (api.state === 'active' ? (api.publicOrigins ?? []) : []))[0]
  const url = readHttpUrl(dpop.url ?? `${origin ?? ''}${pathOf(request.path)}`)
  const proof: ProofFact = {
    kind: 'verified',
    key: dpop.otherKey ? `other-${KEY}`.slice(0, KEY.length) : KEY,
    method: dpop.method ?? request.method,
    origin: url?.origin ?? '',
    path: url?.path ?? '',
    issuedAt: (dpop.issuedAt ?? now) / 1_000,
    ofToken: !dpop.otherToken,
    nonce: dpop.nonce,
    use: dpop.use,
  }
  return { proof }
}

function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

function signatureOf(one: PolicyCase, plan: Plan): SignatureFact {
  const { signature, now } = one
  if (signature === 'none') return { kind: 'absent' }
  if (signature?.invalid === true) return { kind: 'invalid', fault: 'as the test says' }
  const sealed = signatureRules(plan, one.request.path).find(
    ({ form }) => form === 'http-signature',
  )
  if (sealed !== undefined) return sealedBy(one, sealed)
  return {
    kind: 'verified',
    kid: '',
    issuer: signature?.issuer ?? '',
    trustAnchor: signature?.trustAnchor ?? trustAnchorOf(plan),
    issuedAt: (signature?.issuedAt ?? now) / 1_000,
    unencoded: signature?.unencoded ?? false,
    proof: '',
  }
}

/** The seal of the organisation that the client of the test belongs to. */
function sealedBy(
  { signature, now, client }: PolicyCase,
  { trustStores }: SignatureParams,
): SignatureFact {
  return {
    kind: 'sealed',
    kid: '',
    signedAt: (signature === 'none' ? null : signature?.issuedAt) ?? now,
    certificate: {
      kind: 'trusted',
      thumbprint: THUMBPRINT,
      trustStore: trustStores?.[0] ?? '',
      depth: 1,
      notBefore: now - DAY_MS,
      notAfter: now + DAY_MS,
      revocation: 'unasked',
      revocationUntil: 0,
      organization: client?.organization ?? '',
      roles: new Set(),
    },
    proof: '',
    field: '',
    digest: '',
  }
}

/** Headers that signatures are looked for in. */
export function signatureHeaders(
  { request, signature }: PolicyCase,
  plan: Plan,
): readonly string[] {
  return signatureRules(plan, request.path).flatMap(({ form, header, whenSent }) => {
    if (form !== 'http-signature') return request.body === null ? [] : [header]
    // Where none must come, none does unless the test says so.
    return whenSent === true && signature === null ? [] : HTTP_SIGNATURE
  })
}
const HTTP_SIGNATURE = ['signature', 'digest', 'tpp-signature-certificate']

/** Of the API that has the path. */
function signatureRules({ apis }: Plan, path: string): readonly SignatureParams[] {
  return apis.flatMap((api) =>
    api.state === 'active' && `${pathOf(path)}/`.startsWith(`${api.basePath}/`)
      ? api.rules.flatMap((rule) => (rule.name === 'request.signature' ? [rule.params] : []))
      : [],
  )
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
