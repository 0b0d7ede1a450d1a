/** The values a feed carries, as parsed. The file formats have published schemas: `schemas/{client,consent,revocation}.schema.json`. */
import type { AuthenticatedPayments, ClientId, ConsentId, JsonObject } from '../lib/index.ts'

export interface ClientRecord {
  readonly id: ClientId
  readonly name: string
  readonly status: 'active' | 'suspended'
  /** Why and since when, when suspended. */
  readonly reason?: string
  /** As in its certificates (ETSI TS 119 495 §5.2.1). */
  readonly organizationIdentifier?: string
  readonly registerStatus?: RegisterStatus
  /** JWK set (RFC 7517) of the keys that it signs messages with. */
  readonly jwks?: JsonObject
  /** `iss` of its message signatures. */
  readonly signatureIssuer?: string
  /** Accesses to one account in 24 hours without the customer that were agreed with it. */
  readonly frequencyPerDay?: number
  /** PSD2 roles that the register lists; absent: nobody looked it up. */
  readonly roles?: ReadonlySet<string>
}

/** What the register of its authority says of a third party. */
export type RegisterStatus = 'authorised' | 'registered' | 'suspended' | 'withdrawn'

export interface ConsentRecord {
  readonly id: ConsentId
  readonly client: ClientId
  /** `sub` of the customer who authorised it. */
  readonly subject: string
  /** UK OBIE v4 codes (`AUTH`, `AWAU`, …) and v3 words (`Authorised`, …) are both accepted; `policy` says which are in force. */
  readonly status: string
  readonly permissions: ReadonlySet<string>
  readonly accounts: ReadonlySet<string>
  /** Milliseconds since the epoch. */
  readonly validFrom?: number
  readonly expiresAt?: number
  readonly transactionsFrom?: number
  readonly transactionsTo?: number
  /** Accesses to one account in 24 hours without the customer that were agreed. */
  readonly frequencyPerDay?: number
  /** Payments that the customer authenticated with it. */
  readonly payments?: AuthenticatedPayments
  /** What it holds was paid: nothing but what repeats may pass. Said by the store that keeps it; in a file there is no such member. */
  readonly used?: boolean
}

/**
 * Ends a token (`jti`), a grant, a consent, a client or a certificate at once, whatever the other files say. Key: `token:JTI`,
 * `grant:ID`, `consent:ID`, `client:ID`, `certificate:THUMBPRINT`.
 */
export interface RevocationRecord {
  readonly key: string
  readonly at: number
  readonly reason: string
}
