/** Facts about client and consent, from the projection of the feed. A record that was revoked says so whatever else it says. */
import type { ClientFact, ConsentFact, TransportFact } from '../../decide/index.ts'
import type { ClientRecord, ConsentRecord, Projection } from '../../feed/index.ts'
import { digestOfHeld } from '../../proof/index.ts'

const UNKNOWN = { kind: 'unknown' } as const

export interface FeedFacts {
  /** The transport as it came, or with a certificate that the feed revoked. */
  transport(fact: TransportFact): TransportFact
  client(id: string): ClientFact
  consent(id: string): ConsentFact
}

export function createFeedFacts(projection: Projection): FeedFacts {
  // INVARIANT: the feed swaps records and never changes one in place, so what is made of a record is made once.
  const clients = new WeakMap<ClientRecord, ClientFact>()
  const consents = new WeakMap<ConsentRecord, ReturnType<typeof consentFactOf>>()
  return {
    transport(fact) {
      const { certificate } = fact
      return certificate.kind === 'trusted' &&
        projection.revoked(`certificate:${certificate.thumbprint}`)
        ? { ...fact, certificate: { ...certificate, revocation: 'revoked' } }
        : fact
    },
    client(id) {
      const record = id === '' ? undefined : projection.client(id)
      if (record === undefined) return UNKNOWN
      if (projection.revoked(`client:${id}`)) return { kind: 'known', id, status: 'revoked' }
      let fact = clients.get(record)
      if (fact === undefined) {
        fact = clientFactOf(record)
        clients.set(record, fact)
      }
      return fact
    },
    consent(id) {
      const record = id === '' ? undefined : projection.consent(id)
      if (record === undefined) return UNKNOWN
      let fact = consents.get(record)
      if (fact === undefined) {
        fact = consentFactOf(record)
        consents.set(record, fact)
      }
      return projection.revoked(`consent:${id}`) ? { ...fact, revoked: true } : fact
    },
  }
}

function clientFactOf({
  id,
  status,
  organizationIdentifier,
  frequencyPerDay,
  registerStatus,
  roles,
}: ClientRecord): ClientFact {
  const looked = registerStatus !== undefined || roles !== undefined
  return {
    kind: 'known',
    id,
    status,
    ...(frequencyPerDay !== undefined && { frequencyPerDay }),
    ...(organizationIdentifier !== undefined && { organization: organizationIdentifier }),
    ...(looked && {
      register: {
        ...(registerStatus !== undefined && { status: registerStatus }),
        ...(roles !== undefined && { roles }),
      },
    }),
  }
}

function consentFactOf(record: ConsentRecord): Extract<ConsentFact, { readonly kind: 'known' }> {
  const { id, client, subject, status, permissions, accounts } = record
  const {
    validFrom,
    expiresAt,
    transactionsFrom,
    transactionsTo,
    payments,
    frequencyPerDay,
    used,
  } = record
  const paymentsDigest = digestOfHeld(payments)
  return {
    kind: 'known',
    id,
    clientId: client,
    subject,
    status,
    permissions,
    accounts,
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(transactionsFrom === undefined ? {} : { transactionsFrom }),
    ...(transactionsTo === undefined ? {} : { transactionsTo }),
    ...(payments === undefined ? {} : { payments }),
    ...(paymentsDigest === undefined ? {} : { paymentsDigest }),
    ...(frequencyPerDay === undefined ? {} : { frequencyPerDay }),
    ...(used === true ? { used } : {}),
    revoked: false,
  }
}
