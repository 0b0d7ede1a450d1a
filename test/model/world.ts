/** Who is there: keys, clients, consents. Written once; the gateway gets it as a feed and key sets, the model as it stands. */
import { type JsonValue, readAuthorizationDetails } from '../../src/lib/index.ts'
import { digestOfHeld } from '../../src/proof/index.ts'
import type { SigningKey } from '../support/token-issuer.ts'
import { signingKey } from '../support/token-issuer.ts'
import { type Presented, makeCertificates, ORG_A, ORG_B } from './certificates.ts'

export const START = Date.UTC(2026, 0, 5, 9)

export interface Client {
  readonly id: string
  readonly status: 'active' | 'suspended'
  readonly organization?: string
  readonly register?: 'authorised' | 'registered' | 'suspended' | 'withdrawn'
  readonly registeredRoles?: readonly string[]
  readonly frequencyPerDay?: number
  readonly signs?: { readonly key: SigningKey; readonly issuer?: string }
}
export interface Consent {
  readonly id: string
  readonly client: string
  readonly subject: string
  readonly status: string
  readonly permissions: readonly string[]
  readonly accounts: readonly string[]
  readonly validFrom?: number
  readonly expiresAt?: number
  readonly transactionsFrom?: number
  readonly transactionsTo?: number
  readonly frequencyPerDay?: number
  /** `authorization_details`. */
  readonly details?: readonly unknown[]
}
export interface World {
  readonly now: number
  /** The gateway's own: the bank knows its public half. */
  readonly contextKey: SigningKey
  readonly issuerKeys: readonly [SigningKey, SigningKey]
  readonly strangerKey: SigningKey
  readonly proofKeys: readonly [SigningKey, SigningKey]
  readonly signKeys: readonly [SigningKey, SigningKey]
  readonly certificates: ReadonlyMap<string, Presented>
  readonly clients: ReadonlyMap<string, Client>
  readonly consents: ReadonlyMap<string, Consent>
  /** Of what payments (`authorization_details`) a digest of `sca` is. */
  readonly digests: ReadonlyMap<string, readonly unknown[]>
  /** As the feed writes them: `token:ID`, `client:ID`, `consent:ID`, `certificate:THUMBPRINT`. */
  readonly revoked: ReadonlySet<string>
}

export const PAYMENT = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'GBP', amount: '165.88' },
  creditorName: 'ACME Inc',
  creditorAccount: { schemeName: 'UK.OBIE.IBAN', identification: 'GB33BUKB20201555555555' },
  debtorAccount: { schemeName: 'UK.OBIE.SortCodeAccountNumber', identification: '20202088776655' },
  remittanceInformationUnstructured: 'Invoice 4711',
  endToEndIdentification: 'E2E-1',
}
export const OTHER_PAYMENT = {
  ...PAYMENT,
  instructedAmount: { currency: 'EUR', amount: '10.00' },
  creditorName: 'Zoe Müller',
}

const READS = [
  'ReadAccountsBasic',
  'ReadAccountsDetail',
  'ReadBalances',
  'ReadTransactionsBasic',
  'ReadTransactionsDetail',
  'ReadTransactionsCredits',
  'ReadTransactionsDebits',
]

/** Customers whose accounts are asked for while they are away. */
export const VISITORS = 400

/** As whoever issues tokens states it. */
export function digestOf(...details: readonly unknown[]): string {
  return digestOfHeld(readAuthorizationDetails(details as JsonValue)) ?? '' // sound: JSON by construction
}

export function makeWorld(now = START): World {
  const certificates = makeCertificates(now)
  const signKeys = [signingKey('sign-1', 'PS256'), signingKey('sign-2', 'PS256')] as const
  const [first, second] = signKeys
  const clients: Client[] = [
    {
      id: 'tpp-a',
      status: 'active',
      organization: ORG_A,
      register: 'authorised',
      registeredRoles: ['PSP_AI', 'PSP_PI'],
      signs: { key: first, issuer: 'org-a/app' },
    },
    { id: 'tpp-b', status: 'active', organization: ORG_B, signs: { key: second } },
    { id: 'tpp-nameless', status: 'active' },
    { id: 'tpp-suspended', status: 'suspended', organization: ORG_A },
    { id: 'tpp-revoked', status: 'active', organization: ORG_A },
    { id: 'tpp-withdrawn', status: 'active', organization: ORG_A, register: 'withdrawn' },
    {
      id: 'tpp-unlisted',
      status: 'active',
      organization: ORG_A,
      register: 'registered',
      registeredRoles: ['PSP_IC'],
    },
  ]
  const read = (id: string, changes: Partial<Consent> = {}): Consent => ({
    id,
    client: 'tpp-a',
    subject: 'customer-1',
    status: 'AUTH',
    permissions: READS,
    accounts: ['A1', 'A2'],
    ...changes,
  })
  const pay = (id: string, changes: Partial<Consent> = {}): Consent =>
    read(id, { permissions: ['domestic-payments'], accounts: [], ...changes })
  const HOUR = 3_600_000
  const consents: Consent[] = [
    read('read-all'),
    read('read-authorised', { status: 'Authorised' }),
    read('read-basic', {
      permissions: ['ReadAccountsBasic', 'ReadTransactionsBasic', 'ReadTransactionsCredits'],
    }),
    read('read-credits', { permissions: [...READS.slice(0, 5), 'ReadTransactionsCredits'] }),
    read('read-debits', { permissions: [...READS.slice(0, 5), 'ReadTransactionsDebits'] }),
    read('read-balances', { permissions: ['ReadBalances'] }),
    read('read-window', {
      transactionsFrom: Date.UTC(2025, 5, 1),
      transactionsTo: Date.UTC(2025, 11, 31),
    }),
    read('read-since', { transactionsFrom: Date.UTC(2025, 9, 1) }),
    read('read-expiring', { expiresAt: now + 10 * 60_000 }),
    read('read-expired', { expiresAt: now - 1 }),
    read('read-early', { validFrom: now + 24 * HOUR }),
    read('read-awaiting', { status: 'AWAU' }),
    read('read-rejected', { status: 'RJCT' }),
    read('read-revoked'),
    read('read-other-client', { client: 'tpp-b' }),
    read('read-other-customer', { subject: 'customer-2' }),
    read('read-none', { accounts: [] }),
    ...Array.from({ length: VISITORS }, (_, at) =>
      read(`visit-${at}`, {
        subject: `visitor-${at}`,
        ...(at % 4 === 1 && { frequencyPerDay: 6 }),
        ...(at % 4 === 2 && { frequencyPerDay: 1 }),
      }),
    ),
    pay('pay'),
    pay('pay-with-details', { details: [PAYMENT] }),
    pay('pay-other-details', { details: [OTHER_PAYMENT] }),
    pay('pay-unreadable', {
      details: [{ ...PAYMENT, instructedAmount: { currency: 'GBP', amount: '1e2' } }],
    }),
    pay('pay-authorised', { status: 'Authorised' }),
    pay('pay-rejected', { status: 'RJCT' }),
    pay('pay-other-client', { client: 'tpp-b' }),
    pay('pay-international', { permissions: ['international-payments'] }),
  ]
  const feedRevoked = certificates.get('feed-revoked')?.certificate?.thumbprint ?? ''
  return {
    now,
    contextKey: signingKey('context', 'ES256'),
    issuerKeys: [signingKey('as-1', 'ES256'), signingKey('as-2', 'EdDSA')],
    strangerKey: signingKey('as-1', 'ES256'),
    proofKeys: [signingKey('proof-1', 'ES256'), signingKey('proof-2', 'EdDSA')],
    signKeys,
    certificates,
    clients: new Map(clients.map((one) => [one.id, one])),
    digests: new Map([PAYMENT, OTHER_PAYMENT].map((one) => [digestOf(one), [one]])),
    consents: new Map(consents.map((one) => [one.id, one])),
    revoked: new Set([
      'token:revoked-token',
      'client:tpp-revoked',
      'consent:read-revoked',
      `certificate:${feedRevoked}`,
    ]),
  }
}
