/** `/pisp/*-consents` of single payments: what is asked for, read into the one form of a payment (RFC 9396) that gateways compare with. */
import {
  canonicalAccount,
  sameName,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  readAuthorizationDetails,
} from '../../../lib/index.ts'
import type { ConsentTerms } from '../consent.ts'
import type { Consent } from '../consent.ts'
import {
  anyObject,
  count,
  dateTime,
  listOf,
  type Members,
  object,
  objectAt,
  oneOf,
  type Shape,
  text,
  textAt,
  timeOf,
} from '../shape.ts'
import { CODES, common, created, error, faulty, unknown } from './answers.ts'
import { findOf, type Parts, type Resource, statusWord, UK_OBIE } from './resource.ts'

export interface PaymentKind {
  /** Last segment of its path. */
  readonly name: string
  readonly initiation: Shape
  /** `Permission: Create` is needed for what is done later than now. */
  readonly permission: boolean
}

const AMOUNT = object({
  Amount: text(19, /^\d{1,13}$|^\d{1,13}\.\d{1,5}$/),
  Currency: text(3, /^[A-Z]{3}$/),
})
const PROXY = object({ Identification: text(2048), Code: text(35) }, { Type: text(35) })
const account = (required: Members): Shape =>
  object(
    { SchemeName: text(64), Identification: text(256), ...required },
    { Name: text(350), SecondaryIdentification: text(34), Proxy: PROXY },
  )
const PARTY = anyObject
const REMITTANCE = object(
  {},
  { Structured: listOf(anyObject, 0, 10), Unstructured: listOf(text(140), 0, 10) },
)
/** What every payment may say beside who gets how much. */
const AROUND: Members = {
  DebtorAccount: account({}),
  UltimateCreditor: PARTY,
  UltimateDebtor: PARTY,
  RegulatoryReporting: listOf(anyObject, 0, 10),
  RemittanceInformation: REMITTANCE,
  SupplementaryData: anyObject,
}
const CREDITOR: Members = { CreditorAccount: account({ Name: text(350) }) }
const ID = text(35)
const DOMESTIC: Members = { LocalInstrument: text(64), CreditorPostalAddress: anyObject }
const ABROAD: Members = {
  LocalInstrument: text(64),
  InstructionPriority: oneOf('Normal', 'Urgent'),
  ExtendedPurpose: text(140),
  ChargeBearer: text(64),
  DestinationCountryCode: text(2, /^[A-Z]{2}$/),
  ExchangeRateInformation: anyObject,
  Creditor: object({}, { Name: text(350), LEI: text(20), PostalAddress: anyObject }),
  CreditorAgent: anyObject,
}
const {
  LocalInstrument: _l,
  InstructionPriority: _p,
  ExchangeRateInformation: _r,
  ...STANDING_ABROAD
} = ABROAD
const CURRENCY_OF_TRANSFER = text(3, /^[A-Z]{3}$/)
const MANDATE = object(
  {
    Frequency: object(
      { Type: text(35) },
      { CountPerPeriod: count(1, 999), PointInTime: text(2, /^\d{2}$/) },
    ),
  },
  {
    MandateIdentification: text(256),
    Classification: text(35),
    CategoryPurposeCode: text(4),
    FirstPaymentDateTime: dateTime,
    RecurringPaymentDateTime: dateTime,
    FinalPaymentDateTime: dateTime,
    Reason: text(256),
  },
)
const { RemittanceInformation: _, ...WITHOUT_REMITTANCE } = AROUND

export const PAYMENT_CONSENTS: readonly PaymentKind[] = [
  {
    name: 'domestic-payment-consents',
    permission: false,
    initiation: object(
      {
        InstructionIdentification: ID,
        EndToEndIdentification: ID,
        InstructedAmount: AMOUNT,
        ...CREDITOR,
      },
      { ...AROUND, ...DOMESTIC, CreditorAgent: anyObject },
    ),
  },
  {
    name: 'domestic-scheduled-payment-consents',
    permission: true,
    initiation: object(
      {
        InstructionIdentification: ID,
        RequestedExecutionDateTime: dateTime,
        InstructedAmount: AMOUNT,
        ...CREDITOR,
      },
      { ...AROUND, ...DOMESTIC, EndToEndIdentification: ID },
    ),
  },
  {
    name: 'domestic-standing-order-consents',
    permission: true,
    initiation: object(
      { MandateRelatedInformation: MANDATE, FirstPaymentAmount: AMOUNT, ...CREDITOR },
      {
        ...WITHOUT_REMITTANCE,
        RemittanceInformation: REMITTANCE,
        NumberOfPayments: ID,
        RecurringPaymentAmount: AMOUNT,
        FinalPaymentAmount: AMOUNT,
      },
    ),
  },
  {
    name: 'international-payment-consents',
    permission: false,
    initiation: object(
      {
        InstructionIdentification: ID,
        EndToEndIdentification: ID,
        CurrencyOfTransfer: CURRENCY_OF_TRANSFER,
        InstructedAmount: AMOUNT,
        ...CREDITOR,
      },
      { ...AROUND, ...ABROAD },
    ),
  },
  {
    name: 'international-scheduled-payment-consents',
    permission: true,
    initiation: object(
      {
        InstructionIdentification: ID,
        RequestedExecutionDateTime: dateTime,
        CurrencyOfTransfer: CURRENCY_OF_TRANSFER,
        InstructedAmount: AMOUNT,
        ...CREDITOR,
      },
      { ...AROUND, ...ABROAD, EndToEndIdentification: ID },
    ),
  },
  {
    name: 'international-standing-order-consents',
    permission: true,
    initiation: object(
      {
        MandateRelatedInformation: MANDATE,
        CurrencyOfTransfer: CURRENCY_OF_TRANSFER,
        InstructedAmount: AMOUNT,
        ...CREDITOR,
      },
      { ...AROUND, ...STANDING_ABROAD, NumberOfPayments: ID },
    ),
  },
]

const SCOPES = ['payments']
const requestOf = ({ initiation, permission }: PaymentKind): Shape =>
  object({
    Data: object(
      { Initiation: initiation, ...(permission ? { Permission: oneOf('Create') } : {}) },
      {
        ReadRefundAccount: oneOf('Yes', 'No'),
        Authorisation: object(
          { AuthorisationType: oneOf('Any', 'Single') },
          { CompletionDateTime: dateTime },
        ),
        SCASupportData: anyObject,
      },
    ),
    Risk: anyObject,
  })
/** The standard's longest, and no shorter than one character. */
const IDEMPOTENCY_KEY = /^[!-~](?:[ -~]{0,38}[!-~])?$/

export function paymentConsents({ book, now, self }: Parts, kind: PaymentKind): Resource {
  const request = requestOf(kind)
  const show = (consent: Consent): JsonObject => {
    const sent = objectAt(consent.request, 'Data')
    const told = Object.entries(sent).filter(([name]) => TOLD.has(name))
    return {
      Data: { ...common(consent, statusWord(consent)), ...Object.fromEntries(told) },
      Risk: objectAt(consent.request, 'Risk'),
      Links: { Self: self(`pisp/${kind.name}/${consent.id}`) },
      Meta: {},
    }
  }
  return {
    create: {
      scopes: SCOPES,
      takesBody: true,
      async run({ body, written, client, header }) {
        const key = header('x-idempotency-key')
        if (key === undefined)
          return error(400, CODES.headerMissing, 'The header is needed', 'x-idempotency-key')
        if (!IDEMPOTENCY_KEY.test(key))
          return error(
            400,
            CODES.headerInvalid,
            'At most 40 printable characters',
            'x-idempotency-key',
          )
        const fault = request(body, '')
        if (fault !== undefined) return faulty(fault)
        const initiation = objectAt(objectAt(body, 'Data'), 'Initiation')
        const when = initiation['RequestedExecutionDateTime']
        if (typeof when === 'string' && Date.parse(when) <= now())
          return error(
            400,
            CODES.date,
            'The day has passed',
            'Data.Initiation.RequestedExecutionDateTime',
          )
        const wrong = wrongSchedule(objectAt(initiation, 'MandateRelatedInformation'), now())
        if (wrong !== undefined)
          return error(
            400,
            CODES.date,
            'The schedule has passed, or ends before it begins',
            `Data.Initiation.MandateRelatedInformation.${wrong}`,
          )
        if (namesTwoPayees(initiation))
          return error(
            400,
            CODES.invalid,
            'It is not the name of CreditorAccount: nobody could say who is paid',
            'Data.Initiation.Creditor.Name',
          )
        const terms = termsOf(kind, body, written)
        if (terms === undefined)
          return error(
            400,
            CODES.invalid,
            'Amount, currency or an account is not sound',
            'Data.Initiation',
          )
        return created(await book.create(terms, { client, regime: UK_OBIE }, key), show)
      },
    },
    read: {
      scopes: SCOPES,
      takesBody: false,
      async run({ path, client }) {
        const consent = await findOf(book, path, client, kind.name)
        return consent === undefined ? unknown : { status: 200, body: show(consent) }
      },
    },
  }
}
/** Of what was sent, what an answer repeats. */
const TOLD: ReadonlySet<string> = new Set([
  'Permission',
  'ReadRefundAccount',
  'Initiation',
  'Authorisation',
  'SCASupportData',
])

/** What begins today may begin: no time of the day is told to a bank that pays by the day. The member that is wrong. */
function wrongSchedule(mandate: JsonObject, now: number): string | undefined {
  const names = ['FirstPaymentDateTime', 'RecurringPaymentDateTime', 'FinalPaymentDateTime']
  const days = names.map((name) => [name, timeOf(mandate[name])] as const)
  const passed = days.find(([, at]) => at !== undefined && at + DAY_MS <= now)
  if (passed !== undefined) return passed[0]
  const [first = 0, next = first, last = Infinity] = days.map(([, at]) => at)
  if (next < first) return names[1]
  return last < next ? names[2] : undefined
}
const DAY_MS = 86_400_000

/**
 * The creditor is who owns the account (who is paid through somebody else is `UltimateCreditor`), so both names are his: the customer sees one,
 * and of a payment with two gateways cannot tell which was agreed to.
 */
function namesTwoPayees(initiation: JsonObject): boolean {
  const [account, party] = ['CreditorAccount', 'Creditor'].map((member) =>
    textAt(objectAt(initiation, member), 'Name'),
  )
  return account !== '' && party !== '' && !sameName(account ?? '', party ?? '')
}

/** `undefined`: no gateway could compare it with anything. */
function termsOf(
  { name }: PaymentKind,
  request: JsonObject,
  written: JsonObject,
): ConsentTerms | undefined {
  const detail = detailOf(objectAt(objectAt(written, 'Data'), 'Initiation'))
  const read = readAuthorizationDetails([detail])
  if (read.kind !== 'known' || read.payments.length === 0) return undefined
  const debtor = detail['debtorAccount']
  const named = debtor !== undefined && isJsonObject(debtor) ? accountName(debtor) : ''
  if (named === undefined) return undefined
  return {
    kind: 'payment',
    purpose: name,
    permissions: [],
    accounts: [],
    namedAccounts: named === '' ? [] : [named],
    payments: [detail],
    authorisersNeeded: 1,
    request,
  }
}

function accountName(of: JsonObject): string | undefined {
  const secondary = textAt(of, 'secondaryIdentification')
  const read = canonicalAccount({
    scheme: textAt(of, 'schemeName'),
    identification: textAt(of, 'identification'),
    secondary,
  })
  return read.ok ? read.value : undefined
}

/**
 * An initiation of the UK as RFC 9396's example has it, member by member as `pis` maps the payment itself (from 1.3.0). Its numbers are the
 * texts they were, as gateways read them: `1.10` is another rate than `1.1` there.
 */
function detailOf(initiation: JsonObject): JsonObject {
  const money = (member: string): JsonObject | undefined => {
    const of = objectAt(initiation, member)
    return of['Amount'] === undefined
      ? undefined
      : { amount: of['Amount'], currency: of['Currency'] ?? '' }
  }
  const remittance = objectAt(initiation, 'RemittanceInformation')
  const mandate = objectAt(initiation, 'MandateRelatedInformation')
  const frequency = objectAt(mandate, 'Frequency')
  const creditor = objectAt(initiation, 'CreditorAccount')
  const members: Record<string, JsonValue | undefined> = {
    instructedAmount: money('InstructedAmount') ?? money('FirstPaymentAmount'),
    creditorAccount: accountOf(creditor),
    creditorName: creditor['Name'] ?? objectAt(initiation, 'Creditor')['Name'],
    creditorAgent: objectAt(initiation, 'CreditorAgent')['Identification'],
    debtorAccount:
      initiation['DebtorAccount'] === undefined
        ? undefined
        : accountOf(objectAt(initiation, 'DebtorAccount')),
    remittanceInformationUnstructured: remittance['Unstructured'],
    remittanceInformationStructured: remittance['Structured'],
    endToEndIdentification: initiation['EndToEndIdentification'],
    requestedExecutionDate:
      initiation['RequestedExecutionDateTime'] ?? mandate['FirstPaymentDateTime'],
    recurringPaymentAmount: money('RecurringPaymentAmount'),
    finalPaymentAmount: money('FinalPaymentAmount'),
    frequency: frequency['Type'],
    countPerPeriod: frequency['CountPerPeriod'],
    dayOfExecution: frequency['PointInTime'],
    endDate: mandate['FinalPaymentDateTime'],
    numberOfPayments: initiation['NumberOfPayments'],
    currencyOfTransfer: initiation['CurrencyOfTransfer'],
    exchangeRateInformation: initiation['ExchangeRateInformation'],
    chargeBearer: initiation['ChargeBearer'],
    destinationCountryCode: initiation['DestinationCountryCode'],
  }
  const detail: Record<string, JsonValue> = { type: 'payment_initiation' }
  for (const [name, value] of Object.entries(members)) if (value !== undefined) detail[name] = value
  return detail
}

function accountOf(account_: JsonObject): JsonObject {
  const secondary = account_['SecondaryIdentification']
  return {
    schemeName: account_['SchemeName'] ?? '',
    identification: account_['Identification'] ?? '',
    ...(secondary === undefined ? {} : { secondaryIdentification: secondary }),
  }
}
