/** One policy test with everything looked up: a request, what is known of it, what the bank answers, and what is expected. */
import type { AuthenticatedPayments, ErrorCode, Place } from '../../lib/index.ts'

export interface PolicyCase {
  readonly name: At<string>
  /** Milliseconds since the epoch, as all times here. */
  readonly now: number
  readonly feedAgeSeconds: number
  readonly request: {
    readonly method: string
    readonly path: string
    readonly query: Readonly<Record<string, readonly string[]>>
    readonly headers: Readonly<Record<string, readonly string[]>>
    readonly body: string | null
    readonly mediaType: string
  }
  readonly claims: CaseClaims | 'none'
  /** `null`: not in the feed. */
  readonly client: CaseClient | null
  /** `null`: over plain HTTP. */
  readonly certificate: CaseCertificate | null
  /** `null`: the token comes as a bearer token. */
  readonly dpop: CaseProof | null
  /** `null`: a good one. */
  readonly signature: CaseSignature | 'none' | null
  /** What may be taken once, or so often, is not to be had. `null`: it is. */
  readonly spent: ErrorCode | null
  readonly consent: CaseConsent | null
  readonly answer: {
    readonly status: number
    readonly mediaType: string
    readonly headers: readonly string[]
    readonly body: string
  } | null
  readonly expect: {
    readonly decision: At<'allow' | 'deny'>
    readonly code: At<ErrorCode> | null
    readonly rule: At<string> | null
    readonly answer: At<'whole' | 'trimmed' | 'replaced' | 'refused'> | null
    readonly keeps: At<readonly string[]>
    readonly drops: At<readonly string[]>
  }
}

export interface At<T> {
  readonly value: T
  readonly place: Place
}

export interface CaseClient {
  readonly id: string
  readonly status: string
  readonly organization: string | null
  readonly registerStatus: string | null
}

export interface CaseCertificate {
  readonly organization: string
  readonly roles: readonly string[]
  readonly trustStore: string | null
  readonly depth: number
  readonly expiresAt: number | null
  readonly revocation: 'good' | 'revoked' | 'unknown'
}

export interface CaseProof {
  readonly invalid: boolean
  readonly otherKey: boolean
  readonly otherToken: boolean
  readonly method: string | null
  readonly url: string | null
  readonly issuedAt: number | null
  readonly nonce: 'absent' | 'good' | 'unknown'
  readonly use: 'new' | 'seen' | 'full' | 'before-start'
}

export interface CaseSignature {
  readonly invalid: boolean
  readonly issuer: string | null
  readonly trustAnchor: string | null
  readonly issuedAt: number | null
  readonly unencoded: boolean
}

export interface CaseClaims {
  readonly client: string | null
  readonly subject: string | null
  readonly consent: string | null
  readonly scopes: readonly string[]
  readonly issuer: string | null
  readonly audience: readonly string[] | null
  readonly type: string
  readonly issuedAt: number | null
  readonly expiresAt: number | null
  readonly notBefore: number | null
  readonly revoked: boolean
  readonly bound: boolean
  readonly acr: string | null
  readonly authenticatedAt: number | null
  readonly sca: 'authenticated' | 'exempt' | 'another' | null
  readonly authorizationDetails: AuthenticatedPayments | null
  readonly invalid: ErrorCode | null
}

export interface CaseConsent {
  readonly id: string
  readonly client: string
  readonly subject: string
  readonly status: string
  readonly permissions: readonly string[]
  readonly accounts: readonly string[]
  readonly validFrom: number | null
  readonly expiresAt: number | null
  readonly transactionsFrom: number | null
  readonly transactionsTo: number | null
  readonly authorizationDetails: AuthenticatedPayments | null
  readonly revoked: boolean
}
