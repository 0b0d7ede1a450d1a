/** The page of approvals as one device: for CIBA, and for consents that are asked about without it. */
import type { Clock } from '../../lib/index.ts'
import type { AuthorisationDevice } from '../consents/authorisation-device.ts'
import type { ConsentBook } from '../consents/consent-book.ts'
import type { Decoupled, DecoupledDesk } from '../decoupled.ts'
import { EMBEDDED } from '../embedded/embedded.ts'
import type { Customers } from '../screens/customers.ts'
import type { Approvals, Deliver } from './approvals.ts'
import { AUTHORISATION, consentDevice, deliverToConsent } from './consent-device.ts'
import { approvalDevice, CIBA_REQUEST, deliverToDesk } from './device.ts'

export interface ApprovalPageOptions {
  readonly approvals: Approvals
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
  readonly customers: Customers
}

export function approvalPage(options: ApprovalPageOptions): {
  readonly approvals: Approvals
  readonly device: Decoupled
  readonly authorisations: AuthorisationDevice
} {
  const { approvals, customers } = options
  return {
    approvals,
    device: approvalDevice(approvals, customers),
    authorisations: consentDevice(options),
  }
}

/** Who is told of answers: whatever asked for them, so that each process can tell what another one left. */
export function deliveries(
  book: ConsentBook,
  customers: Customers,
  desk: () => DecoupledDesk,
): ReadonlyMap<string, Deliver> {
  const toConsent = deliverToConsent(book, customers)
  return new Map<string, Deliver>([
    [CIBA_REQUEST, deliverToDesk(desk)],
    [AUTHORISATION, toConsent],
    [EMBEDDED, toConsent],
  ])
}
