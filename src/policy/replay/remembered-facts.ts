/** Facts of a decision as its event remembers them. What was not recorded throws `UnknownFact` when a rule asks for it. */
import {
  type BodyFact,
  type ClientFact,
  type ProofFact,
  type ScaFact,
  type ConsentFact,
  type InitiatedFact,
  type SignatureFact,
  type TokenFact,
  type TransportFact,
  UnknownFact,
} from '../../decide/index.ts'
import type { AccessEvent, FactsRecord } from '../../events/index.ts'
import type { AuthenticatedPayments } from '../../lib/index.ts'

/** One for each fact, thrown again and again: a stack for each would cost more than the decision. */
export const UNKNOWN = {
  token: new UnknownFact('the token was not looked at'),
  trust: new UnknownFact('the issuer is trusted in another way now'),
  times: new UnknownFact('exact times were not recorded'),
  repetition: new UnknownFact('whether it repeated a request of before was not recorded'),
  client: new UnknownFact('the client was not looked up'),
  consent: new UnknownFact('the consent was not looked up'),
  coverage: new UnknownFact('whether the consent covers the object was not recorded'),
  binding: new UnknownFact('what the token is bound to was not recorded'),
  authentication: new UnknownFact('how the customer was authenticated was not recorded'),
  address: new UnknownFact('the address in the DPoP proof was not recorded'),
  list: new UnknownFact('a list was too long to be recorded whole'),
  query: new UnknownFact('names and values of the query were not recorded'),
  parameter: new UnknownFact('the value of a parameter was not recorded'),
  header: new UnknownFact('the header was not recorded'),
  body: new UnknownFact('the body was not recorded'),
  signature: new UnknownFact('the signature of the message was not recorded'),
  payments: new UnknownFact('which payments were authenticated was not recorded'),
  initiated: new UnknownFact('whether the payment was made here was not recorded'),
} as const

type Token = Extract<TokenFact, { readonly kind: 'verified' }>
type Consent = Extract<ConsentFact, { readonly kind: 'known' }>

const UNKNOWN_KIND = (fact: UnknownFact): { readonly kind: never } => ({
  get kind(): never {
    throw fact
  },
})
const UNKNOWN_TOKEN: TokenFact = UNKNOWN_KIND(UNKNOWN.token)
const UNTRUSTED_TOKEN: TokenFact = UNKNOWN_KIND(UNKNOWN.trust)
const UNKNOWN_CLIENT: ClientFact = UNKNOWN_KIND(UNKNOWN.client)
const UNKNOWN_CONSENT: ConsentFact = UNKNOWN_KIND(UNKNOWN.consent)
const UNKNOWN_PAYMENTS: AuthenticatedPayments = UNKNOWN_KIND(UNKNOWN.payments)
/** What a signature was found to be is remembered as what its rule said of it. */
export const UNKNOWN_SIGNATURE: SignatureFact = UNKNOWN_KIND(UNKNOWN.signature)
/** Which payments were made here is remembered as what its rule said of them. */
export const UNKNOWN_INITIATED: readonly InitiatedFact[] = [UNKNOWN_KIND(UNKNOWN.initiated)]
const UNKNOWN_BODY: BodyFact = UNKNOWN_KIND(UNKNOWN.body)
const ABSENT = { kind: 'absent' } as const
const UNTRUSTED: TokenFact = { kind: 'invalid', code: 'GH_GATEWAY_TOKEN_ISSUER' }

/** How the draft trusts the issuer of the token, beside the plan of then. */
export type Trust = 'same' | 'gone' | 'changed'

/** `asked`: whether it is the rule about bindings that asks. */
export function rememberedToken(
  event: AccessEvent,
  facts: FactsRecord,
  trust: Trust,
  asked: () => boolean,
): TokenFact {
  const { token } = facts
  if (token === null) return UNKNOWN_TOKEN
  if (token.kind === 'absent') return ABSENT
  if (trust === 'changed') return UNTRUSTED_TOKEN
  if (token.kind === 'invalid')
    return { kind: 'invalid', code: token.code ?? 'GH_GATEWAY_TOKEN_SIGNATURE' }
  if (trust === 'gone') return UNTRUSTED
  const known = {
    kind: 'verified',
    issuer: token.issuer ?? '',
    type: token.type ?? '',
    audiences: wholeList(token.audiences ?? []),
    clientId: event.client ?? '',
    // Keyed hashes stand for both: they are compared with each other only.
    subject: subjectOf(event, facts),
    consentId: event.consent ?? (facts.consent === null ? '' : ERASED),
    scopes: wholeSet(token.scopes ?? []),
    tokenId: undefined,
    revoked: token.revoked === true,
    payments: UNKNOWN_PAYMENTS,
    ...(token.bound !== undefined && token.bound !== null && { confirmation: token.bound }),
  } as const
  if (token.authentication === undefined) {
    const unsaid = rememberedBinding(known, facts, asked)
    return withoutAuthentication(unsaid)
  }
  const { acr, at, sca } = token.authentication ?? { sca: null }
  const remembered = rememberedBinding(
    {
      ...known,
      ...(acr !== undefined && { acr: isCut(acr) ? ANOTHER : acr }),
      ...(at !== undefined && { authenticatedAt: at }),
      ...(sca !== undefined && sca !== null && { sca: withoutDigest(sca) }),
    },
    facts,
    asked,
  )
  return sca === undefined ? withoutOutcome(remembered) : remembered
}

/** Of which payments is not recorded: what is hashed there could be guessed. */
function withoutDigest(sca: ScaFact): ScaFact {
  return Object.defineProperty({ ...sca }, 'digest', {
    get(): never {
      throw UNKNOWN.payments
    },
  })
}

/** Of before it was recorded: only the rule that is about it asks. */
function withoutOutcome(known: TokenFact): TokenFact {
  return Object.defineProperty(known, 'sca', {
    get(): never {
      throw UNKNOWN.authentication
    },
  })
}

function rememberedBinding(
  known: Omit<Token, 'expiresAt' | 'issuedAt' | 'notBefore'>,
  { gathered, token }: FactsRecord,
  asked: () => boolean,
): TokenFact {
  if (gathered === undefined) return withoutBinding(withoutTimes(known), asked)
  const { expiresAt, issuedAt, notBefore } = token ?? {}
  const timed = { ...known, expiresAt, issuedAt, notBefore }
  return token?.bound === undefined ? withoutBinding(timed, asked) : timed
}

/** Gateways of before did not look at it, and refused nothing for it: only the rule that is about it cannot tell. */
function withoutBinding(known: TokenFact, asked: () => boolean): TokenFact {
  return Object.defineProperty(known, 'confirmation', {
    get() {
      if (asked()) throw UNKNOWN.binding
      return undefined
    },
  })
}

/** Only the rule that is about it asks. */
function withoutAuthentication(known: TokenFact): TokenFact {
  const get = (): never => {
    throw UNKNOWN.authentication
  }
  return Object.defineProperties(known, { acr: { get }, authenticatedAt: { get }, sca: { get } })
}

function withoutTimes(known: Omit<Token, 'expiresAt' | 'issuedAt' | 'notBefore'>): Token {
  return {
    ...known,
    get expiresAt(): never {
      throw UNKNOWN.times
    },
    get issuedAt(): never {
      throw UNKNOWN.times
    },
    get notBefore(): never {
      throw UNKNOWN.times
    },
  }
}

export function rememberedClient(event: AccessEvent, facts: FactsRecord): ClientFact {
  if (facts.clientStatus !== null)
    return {
      kind: 'known',
      id: event.client ?? '',
      status: facts.clientStatus,
      ...rememberedRegister(facts),
    }
  // Events of before do not tell "unknown" from "not asked".
  return facts.gathered?.includes('client') === true ? { kind: 'unknown' } : UNKNOWN_CLIENT
}

function rememberedRegister({
  clientOrganization,
  clientRegister,
}: FactsRecord): Partial<Extract<ClientFact, { readonly kind: 'known' }>> {
  const { status, roles } = clientRegister ?? {}
  return {
    ...(clientOrganization !== undefined && { organization: clientOrganization }),
    ...(clientRegister !== undefined && {
      register: {
        ...(status !== undefined && { status }),
        ...(roles !== undefined && { roles: wholeSet(roles) }),
      },
    }),
  }
}

const NO_CERTIFICATE = { kind: 'absent' } as const

export function rememberedTransport({ transport }: FactsRecord): TransportFact | undefined {
  if (transport === undefined) return undefined
  const { certificate } = transport
  const tls = transport.tls ?? undefined
  if (certificate === null) return { tls, certificate: NO_CERTIFICATE }
  const { kind, thumbprint } = certificate
  if (kind === 'untrusted')
    return { tls, certificate: { kind, thumbprint, why: certificate.why ?? '' } }
  return {
    tls,
    certificate: {
      kind,
      thumbprint,
      trustStore: certificate.trustStore ?? '',
      depth: certificate.depth ?? 0,
      notBefore: certificate.notBefore ?? 0,
      notAfter: certificate.notAfter ?? 0,
      revocation: certificate.revocation ?? 'unknown',
      revocationUntil: certificate.revocationUntil ?? 0,
      organization: certificate.organization ?? '',
      roles: wholeSet(certificate.roles ?? []),
    },
  }
}

export function rememberedProof(
  { method }: AccessEvent,
  { proof }: FactsRecord,
): ProofFact | undefined {
  if (proof === undefined) return undefined
  if (proof.kind === 'absent') return { kind: 'absent' }
  if (proof.kind === 'invalid') return { kind: 'invalid', why: proof.why ?? '' }
  return {
    kind: 'verified',
    key: proof.key ?? '',
    method: proof.ofMethod === true ? method : ANOTHER,
    get origin(): never {
      throw UNKNOWN.address
    },
    get path(): never {
      throw UNKNOWN.address
    },
    issuedAt: proof.issuedAt ?? Number.NaN,
    ofToken: proof.ofToken === true,
    nonce: proof.nonce ?? 'absent',
    use: proof.use ?? 'seen',
  }
}

export function rememberedConsent(
  event: AccessEvent,
  facts: FactsRecord,
  accounts: ReadonlySet<string>,
): ConsentFact {
  const fact = consentAsRecorded(event, facts, accounts)
  // What passes under it then depends on whether it came before: whoever asks is told that nobody knows.
  return facts.consent?.used === true
    ? Object.defineProperty(fact, 'used', {
        get(): never {
          throw UNKNOWN.repetition
        },
      })
    : fact
}

function consentAsRecorded(
  event: AccessEvent,
  facts: FactsRecord,
  accounts: ReadonlySet<string>,
): ConsentFact {
  const { consent } = facts
  if (consent === null)
    return facts.gathered?.includes('consent') === true ? { kind: 'unknown' } : UNKNOWN_CONSENT
  const known: Omit<Consent, 'validFrom' | 'expiresAt'> = {
    kind: 'known',
    id: event.consent ?? ERASED,
    clientId: consent.sameClient ? (event.client ?? '') : ANOTHER,
    subject: consent.sameSubject ? subjectOf(event, facts) : ANOTHER,
    status: consent.status,
    permissions: wholeSet(consent.permissions),
    accounts,
    revoked: consent.revoked,
  }
  if (facts.gathered !== undefined) {
    const { validFrom, expiresAt, transactionsFrom, transactionsTo } = consent
    return {
      ...known,
      ...(validFrom !== undefined && { validFrom }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(transactionsFrom !== undefined && { transactionsFrom }),
      ...(transactionsTo !== undefined && { transactionsTo }),
    }
  }
  return {
    ...known,
    get validFrom(): never {
      throw UNKNOWN.times
    },
    get expiresAt(): never {
      throw UNKNOWN.times
    },
  }
}
/**
 * What stands for the customer of the token. Where the key of a person was destroyed there is no hash, and that the consent or a
 * parameter named the same customer still says that there was one.
 */
export function subjectOf({ subject }: AccessEvent, { consent, named }: FactsRecord): string {
  if (subject !== null) return subject
  return consent?.sameSubject === true || (named?.ofSubject.length ?? 0) > 0 ? ERASED : ''
}
const ERASED = '\u0000erased'

/** Equals no client and no customer: an empty text would be refused for another reason. */
const ANOTHER = '\u0000another'

/** As many letters as there were bytes: enough for whoever measures, and nobody reads them. */
export function rememberedBody(facts: FactsRecord): BodyFact {
  if (facts.gathered === undefined) return UNKNOWN_BODY
  if (facts.body === undefined) return ABSENT
  const { bytes, mediaType } = facts.body
  if (bytes !== undefined && mediaType !== undefined)
    return { kind: 'text', mediaType, text: 'x'.repeat(Math.min(bytes, MAX_TEXT)) }
  return facts.gathered.includes('body') ? ABSENT : UNKNOWN_BODY
}
const MAX_TEXT = 64 << 20

/** A list that was cut says no more than what it names. */
function wholeSet(list: readonly string[]): ReadonlySet<string> {
  const set = new Set(list)
  if (!list.some(isCut)) return set
  const has = set.has.bind(set)
  set.has = (value) => {
    if (has(value)) return true
    throw UNKNOWN.list
  }
  return set
}

function wholeList(list: readonly string[]): readonly string[] {
  if (!list.some(isCut)) return list
  return new Proxy(list, {
    get() {
      throw UNKNOWN.list
    },
  })
}

/** `recordedText` marks what it changed with characters that no identifier has. */
function isCut(text: string): boolean {
  return text.endsWith('…') || text.includes('\uFFFD')
}
