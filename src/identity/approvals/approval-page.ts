/** The page of approvals as one device: for CIBA, and for consents that are asked about without it. */
import type { Clock } from '../../lib/index.ts'
import type { Store } from '../../store/index.ts'
import type { AuthorisationDevice } from '../consents/authorisation-device.ts'
import type { ConsentBook } from '../consents/consent-book.ts'
import type { Decoupled, DecoupledDesk } from '../decoupled.ts'
import type { Customers } from '../screens/customers.ts'
import type { Sealing } from '../sealing.ts'
import { type Approvals, createApprovals, type Deliver } from './approvals.ts'
import { AUTHORISATION, consentDevice, deliverToConsent } from './consent-device.ts'
import { approvalDevice, CIBA_REQUEST, deliverToDesk } from './device.ts'

export interface ApprovalPageOptions {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
  readonly book: ConsentBook
  readonly customers: Customers
  readonly desk: () => DecoupledDesk
  readonly say: (failure: unknown) => void
}

export function approvalPage(options: ApprovalPageOptions): {
  readonly approvals: Approvals
  readonly device: Decoupled
  readonly authorisations: AuthorisationDevice
} {
  const { book, customers, desk } = options
  const deliver = new Map<string, Deliver>([
    [CIBA_REQUEST, deliverToDesk(desk)],
    [AUTHORISATION, deliverToConsent(book, customers)],
  ])
  const approvals = createApprovals({ ...options, deliver })
  return {
    approvals,
    device: approvalDevice(approvals, customers),
    authorisations: consentDevice({ ...options, approvals }),
  }
}
