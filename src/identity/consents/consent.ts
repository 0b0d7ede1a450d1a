/**
 * A consent in the words of no regime: who may do what, with which accounts or payments, from when to when, who said so, and how it came to be as
 * it is. A face (a folder beside this) reads it from the words of its standard and writes it in them; nothing here knows one.
 */
import type { JsonObject } from '../../lib/index.ts'
import type { ScaOutcome } from './sca-outcome.ts'

export type ConsentKind = 'account-access' | 'payment' | 'funds-confirmation'
export type ConsentStatus =
  | 'awaiting'
  /** Some of the customers who must authorise it have. */
  | 'partly-authorised'
  | 'authorised'
  | 'rejected'
  /** By a customer. */
  | 'withdrawn'
  /** By the third party. */
  | 'cancelled'
  /** By the bank. */
  | 'terminated'
  | 'expired'
  /** Its payment was sent; there is no second one. */
  | 'consumed'

/** What a consent is about, as its face has read it. Times are milliseconds since the epoch. */
export interface ConsentTerms {
  readonly kind: ConsentKind
  /** What it is for, in the words of its regime, e.g. `domestic-payment-consents`. */
  readonly purpose: string
  readonly permissions: readonly string[]
  /** Those that it is about, as the API has them in its paths: whoever authorises it says which. */
  readonly accounts: readonly string[]
  /** Those that the third party named, as `canonicalAccount` writes them; empty: the customer picks. */
  readonly namedAccounts: readonly string[]
  /** Payments, as RFC 9396 writes them. */
  readonly payments: readonly JsonObject[]
  readonly validFrom?: number
  readonly expiresAt?: number
  readonly transactionsFrom?: number
  readonly transactionsTo?: number
  /** Accesses in 24 hours without the customer. */
  readonly frequencyPerDay?: number
  /** Customers who must authorise it, at least one. */
  readonly authorisersNeeded: number
  /** What the third party sent, in the words of its regime; nothing but its face reads it. */
  readonly request: JsonObject
}

export interface Authorisation {
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** How they were authenticated, where they answered on a device and no request for a token waited. */
  readonly how?: DeviceAuthentication
  /** Absent: there is no such step here. */
  readonly sca?: ScaOutcome
}
export interface DeviceAuthentication {
  readonly acr: string
  readonly amr: readonly string[]
}
/** Who did it: `id` is a client, a customer or a member of the bank's staff; time has none. */
export type Actor =
  | { readonly kind: 'third-party' | 'customer' | 'bank'; readonly id: string }
  | { readonly kind: 'time' }
export interface ConsentStep {
  readonly at: number
  readonly from: ConsentStatus | null
  readonly to: ConsentStatus
  readonly by: Actor
  readonly why: string
}
export interface Consent extends ConsentTerms {
  readonly id: string
  readonly client: string
  /** Name of the face that made it. */
  readonly regime: string
  readonly status: ConsentStatus
  /** Newest of each customer. */
  readonly authorisations: readonly Authorisation[]
  /** Oldest first, the newest `MAX_STEPS`, and always the first. */
  readonly history: readonly ConsentStep[]
  readonly createdAt: number
  readonly changedAt: number
}

/** Beyond it the oldest steps between the first and these are forgotten: who authenticates anew twice a year has them for a lifetime. */
export const MAX_STEPS = 200
/** A consent that nobody authorised for so long is over. */
export const AUTHORISE_WITHIN_MS = 86_400_000

/** When it ends by itself, if nobody does anything; `undefined`: never. */
export function endOf(consent: Consent): number | undefined {
  if (consent.status !== 'awaiting' && consent.status !== 'partly-authorised')
    return consent.expiresAt
  return Math.min(consent.createdAt + AUTHORISE_WITHIN_MS, consent.expiresAt ?? Infinity)
}
