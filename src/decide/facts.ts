/** What the kernel is told. Gathered by `gateway/core`, recorded (redacted) in the event, replayed by `policy`. */
import type { AuthenticatedPayments, CanonicalPayment, ErrorCode } from '../lib/index.ts'
import type { RuleName } from './plan.ts'

export interface Facts {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** 0–9999, from client and plan digest: canary without randomness. */
  readonly bucket: number
  /** Age of the feed in milliseconds: now − last heartbeat. `Infinity` before the first one. */
  readonly feedAgeMs: number
  /** The kill switch of an installation: what would refuse is watched instead. A mandate does not hear it. Absent: `false`. */
  readonly observeAll?: boolean
  readonly request: RequestFacts
  /** How the request came; absent: over plain HTTP. */
  readonly transport?: TransportFact
  readonly token?: TokenFact
  /** What came as proof of possession (RFC 9449); absent: the token came as a bearer token. Known as soon as the token is. */
  readonly proof?: ProofFact
  readonly client?: ClientFact
  readonly consent?: ConsentFact
  /** The consent that the request names, where its token carries none: asked for by `Need.consentId`. */
  readonly namedConsent?: ConsentFact
  readonly body?: BodyFact
  /** What the signature of the message was found to be, with the keys of the client. */
  readonly signature?: SignatureFact
  /** What is known of the payments that `Need.initiated` names, in its order. */
  readonly initiated?: readonly InitiatedFact[]
  /** What became of the `Claims` that were asked for. */
  readonly claims?: ClaimsFact
  /** From the last `Need`: lets the kernel go on where it stopped. Opaque; optional; never stored. */
  readonly resume?: Resume
}

declare const resume: unique symbol
export interface Resume {
  readonly [resume]: true
}

export interface RequestFacts {
  /** Upper case as received. */
  readonly method: string
  /** The request target exactly as received: never decoded, never normalised. */
  readonly target: string
  readonly headers: HeaderView
}

export interface HeaderView {
  /** All values of a header (name in lower case), in order of arrival. */
  all(name: string): readonly string[]
}

export interface TransportFact {
  /** Version of TLS that the client speaks with us, or with the proxy that vouches for it; `undefined`: none. */
  readonly tls: '1.2' | '1.3' | undefined
  readonly certificate: CertificateFact
}

/** The client certificate: proven to be the client's own, by the handshake or by the word of a proxy that we know. */
export type CertificateFact =
  | { readonly kind: 'absent' }
  /** Nobody we trust vouches for it. `thumbprint` is that of RFC 8705, or `''` where it cannot be read. */
  | { readonly kind: 'untrusted'; readonly thumbprint: string; readonly why: string }
  | TrustedCertificate

export interface TrustedCertificate {
  readonly kind: 'trusted'
  /** RFC 8705 §3.1: base64url of SHA-256. */
  readonly thumbprint: string
  /** Name of the trust store that holds its anchor. */
  readonly trustStore: string
  /** Authorities from the certificate to its anchor, which counts. */
  readonly depth: number
  /** Of the whole path to the anchor, in milliseconds since the epoch; both ends are inside. */
  readonly notBefore: number
  readonly notAfter: number
  /** `unknown`: the trust store asks for lists, and there is none of one of its authorities. `unasked`: it asks for none. */
  readonly revocation: 'good' | 'revoked' | 'unknown' | 'unasked'
  /** Until when that is known, in milliseconds since the epoch. */
  readonly revocationUntil: number
  /** `organizationIdentifier` of the subject (ETSI TS 119 495 §5.2.1); `''`: none. */
  readonly organization: string
  /** PSD2 roles, such as `PSP_AI`; empty unless it is a QWAC. */
  readonly roles: ReadonlySet<string>
}

/** What a token is bound to (RFC 7800 `cnf`). */
export interface Confirmation {
  /** `x5t#S256` (RFC 8705 §3.1). */
  readonly certificate?: string
  /** `jkt` (RFC 9449 §6.1). */
  readonly key?: string
}

/** The DPoP proof of a token that came under the scheme `DPoP`. */
export type ProofFact =
  | { readonly kind: 'absent' }
  /** `why` names what is wrong and holds nothing that was sent. */
  | { readonly kind: 'invalid'; readonly why: string }
  /** It is well-formed and signed by the key it carries; nothing else is judged yet. */
  | {
      readonly kind: 'verified'
      /** RFC 7638 thumbprint of its key. */
      readonly key: string
      /** `htm`, as it came. */
      readonly method: string
      /** `htu`, normalised; `''`: it is no http(s) URL. */
      readonly origin: string
      readonly path: string
      /** `iat`, seconds since the epoch. */
      readonly issuedAt: number
      /** `ath` is the hash of the token that came with it. */
      readonly ofToken: boolean
      /** `good` and `aging`: handed out by this gateway lately. */
      readonly nonce: 'absent' | 'good' | 'aging' | 'unknown'
      /** `full`: nobody can remember it. `before-start`: an earlier process may have seen it. */
      readonly use: 'new' | 'seen' | 'full' | 'before-start'
    }

/** A payment was authenticated, or exempt by a clause of the law; `decision`: under which its evidence stands. */
export interface ScaFact {
  readonly outcome: 'authenticated' | 'exempt'
  readonly decision: string
  /** Which, of what is exempt. */
  readonly exemption?: string
  readonly article?: string
  /** Of the payments that were authenticated, or exempt. */
  readonly digest?: string
}
export type TokenFact =
  | { readonly kind: 'absent' }
  /** Judged without a usable key: nothing it claims may be believed. */
  | { readonly kind: 'invalid'; readonly code: ErrorCode }
  /** The signature is good and the algorithm allowed by the issuer; claims and times are not judged yet. */
  | {
      readonly kind: 'verified'
      readonly issuer: string
      readonly type: string
      readonly audiences: readonly string[]
      readonly clientId: string
      readonly subject: string
      readonly consentId: string
      readonly scopes: ReadonlySet<string>
      /** Seconds since the epoch; `undefined` if the claim is missing or not a number. */
      readonly expiresAt: number | undefined
      readonly issuedAt: number | undefined
      readonly notBefore: number | undefined
      readonly tokenId: string | undefined
      /** The grant that it was issued under; absent: the token does not say. */
      readonly grantId?: string
      /** How the customer was authenticated (RFC 9068 §2.2.1); absent: the token does not say. */
      readonly acr?: string
      /** `auth_time`, seconds since the epoch; absent: the token does not say. */
      readonly authenticatedAt?: number
      /** By which methods (RFC 8176); absent: the token does not say. */
      readonly amr?: readonly string[]
      /** What became of strong customer authentication (PSD2 Art. 97); absent: the token does not say. */
      readonly sca?: ScaFact
      /** `authorization_details` that are payments; absent: there are none. */
      readonly payments?: AuthenticatedPayments
      /** Of these payments, as `sca.digest` is; absent: there are none. */
      readonly paymentsDigest?: string
      /** Absent: a bearer token. Empty: bound in a way that is not known here. */
      readonly confirmation?: Confirmation
      /** It was revoked itself, or its grant. */
      readonly revoked: boolean
    }

export type ClientFact =
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'known'
      readonly id: string
      readonly status: string
      /** Accesses a day without the customer that were agreed with it; absent: none were. */
      readonly frequencyPerDay?: number
      /** As in its certificate: `PSDGB-FCA-123456`; absent: not recorded. */
      readonly organization?: string
      /** What the register of its authority says; absent: nobody looked it up. */
      readonly register?: { readonly status?: string; readonly roles?: ReadonlySet<string> }
    }

export type ConsentFact =
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'known'
      readonly id: string
      readonly clientId: string
      readonly subject: string
      readonly status: string
      readonly permissions: ReadonlySet<string>
      readonly accounts: ReadonlySet<string>
      /** Accesses a day without the customer that were agreed; absent: none were. */
      readonly frequencyPerDay?: number
      /** Milliseconds since the epoch. */
      readonly validFrom?: number
      readonly expiresAt?: number
      readonly transactionsFrom?: number
      readonly transactionsTo?: number
      /** Payments that the customer authenticated with it; absent: there are none. */
      readonly payments?: AuthenticatedPayments
      /** Of these payments, as `sca.digest` of a token is; absent: there are none. */
      readonly paymentsDigest?: string
      /** What it holds was paid: whoever keeps it has said so. Only what repeats may pass. */
      readonly used?: boolean
      readonly revoked: boolean
    }

export type BodyFact =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'text'
      readonly mediaType: string
      readonly text: string
      /** Of a message that is a JWS: its payload, whoever signed it; absent: it has none. */
      readonly payload?: string
    }

/** All were taken, or none: then the code says why (`GH_GATEWAY_OVERLOADED` for a quota, …). */
export type ClaimsFact =
  /** `observed`: what rules that only observe would have refused. */
  | { readonly kind: 'taken'; readonly observed?: readonly RefusedClaim[] }
  | ({ readonly kind: 'refused' } & RefusedClaim)

export interface RefusedClaim {
  readonly code: ErrorCode
  /** Whose claim it was; absent: that of the first rule that claims anything. */
  readonly rule?: RuleName
  /** For the event and `explain`: names the quota, never whose it is. */
  readonly detail?: string
}

export type SignatureFact =
  | { readonly kind: 'absent' }
  | { readonly kind: 'invalid'; readonly fault: string }
  | SealedFact
  | MessageFact
  | {
      /** By a key of the client; when, by whom and under which trust anchor is not judged yet. */
      readonly kind: 'verified'
      readonly kid: string
      readonly issuer: string
      readonly trustAnchor: string
      /** Seconds since the epoch. */
      readonly issuedAt: number
      /** The body was signed as it is (RFC 7797). */
      readonly unencoded: boolean
      /** The name that the client signs with, as the feed has it; absent: any. */
      readonly expectedIssuer?: string
      /** `sha256:` over signature and body: what a kept message can be compared with. */
      readonly proof: string
      /** The signature as it came and the digest of the body (RFC 3230), for the record. */
      readonly field?: string
      readonly digest?: string
    }

/** The body as a whole is a JWS by a key of the client; when, for whom, and whether it came before is not judged yet. */
export interface MessageFact {
  readonly kind: 'message'
  readonly kid: string
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Seconds since the epoch. */
  readonly issuedAt: number
  /** `jti` */
  readonly messageId: string
  /** The name that the client signs with, as the feed has it. */
  readonly expectedIssuer?: string
  readonly proof: string
  readonly field: string
  readonly digest: string
}

/** An HTTP signature by the key of the certificate that came with it; whose that is, and whether the time is right, is not judged yet. */
export interface SealedFact {
  readonly kind: 'sealed'
  /** `SN=…,CA=…`, which is what the certificate says. */
  readonly kid: string
  /** Milliseconds since the epoch. */
  readonly signedAt: number
  readonly certificate: CertificateFact
  /** `sha256:` over signature and body: what a kept message can be compared with. */
  readonly proof: string
  /** The signature as it came, and the digest that it covers, for the record. */
  readonly field: string
  readonly digest: string
}

/** A payment or basket that was made here and waits for its authorisation. */
export type InitiatedFact =
  /** Not made here by this client, or too long ago. */
  | { readonly kind: 'unknown' }
  /** More than one payment came under its id. */
  | { readonly kind: 'doubt' }
  /** Nobody could look. */
  | { readonly kind: 'unavailable' }
  | {
      readonly kind: 'known'
      /** As of the claim that it was kept by. */
      readonly resource: string
      /** Of a basket: those of all that are in it. */
      readonly payments: readonly CanonicalPayment[]
    }

export type FactName =
  | 'token'
  | 'client'
  | 'consent'
  | 'namedConsent'
  | 'body'
  | 'signature'
  | 'initiated'
  | 'risk'
