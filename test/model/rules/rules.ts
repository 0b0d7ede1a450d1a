/** One check a rule, in the order of `docs/reference/policy-rules.md`. Each says the code that it would refuse with. */
import { ISSUERS } from '../house.ts'
import type { Client, Consent, World } from '../world.ts'
import { signatureFault } from './message.ts'
import { OPERATIONS, type OperationFacts } from './operations.ts'
import { difference, ofBody, ofDetails, type Said } from './payment.ts'
import { type Proof, proofFault, type Window } from './proof.ts'
import {
  bodyFault,
  declaredQuery,
  headFault,
  type Limits,
  plainBody,
  plainText,
} from './request.ts'
import type { Routed } from './target.ts'
import { claimsFault, textOf, type Token } from './token.ts'
import { valuesOf, type Wire } from './wire.ts'

export interface Case {
  readonly wire: Wire
  readonly routed: Routed
  readonly world: World
  /** Milliseconds; past it nothing that the feed says is believed. */
  readonly feedLimitMs: number
  /** Whether a rule looks at what a token is bound to, in whatever mode. */
  readonly bindingIsJudged: boolean
  /** Whatever fails `token.validation` is refused. */
  readonly tokensAreJudged: boolean
  /** Of an operation that no template serves. */
  readonly refused: boolean
  /** What `sca.dynamicLinking` does for this caller: nothing, refuse, or watch with these fields free. */
  readonly linking: 'absent' | 'refuses' | readonly string[]
  readonly token: () => Token
  readonly proof: () => Proof | undefined
}
export interface Fault {
  readonly code: string
  /** What the client is told. */
  readonly told?: string
  /** Whatever the mode. */
  readonly always?: true
}
export type Params = Readonly<Record<string, unknown>>
export type Check = (one: Case, params: Params) => Fault | string | undefined

const STALE: Fault = { code: 'GH_GATEWAY_FEED_STALE', always: true }
const stale = ({ wire, feedLimitMs }: Case): Fault | undefined =>
  wire.feedAgeMs > feedLimitMs ? STALE : undefined
const words = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [])
const factsOf = ({ routed }: Case): OperationFacts =>
  OPERATIONS[routed.operation] ?? { scopes: [], status: 0 }

/** Why there is no token to believe. */
function noToken(one: Case): string | undefined {
  const token = one.token()
  if (token.kind === 'good') return undefined
  return token.kind === 'none' ? 'GH_GATEWAY_TOKEN_MISSING' : token.code
}
export function claimsOf(one: Case): Params {
  const token = one.token()
  return token.kind === 'good' ? token.claims : {}
}
const needsToken =
  (check: Check): Check =>
  (one, params) =>
    noToken(one) ?? check(one, params)
const needsFeed =
  (check: Check): Check =>
  (one, params) =>
    stale(one) ?? check(one, params)

export function clientOf(one: Case): Client | undefined {
  return one.world.clients.get(textOf(claimsOf(one)['client_id']))
}
export function consentOf(one: Case): Consent | undefined {
  return one.world.consents.get(textOf(claimsOf(one)['consent_id']))
}
/** The consent of this client and this customer. */
export function ownConsent(one: Case): Consent | undefined {
  const { client_id: client, sub } = claimsOf(one)
  const consent = consentOf(one)
  return consent?.client === client && consent?.subject === sub ? consent : undefined
}

interface Sca {
  readonly outcome: 'authenticated' | 'exempt'
  readonly decision: string
  readonly exemption?: string
  readonly article?: string
  readonly digest?: string
}
/** `docs/design/payments.md`: read whole or not at all. */
export function scaOf(one: Case): Sca | undefined {
  const said = claimsOf(one)['sca'] as Readonly<Record<string, unknown>> | undefined // sound: looked at member by member
  const text = (name: string): string | undefined =>
    typeof said === 'object' && textOf(said?.[name]) !== '' ? textOf(said?.[name]) : undefined
  const [outcome, decision, exemption, digest] = [
    text('outcome'),
    text('decision'),
    text('exemption'),
    text('digest'),
  ]
  if (decision === undefined || (outcome !== 'authenticated' && outcome !== 'exempt'))
    return undefined
  if ((outcome === 'exempt') !== (exemption !== undefined)) return undefined
  return {
    outcome,
    decision,
    ...(exemption !== undefined && { exemption }),
    ...(digest !== undefined && { digest }),
  }
}
const isAmong = (one: Case, params: Params): boolean =>
  params['acr'] !== undefined && words(params['acr']).includes(textOf(claimsOf(one)['acr']))

/** The payment is its own authentication's: what is held is what the digest is of, and the request is for it. */
function otherPayment(one: Case, params: Params): string | undefined {
  if (params['outcome'] !== 'linked' || factsOf(one).pays !== true) return undefined
  const none = noToken(one)
  if (none !== undefined) return none
  const said = scaOf(one)
  const digest = said?.digest
  if (digest === undefined && (said === undefined || isAmong(one, params))) return undefined
  const held = authenticated(one)?.at(-1)
  if (held === undefined) return 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED'
  const other = 'GH_GATEWAY_PAYMENT_SCA_OTHER'
  const was = ofDetails(digest === undefined ? undefined : one.world.digests.get(digest))
  const plain = (list: readonly Said[]): string => JSON.stringify(list.map((said) => [...said]))
  if (was === undefined || plain(was) !== plain(held) || one.linking === 'absent') return other
  if (one.linking === 'refuses') return undefined
  const asked = ofBody(plainBody(one.wire))
  if (asked === undefined) return 'GH_GATEWAY_PAYMENT_UNREADABLE'
  return difference(held, asked, one.linking) === undefined ? undefined : other
}

function certificateFault({ wire, world }: Case, params: Params): string | undefined {
  const { certificate } = wire.certificate
  if (wire.tls === undefined || certificate === undefined) return 'GH_GATEWAY_CERTIFICATE_MISSING'
  const { trusted, thumbprint } = certificate
  if (
    trusted === null ||
    !words(params['trustStores']).includes(trusted.store) ||
    trusted.depth > Number(params['maxDepth'])
  )
    return 'GH_GATEWAY_CERTIFICATE_UNTRUSTED'
  if (wire.at < trusted.from || wire.at > trusted.to) return 'GH_GATEWAY_CERTIFICATE_EXPIRED'
  if (world.revoked.has(`certificate:${thumbprint}`) || trusted.listed === 'revoked')
    return 'GH_GATEWAY_CERTIFICATE_REVOKED'
  if (trusted.listed === 'never') return undefined
  return trusted.listed === 'nowhere' || wire.at > trusted.listGoodUntil
    ? 'GH_GATEWAY_CERTIFICATE_STATUS'
    : undefined
}

/** Names that never stand in a URL, however they are spelled (RFC 6750 §5.3, RFC 9700 §4.3.2). */
const NEVER = [
  'accesstoken refreshtoken idtoken token authtoken bearer bearertoken jwt authorization',
  'clientsecret clientassertion password apikey',
].flatMap((line) => line.split(' '))
const spelled = (name: string): string =>
  name
    .replace(/^([^[]+)\[.*$/, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[-_.]/g, '')

function bindingFault(one: Case, window: Window): string | undefined {
  const proof = one.proof()
  const cnf = claimsOf(one)['cnf'] as
    | { readonly 'x5t#S256'?: string; readonly jkt?: string }
    | undefined // sound: a good token has no other
  const [certificate, key] = [cnf?.['x5t#S256'], cnf?.jkt]
  const bound = certificate !== undefined || key !== undefined
  if (cnf !== undefined && !bound) return 'GH_GATEWAY_TOKEN_BINDING'
  if (
    certificate !== undefined &&
    (one.wire.tls === undefined || one.wire.certificate.certificate?.thumbprint !== certificate)
  )
    return 'GH_GATEWAY_TOKEN_BINDING'
  if (key !== undefined) return proofFault(proof, one.wire, key, window)
  return proof === undefined ? undefined : 'GH_GATEWAY_TOKEN_BINDING'
}

function rolesFault(one: Case, params: Params): Fault | string | undefined {
  const { certificate } = one.wire.certificate
  if (one.wire.tls === undefined || certificate === undefined || certificate.trusted === null)
    return 'GH_GATEWAY_CERTIFICATE_ROLE'
  const { role } = factsOf(one)
  const needed = [...words(params['roles']), ...(role === undefined ? [] : [role])].sort()
  if (needed.some((name) => !certificate.roles.includes(name))) return 'GH_GATEWAY_CERTIFICATE_ROLE'
  if (params['registered'] !== true) return undefined
  const before = stale(one) ?? noToken(one)
  if (before !== undefined) return before
  const client = clientOf(one)
  if (client === undefined) return 'GH_GATEWAY_CLIENT_UNKNOWN'
  // What ends a client at once leaves nothing of its record.
  const organization = one.world.revoked.has(`client:${client.id}`)
    ? undefined
    : client.organization
  if (organization === undefined || organization !== certificate.organization)
    return 'GH_GATEWAY_CERTIFICATE_CLIENT'
  const dead = client.register === 'suspended' || client.register === 'withdrawn'
  const unlisted = needed.some((name) => client.registeredRoles?.includes(name) === false)
  return dead || unlisted ? 'GH_GATEWAY_REGISTER_STATUS' : undefined
}

function consentFault(one: Case, params: Params): Fault | string | undefined {
  const { client_id: client, sub } = claimsOf(one)
  const consent = consentOf(one)
  if (consent === undefined) return 'GH_GATEWAY_CONSENT_MISSING'
  if (consent.client !== client || consent.subject !== sub)
    return { code: 'GH_GATEWAY_CONSENT_MISMATCH', told: 'GH_GATEWAY_CONSENT_MISSING' }
  if (
    one.world.revoked.has(`consent:${consent.id}`) ||
    !words(params['statuses']).includes(consent.status)
  )
    return 'GH_GATEWAY_CONSENT_INACTIVE'
  if (one.wire.at < (consent.validFrom ?? 0)) return 'GH_GATEWAY_CONSENT_INACTIVE'
  if (one.wire.at >= (consent.expiresAt ?? Infinity)) return 'GH_GATEWAY_CONSENT_EXPIRED'
  if (one.refused) return 'GH_GATEWAY_PERMISSION_UNMAPPED'
  const held = (factsOf(one).permissions ?? []).every((group) =>
    group.some((code) => consent.permissions.includes(code)),
  )
  return held ? undefined : 'GH_GATEWAY_PERMISSION_MISSING'
}

/** A consent that the request names is the token's; of a client that acts for itself, none of somebody else's. */
function namedFault(one: Case, named: string): string | undefined {
  const { client_id: client, consent_id: own } = claimsOf(one)
  if (textOf(own) !== '') return named === own ? undefined : 'GH_GATEWAY_OBJECT_FORBIDDEN'
  const consent = one.world.consents.get(named)
  return consent === undefined || consent.client === client
    ? undefined
    : 'GH_GATEWAY_OBJECT_FORBIDDEN'
}

/** What the customer authenticated, by source; `undefined`: nothing, or it cannot be read. */
function authenticated(one: Case): readonly (readonly Said[])[] | undefined {
  const found: (readonly Said[])[] = []
  for (const details of [claimsOf(one)['authorization_details'], ownConsent(one)?.details]) {
    if (details === undefined) continue
    const payments = ofDetails(details)
    if (payments === undefined) return undefined
    if (payments.length > 0) found.push(payments)
  }
  return found.length === 0 ? undefined : found
}

/** RTS Art. 10: the first instant of the days that need no fresh authentication; `undefined`: it is fresh, or nothing limits. */
export function oldestDay(one: Case, params: Params): number | undefined {
  const days = params['historyDays']
  if (typeof days !== 'number') return undefined
  const { auth_time: at } = claimsOf(one)
  const age = one.wire.at / 1000 - Number(at)
  if (typeof at === 'number' && age <= Number(params['freshSeconds']) && age >= -60)
    return undefined
  const today = new Date(one.wire.at)
  return Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() - days)
}

/** NaN: nobody can tell which day. */
function readDay(text: string): number {
  const [, day, , zone] = /^(\d{4}-\d\d-\d\d)(T[\d:.]+?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  return day === undefined
    ? NaN
    : Date.parse(zone === undefined && text.includes('T') ? `${text}Z` : text)
}

const NOTHING: Check = () => undefined

export const EARLY: readonly (readonly [rule: string, check: Check])[] = [
  [
    'transport.tls',
    ({ wire }, params) =>
      wire.tls === undefined || wire.tls < String(params['minVersion'])
        ? 'GH_GATEWAY_TLS_NEEDED'
        : undefined,
  ],
  ['transport.mtls', certificateFault],
  [
    'logging.redact',
    ({ routed }, params) => {
      const names = [...NEVER, ...words(params['queryDenied']).map(spelled)]
      const known = declaredQuery(routed.operation)
      const caught = routed.query.some(
        ([name, value]) =>
          names.includes(spelled(name)) ||
          (!known.includes(name) && /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(value)),
      )
      return caught ? 'GH_GATEWAY_TOKEN_IN_QUERY' : undefined
    },
  ],
  [
    'authz.default',
    (one, params) => {
      if (params['open'] === true) return undefined
      // What is wrong with a token is said by who judges tokens, as long as that is sure to refuse it.
      return one.token().kind === 'bad' && one.tokensAreJudged ? undefined : noToken(one)
    },
  ],
  [
    'request.validation',
    ({ wire, routed }, params) => headFault(wire, routed, params as unknown as Limits),
  ], // sound: so are its parameters
  [
    'token.validation',
    needsToken((one, params) => {
      const token = one.token()
      if (token.kind !== 'good') return undefined
      return (
        claimsFault(
          token,
          (params['issuers'] as readonly string[] | undefined) ?? ISSUERS,
          one.wire.at,
        ) ?? // sound: so are its parameters
        (one.bindingIsJudged
          ? undefined
          : bindingFault(one, { maxAgeSeconds: 60, maxAheadSeconds: 10, nonce: 'optional' })) ??
        stale(one) ??
        (one.world.revoked.has(`token:${textOf(token.claims['jti'])}`)
          ? 'GH_GATEWAY_TOKEN_REVOKED'
          : undefined)
      )
    }),
  ],
  [
    'token.lifetime',
    needsToken((one, params) => {
      const { iat, exp } = claimsOf(one)
      const seconds = Number(exp) - Number(iat)
      return seconds >= 0 && seconds <= Number(params['maxSeconds'])
        ? undefined
        : 'GH_GATEWAY_TOKEN_LIFETIME'
    }),
  ],
  [
    'token.senderConstrained',
    needsToken((one, params) => {
      const cnf = claimsOf(one)['cnf'] as object | undefined // sound: a good token has no other
      if (cnf === undefined) return 'GH_GATEWAY_TOKEN_BINDING'
      const methods = words(params['methods'])
      const taken =
        (methods.includes('mtls') && 'x5t#S256' in cnf) ||
        (methods.includes('dpop') && 'jkt' in cnf)
      return taken ? bindingFault(one, params as unknown as Window) : 'GH_GATEWAY_TOKEN_BINDING' // sound: so are its parameters
    }),
  ],
  [
    'identity.clientStatus',
    needsToken(
      needsFeed((one, params) => {
        const client = clientOf(one)
        if (client === undefined) return 'GH_GATEWAY_CLIENT_UNKNOWN'
        const ended = one.world.revoked.has(`client:${client.id}`)
        return !ended && words(params['statuses']).includes(client.status)
          ? undefined
          : 'GH_GATEWAY_CLIENT_INACTIVE'
      }),
    ),
  ],
  ['identity.clientCertificate.roles', rolesFault],
  [
    'authz.operations',
    needsToken((one, params) => {
      const held = textOf(claimsOf(one)['scope']).split(' ')
      return [...factsOf(one).scopes, ...words(params['scopes'])].every((scope) =>
        held.includes(scope),
      )
        ? undefined
        : 'GH_GATEWAY_SCOPE_MISSING'
    }),
  ],
  ['authz.consent', needsToken(needsFeed(consentFault))],
  [
    'authz.objects',
    (one) => {
      const account = one.routed.path.get('AccountId')
      const consent = one.routed.path.get('ConsentId')
      if (account === undefined && consent === undefined) return undefined
      const before = noToken(one) ?? stale(one)
      if (before !== undefined) return before
      if (consent !== undefined) return namedFault(one, consent)
      return consentOf(one)?.accounts.includes(account ?? '') === true
        ? undefined
        : 'GH_GATEWAY_OBJECT_FORBIDDEN'
    },
  ],
  [
    'request.signature',
    ({ wire, routed }, params) =>
      OPERATIONS[routed.operation]?.keyed === true &&
      valuesOf(wire, String(params['header'])).length === 0
        ? 'GH_GATEWAY_SIGNATURE_MISSING'
        : undefined,
  ],
  [
    'sca.required',
    needsToken((one, params) => {
      const { acr, auth_time: at } = claimsOf(one)
      const age = one.wire.at / 1000 - Number(at)
      const wants = (params['outcome'] ?? 'any') !== 'any' && factsOf(one).pays === true
      const said = wants ? scaOf(one) : undefined
      if (wants && said === undefined && !isAmong(one, params))
        return 'GH_GATEWAY_PAYMENT_SCA_MISSING'
      const strong =
        params['acr'] === undefined ||
        words(params['acr']).includes(textOf(acr)) ||
        said?.outcome === 'exempt'
      const recent =
        params['maxAgeSeconds'] === undefined ||
        (age <= Number(params['maxAgeSeconds']) && age >= -60)
      const oldest = params['beyond'] === 'challenge' ? oldestDay(one, params) : undefined
      const days = one.routed.query.filter(([name]) => name.toLowerCase() === 'frombookingdatetime')
      const asks = days.some(([, value]) => !(readDay(value) >= (oldest ?? -Infinity)))
      return strong && recent && (oldest === undefined || !asks)
        ? undefined
        : 'GH_GATEWAY_AUTHENTICATION_INSUFFICIENT'
    }),
  ],
  [
    'sca.dynamicLinking',
    needsToken((one) =>
      authenticated(one) === undefined ? 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED' : stale(one),
    ),
  ],
  [
    'payment.idempotency',
    needsToken(({ wire, ...one }, params) => {
      if (textOf(claimsOf({ wire, ...one })['client_id']) === '')
        return 'GH_GATEWAY_IDEMPOTENCY_KEY_INVALID'
      const [key, more] = valuesOf(wire, String(params['header']))
      if (key === undefined) return 'GH_GATEWAY_IDEMPOTENCY_KEY_MISSING'
      const fits =
        more === undefined &&
        key.length <= Number(params['maxKeyLength']) &&
        /^[!-~]([ -~]*[!-~])?$/.test(key)
      return fits ? undefined : 'GH_GATEWAY_IDEMPOTENCY_KEY_INVALID'
    }),
  ],
  ['response.fields', (one) => (factsOf(one).rows === undefined ? undefined : stale(one))],
  ['response.errors', NOTHING],
]

/** Judged once the body is there, in the same order. */
export const LATE: readonly (readonly [rule: string, check: Check])[] = [
  [
    'request.validation',
    ({ wire, routed }, params) => bodyFault(wire, routed.operation, params as unknown as Limits),
  ], // sound: so are its parameters
  [
    'authz.objects',
    (one) => {
      if (factsOf(one).pays !== true) return undefined
      const before = noToken(one) ?? stale(one)
      if (before !== undefined) return before
      const body = plainText(one.wire) as
        | { readonly Data?: { readonly ConsentId?: unknown } }
        | undefined
        | null // sound: asked member by member
      const named = textOf(body?.Data?.ConsentId)
      return named === '' ? 'GH_GATEWAY_OBJECT_FORBIDDEN' : namedFault(one, named)
    },
  ],
  [
    'request.signature',
    (one, params) => {
      const [field] = valuesOf(one.wire, String(params['header']))
      if (factsOf(one).keyed !== true) return undefined
      if (field === undefined) return 'GH_GATEWAY_SIGNATURE_MISSING'
      return signatureFault(one.wire, field, textOf(claimsOf(one)['client_id']), one.world, params)
    },
  ],
  ['sca.required', otherPayment],
  [
    'sca.dynamicLinking',
    (one, params) => {
      const sources = authenticated(one)
      if (sources === undefined) return 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED'
      const asked = ofBody(plainBody(one.wire))
      if (asked === undefined) return 'GH_GATEWAY_PAYMENT_UNREADABLE'
      for (const payments of sources) {
        const code = difference(payments, asked, words(params['free']))
        if (code !== undefined) return code
      }
      return undefined
    },
  ],
]
