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
