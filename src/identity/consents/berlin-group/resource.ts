/** What the resources of this face have in common: their words, and what each of them is. */
import type { JsonObject } from '../../../lib/index.ts'
import type { ConsentBook } from '../consent-book.ts'
import type { AuthorisationDevice } from '../authorisation-device.ts'
import type { EmbeddedAuthorisations } from '../embedded-authorisations.ts'
import type { Consent, ConsentStatus } from '../consent.ts'
import type { FaceAnswer, FaceRequest } from '../face.ts'

export const BERLIN_GROUP = 'berlin-group'
export const ROOT = '/v1/'

/** `consentStatus`, §14.15. */
const WORDS: Readonly<Record<ConsentStatus, string>> = {
  awaiting: 'received',
  'partly-authorised': 'partiallyAuthorised',
  authorised: 'valid',
  rejected: 'rejected',
  withdrawn: 'revokedByPsu',
  cancelled: 'terminatedByTpp',
  terminated: 'revokedByPsu', // 1.3 has no word for an end by the bank
  expired: 'expired',
  consumed: 'expired',
}
export const consentStatus = ({ status }: Pick<Consent, 'status'>): string => WORDS[status]

export interface BerlinGroupOptions {
  readonly book: ConsentBook
  /** Under which third parties find it, e.g. `https://login.bank.example`. */
  readonly origin: string
  readonly now: () => number
  /** Asks customers on a device of their own; `undefined`: they are asked in a browser only. */
  readonly device: AuthorisationDevice | undefined
  /** Takes what customers told the third party; `undefined`: nothing of the kind. */
  readonly embedded: EmbeddedAuthorisations | undefined
}
export type Approach = 'REDIRECT' | 'DECOUPLED' | 'EMBEDDED'
export interface Parts extends BerlinGroupOptions {
  /** A link to a path below the root. */
  readonly link: (path: string) => JsonObject
  /** How this request's customer will be asked. */
  readonly approach: (request: FaceRequest, consent: Consent) => Approach
}

/** A resource with `status` and `authorisations` below it. */
export interface Resource {
  readonly scopes: readonly string[]
  /** What never was, and what is another's. */
  readonly unknown: FaceAnswer
  create(request: FaceRequest): Promise<FaceAnswer>
  show(consent: Consent): JsonObject
  status(consent: Consent): JsonObject
  /** Answer to a `DELETE`, of the resource as it is after it. */
  cancelled(consent: Consent | undefined): FaceAnswer
  /** Of payments: answers at `cancellation-authorisations`. */
  readonly cancellations?: { readonly list: FaceAnswer; readonly start: FaceAnswer }
}
