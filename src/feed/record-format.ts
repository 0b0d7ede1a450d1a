/**
 * The file formats as data: what is checked and what is published (`schemas/*.schema.json`) come from this one table. A value in a
 * message could be an account or a customer, so none is ever quoted; names of members are.
 */
import type { JsonObject } from '../lib/index.ts'

export type RecordKind = 'client' | 'consent' | 'revocation'
export const RECORD_KINDS: readonly RecordKind[] = ['client', 'consent', 'revocation']

/** Folder of a kind within the feed's folder. */
export const FOLDERS: Readonly<Record<RecordKind, string>> = {
  client: 'clients',
  consent: 'consents',
  revocation: 'revocations',
}

/** Larger files are refused unread. */
export const MAX_FILE_BYTES = 65_536

/** Keys in one set. */
export const MAX_JWKS_KEYS = 20
export const PRIVATE_MEMBERS: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

export type FieldShape =
  | {
      readonly type: 'text'
      readonly maxLength: number
      readonly pattern: RegExp
      readonly allowed: string
    }
  | { readonly type: 'word'; readonly words: readonly string[] }
  | { readonly type: 'time' }
  /** `authorization_details` of RFC 9396. */
  | { readonly type: 'details' }
  /** A JWK set of public keys. */
  | { readonly type: 'jwks' }
  /** A whole number. */
  | { readonly type: 'count'; readonly min: number; readonly max: number }
  | { readonly type: 'list'; readonly maxItems: number; readonly maxLength: number }

export interface Field {
  readonly name: string
  readonly required: boolean
  readonly shape: FieldShape
  readonly description: string
  readonly examples: readonly (string | number | JsonObject | readonly (string | JsonObject)[])[]
}

export interface RecordFormat {
  readonly title: string
  readonly description: string
  readonly fields: readonly Field[]
  /** Exactly one of these must be there. */
  readonly oneOf?: readonly string[]
  /** Pairs of times of which the second may not come before the first. */
  readonly ordered: readonly (readonly [string, string])[]
}

/** RFC 6749 appendix A.1: VSCHAR. */
const ID = {
  type: 'text',
  maxLength: 256,
  pattern: /^[ -~]+$/,
  allowed: 'printable ASCII',
} as const
// oxlint-disable-next-line no-control-regex -- they are what is refused
const LINE = /^[^\u0000-\u001f\u007f]+$/
const text = (maxLength: number): FieldShape => ({
  type: 'text',
  maxLength,
  pattern: LINE,
  allowed: 'one line of text',
})
const TIME = { type: 'time' } as const

function field(
  name: string,
  required: boolean,
  shape: FieldShape,
  description: string,
  ...examples: Field['examples']
): Field {
  return { name, required, shape, description, examples }
}

const EDITOR = field(
  '$schema',
  false,
  text(1024),
  'For editors only.',
  '../schemas/consent.schema.json',
)

export const FORMATS: Readonly<Record<RecordKind, RecordFormat>> = {
  client: {
    title: 'Client',
    description:
      'A third party that may call: one file in clients/. Without it, all its calls are denied.',
    fields: [
      EDITOR,
      field('id', true, ID, 'OAuth client_id, as in the token.', 'budget-buddy'),
      field('name', true, text(256), 'Name of the company.', 'Budget Buddy Ltd'),
      field(
        'status',
        true,
        { type: 'word', words: ['active', 'suspended'] },
        'Only active clients may call.',
        'active',
      ),
      field(
        'reason',
        false,
        text(1024),
        'Why and since when it is suspended.',
        'Withdrawn from the register on 2026-09-30',
      ),
      field(
        'organizationIdentifier',
        false,
        text(256),
        'Its number at its authority, as its certificates carry it (ETSI TS 119 495): compared exactly with the client certificate.',
        'PSDGB-FCA-123456',
      ),
      field(
        'registerStatus',
        false,
        { type: 'word', words: ['authorised', 'registered', 'suspended', 'withdrawn'] },
        'What the register of its authority says of it; absent: nobody looked it up.',
        'authorised',
      ),
      field(
        'roles',
        false,
        { type: 'list', maxItems: 8, maxLength: 32 },
        'PSD2 roles that the register lists: PSP_AI, PSP_PI, PSP_IC; absent: nobody looked it up.',
        ['PSP_AI', 'PSP_PI'],
      ),
      field(
        'jwks',
        false,
        { type: 'jwks' },
        'JWK set of the public keys that it signs messages with: PS256, each with its kid.',
        { keys: [{ kty: 'RSA', kid: 'sign-1', use: 'sig', n: 'vK3n…', e: 'AQAB' }] },
      ),
      field(
        'frequencyPerDay',
        false,
        { type: 'count', min: 1, max: 10_000 },
        'Accesses to one account in 24 hours without the customer that were agreed with it; never fewer than four.',
        96,
      ),
      field(
        'signatureIssuer',
        false,
        text(256),
        'The name that it signs messages with (iss); absent: any, for the keys say whose they are.',
        '0015800000jfQ9aAAE/budget-buddy',
      ),
    ],
    ordered: [],
  },
  consent: {
    title: 'Consent',
    description:
      'What a customer allowed a third party: one file in consents/. Without it, calls under this consent are denied.',
    fields: [
      EDITOR,
      field('id', true, ID, 'Consent id, as in the token.', 'consent-4711'),
      field('client', true, ID, 'client_id of the third party it was given to.', 'budget-buddy'),
      field('subject', true, text(256), 'sub of the customer who authorised it.', 'cust-amira'),
      field(
        'status',
        true,
        text(64),
        'Status code, e.g. of UK Open Banking v4 (AUTH) or v3 (Authorised); the policy says which are in force.',
        'AUTH',
      ),
      field(
        'permissions',
        true,
        { type: 'list', maxItems: 256, maxLength: 128 },
        'Permission codes of the specification.',
        ['ReadAccountsBasic', 'ReadBalances'],
      ),
      field(
        'accounts',
        true,
        { type: 'list', maxItems: 2000, maxLength: 128 },
        'Account ids it covers.',
        ['22289'],
      ),
      field(
        'frequencyPerDay',
        false,
        { type: 'count', min: 1, max: 10_000 },
        'Accesses to one account in 24 hours without the customer that were agreed; never fewer than four.',
        96,
      ),
      field('validFrom', false, TIME, 'Not before this time.', '2026-01-05T09:00:00Z'),
      field(
        'expiresAt',
        false,
        TIME,
        'Not from this time on; not before validFrom.',
        '2026-07-04T09:00:00Z',
      ),
      field(
        'transactionsFrom',
        false,
        TIME,
        'Only transactions from this time on.',
        '2025-01-01T00:00:00Z',
      ),
      field(
        'transactionsTo',
        false,
        TIME,
        'Only transactions up to this time; not before transactionsFrom.',
        '2026-12-31T23:59:59Z',
      ),
      field(
        'authorizationDetails',
        false,
        { type: 'details' },
        'Payments that the customer authenticated, as RFC 9396 writes them: what is paid under this consent is one of these.',
        [
          {
            type: 'payment_initiation',
            instructedAmount: { currency: 'GBP', amount: '165.88' },
            creditorName: 'ACME Inc',
            creditorAccount: {
              schemeName: 'UK.OBIE.SortCodeAccountNumber',
              identification: '08080021325698',
            },
            remittanceInformationUnstructured: 'Invoice 42',
          },
        ],
      ),
    ],
    ordered: [
      ['validFrom', 'expiresAt'],
      ['transactionsFrom', 'transactionsTo'],
    ],
  },
  revocation: {
    title: 'Revocation',
    description:
      'Ends a token, a grant, a consent, a client or a certificate at once: one file in revocations/. It names exactly one of the five. What is named counts even when the rest of the file is wrong.',
    fields: [
      EDITOR,
      field('token', false, ID, 'jti of the token.', '6f1c2f9e'),
      field(
        'grant',
        false,
        ID,
        'Id of the grant, as its tokens name it in grant_id (or in the claim that the configuration names): ends every token of it.',
        'TSdqirmAxDa0_-DB_1bASQ',
      ),
      field('consent', false, ID, 'Id of the consent.', 'consent-4711'),
      field('client', false, ID, 'client_id.', 'budget-buddy'),
      field(
        'certificate',
        false,
        ID,
        'Thumbprint of a client certificate (x5t#S256, RFC 8705), as gatehouse certs show prints it.',
        'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2',
      ),
      field(
        'at',
        true,
        TIME,
        'When it was decided. It has effect at once in any case.',
        '2026-03-01T12:00:00Z',
      ),
      field('reason', true, text(1024), 'Why.', 'Customer withdrew the consent by telephone'),
    ],
    oneOf: ['token', 'grant', 'consent', 'client', 'certificate'],
    ordered: [],
  },
}
