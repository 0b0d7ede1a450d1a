/**
 * What a third party asks for (RFC 9396): `account_access` to read, `payment_initiation` to pay. Whatever is not understood is refused
 * (§5): a customer must not agree to what nobody here knows.
 */
import { type Client, type Context, errors, type Payload } from 'oidc-provider'
import {
  canonicalJson,
  type JsonValue,
  MAX_DETAILS,
  parseJson,
  readAuthorizationDetails,
} from '../lib/index.ts'

/** Permissions, and accounts, in one request. */
export const MAX_LISTED = 256
const MAX_TEXT = 256
const CODE = /^[A-Za-z][A-Za-z0-9._:-]{0,127}$/

type Check = (value: unknown) => boolean
const text: Check = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= MAX_LISTED && value.every(check)
const time: Check = (value) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value))

const ACCOUNT_ACCESS: Readonly<Record<string, Check>> = {
  type: text,
  locations: listOf(text),
  permissions: listOf((value) => typeof value === 'string' && CODE.test(value)),
  accounts: listOf(text),
  expiresAt: time,
  transactionsFrom: time,
  transactionsTo: time,
}

/** Of one payment: what is compared, and so what customers are shown. */
const TRANSFER_MEMBERS = [
  'instructedAmount',
  'creditorAccount',
  'creditorAgent',
  'creditorName',
  'debtorAccount',
  'remittanceInformationUnstructured',
  'remittanceInformationStructured',
  'remittanceInformationStructuredArray',
  'endToEndIdentification',
  'requestedExecutionDate',
  'requestedExecutionTime',
  'recurringPaymentAmount',
  'finalPaymentAmount',
  'frequency',
  'countPerPeriod',
  'dayOfExecution',
  'monthsOfExecution',
  'executionRule',
  'endDate',
  'numberOfPayments',
  'currencyOfTransfer',
  'exchangeRateInformation',
  'chargeBearer',
  'destinationCountryCode',
] as const
const ELEMENT_MEMBERS: ReadonlySet<string> = new Set(TRANSFER_MEMBERS)
const PAYMENT_MEMBERS: ReadonlySet<string> = new Set([
  'type',
  'locations',
  'actions',
  ...TRANSFER_MEMBERS,
  'payments',
])

function refuse(description: string): never {
  throw new errors.InvalidAuthorizationDetails(description)
}

function accountAccess(detail: Payload): void {
  for (const [name, value] of Object.entries(detail)) {
    const check = Object.hasOwn(ACCOUNT_ACCESS, name) ? ACCOUNT_ACCESS[name] : undefined
    if (check === undefined) refuse('account_access holds a member that is not known')
    if (!check(value)) refuse(`account_access.${name} is not understood`)
  }
  if (detail['permissions'] === undefined) refuse('account_access.permissions is needed')
  const { transactionsFrom: from, transactionsTo: to } = detail
  if (typeof from === 'string' && typeof to === 'string' && Date.parse(to) < Date.parse(from))
    refuse('account_access.transactionsTo is before transactionsFrom')
}

function paymentInitiation(detail: Payload): void {
  const { payments } = detail
  for (const [of, known] of [
    [[detail], PAYMENT_MEMBERS],
    [Array.isArray(payments) ? payments : [], ELEMENT_MEMBERS],
  ] as const)
    for (const one of of)
      if (Object.keys(Object(one)).some((name) => !known.has(name)))
        refuse('payment_initiation holds a member that is not known')
  // Sound: it was parsed from JSON.
  const read = readAuthorizationDetails([detail] as unknown as JsonValue)
  if (read.kind !== 'known' || read.payments.length === 0)
    refuse('payment_initiation needs an amount, a currency and a creditor account')
}

const validateOne =
  (check: (detail: Payload) => void) =>
  ({ oidc }: Context, detail: Payload, _client: Client): void => {
    const all = oidc.params?.['authorization_details'] ?? ''
    const list: unknown = parseJson(all)
    if (Array.isArray(list) && list.length > MAX_DETAILS)
      refuse(`more than ${MAX_DETAILS} authorization details`)
    check(detail)
  }

export const AUTHORIZATION_DETAILS = {
  account_access: { validate: validateOne(accountAccess) },
  payment_initiation: { validate: validateOne(paymentInitiation) },
}

/** RFC 9396 §6: of what was granted, those that the token request names; what was not granted is refused, not left out. */
export function narrowed(
  granted: readonly Payload[] | undefined,
  asked: unknown,
): readonly Payload[] | undefined {
  if (typeof asked !== 'string') return granted
  const known = new Map((granted ?? []).map((detail) => [textOf(detail), detail]))
  // Sound: the library has read it, and looked at each of them, before.
  return (JSON.parse(asked) as readonly Payload[]).map(
    (detail) => known.get(textOf(detail)) ?? refuse('a detail was not granted'),
  )
}

const textOf = (detail: Payload): string => canonicalJson(detail)
