/** `/v1/consents`: which accounts, which data of them, how often and how long. */
import {
  canonicalAccount,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../../lib/index.ts'
import type { ConsentTerms } from '../consent.ts'
import {
  count,
  date,
  flag,
  listOf,
  object,
  objectAt,
  oneOf,
  type Shape,
  text,
  textAt,
} from '../shape.ts'
import type { FaceAnswer } from '../face.ts'
import { faulty, message, refusal } from './answers.ts'
import { BERLIN_GROUP, consentStatus, type Parts, type Resource } from './resource.ts'
import { created } from './created.ts'

export const ACCOUNT_REFERENCE: Shape = object(
  {},
  {
    iban: text(34, /^[A-Z]{2}\d{2}[a-zA-Z0-9]{1,30}$/),
    bban: text(30, /^[a-zA-Z0-9]{1,30}$/),
    pan: text(35),
    maskedPan: text(35),
    msisdn: text(35),
    currency: text(3, /^[A-Z]{3}$/),
    cashAccountType: text(4),
  },
)
const MAX_ACCOUNTS = 100
const references = listOf(ACCOUNT_REFERENCE, 0, MAX_ACCOUNTS)
const ALL = oneOf('allAccounts', 'allAccountsWithOwnerName')
export const GLOBAL = ['availableAccounts', 'availableAccountsWithBalance', 'allPsd2'] as const
const DETAILED = ['accounts', 'balances', 'transactions'] as const

const REQUEST = object({
  access: object(
    {},
    {
      accounts: references,
      balances: references,
      transactions: references,
      additionalInformation: object(
        {},
        { ownerName: references, trustedBeneficiaries: references },
      ),
      availableAccounts: ALL,
      availableAccountsWithBalance: ALL,
      allPsd2: ALL,
    },
  ),
  recurringIndicator: flag,
  validUntil: date,
  frequencyPerDay: count(1, 10_000),
  combinedServiceIndicator: flag,
})
const SCOPES = ['accounts']
/** What never was, and what is another's: the same. */
const UNKNOWN: FaceAnswer = message(403, 'CONSENT_UNKNOWN', 'There is no such consent')
const DAY_MS = 86_400_000

export function accountConsents(parts: Parts): Resource {
  const { book, now } = parts
  return {
    scopes: SCOPES,
    unknown: UNKNOWN,
    async create(request) {
      const { body, client } = request
      const fault = REQUEST(body, '')
      if (fault !== undefined) return faulty(fault)
      const wrong = contradiction(body)
      if (wrong !== undefined) return message(400, 'FORMAT_ERROR', wrong, 'access')
      const end = endOfDay(textAt(body, 'validUntil'))
      if (end <= now()) return message(400, 'PERIOD_INVALID', 'The day has passed', 'validUntil')
      const terms = termsOf(body, end)
      if (terms === undefined)
        return message(400, 'FORMAT_ERROR', 'An account is not sound', 'access')
      const made = await book.create(terms, { client, regime: BERLIN_GROUP })
      if (made.kind !== 'made') return refusal('busy')
      const { consent } = made
      const of = { consent, path: `consents/${consent.id}`, unknown: UNKNOWN }
      return created(parts, of, request, {
        consentStatus: consentStatus(consent),
        consentId: consent.id,
      })
    },
    show: (consent) => ({
      ...Object.fromEntries(
        Object.entries(consent.request).filter(([name]) => name !== 'combinedServiceIndicator'),
      ),
      lastActionDate: new Date(consent.changedAt).toISOString().slice(0, 10),
      consentStatus: consentStatus(consent),
    }),
    status: (consent) => ({ consentStatus: consentStatus(consent) }),
    cancelled: () => ({ status: 204 }),
  }
}

function contradiction(body: JsonObject): string | undefined {
  const access = objectAt(body, 'access')
  const global = GLOBAL.filter((name) => access[name] !== undefined)
  const detailed = DETAILED.filter((name) => access[name] !== undefined)
  if (global.length > 1) return 'Only one kind of access to all accounts at once'
  if (global.length === 1 && detailed.length > 0)
    return 'Access to all accounts and to some is one or the other'
  if (global.length === 0 && detailed.length === 0) return 'Some access must be asked for'
  if (body['recurringIndicator'] === false && body['frequencyPerDay'] !== 1)
    return 'frequencyPerDay must be 1 for access that is not recurring'
  // §6.3.1: either every list names accounts, or none does and the customer picks.
  const named = detailed.map((name) => lengthOf(access[name]) > 0)
  if (named.includes(true) && named.includes(false))
    return 'Either every list names accounts, or none does'
  return undefined
}

const lengthOf = (value: JsonValue | undefined): number => (Array.isArray(value) ? value.length : 0)

function termsOf(body: JsonObject, end: number): ConsentTerms | undefined {
  const access = objectAt(body, 'access')
  const names = new Set<string>()
  for (const list of DETAILED)
    for (const reference of listIn(access[list])) {
      const name = accountName(reference)
      if (name === undefined) return undefined
      names.add(name)
    }
  const frequency = body['frequencyPerDay']
  return {
    kind: 'account-access',
    purpose: 'consents',
    permissions: permissionsOf(access),
    accounts: [],
    namedAccounts: [...names],
    payments: [],
    expiresAt: end,
    ...(typeof frequency === 'number' ? { frequencyPerDay: frequency } : {}),
    authorisersNeeded: 1,
    request: body,
  }
}

/** As templates name what of an account may leave: `accounts`, `balances`, `transactions`. */
function permissionsOf(access: JsonObject): string[] {
  if (access['allPsd2'] !== undefined) return ['accounts', 'balances', 'transactions']
  if (access['availableAccountsWithBalance'] !== undefined) return ['accounts', 'balances']
  if (access['availableAccounts'] !== undefined) return ['accounts']
  return [
    'accounts',
    ...DETAILED.filter((name) => name !== 'accounts' && access[name] !== undefined),
  ]
}

/** Exactly one number, as of payments, or nobody knows which account the customer is asked for. */
export function accountName(reference: JsonObject): string | undefined {
  const [scheme, another] = SCHEMES.filter((name) => reference[name] !== undefined)
  const identification = scheme === undefined ? undefined : reference[scheme]
  if (scheme === undefined || another !== undefined || typeof identification !== 'string')
    return undefined
  const read = canonicalAccount({ scheme, identification })
  return read.ok ? read.value : undefined
}
const SCHEMES = ['iban', 'bban', 'pan', 'msisdn'] as const

function listIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
}

/** `validUntil` is the last day; §6.3.1: 9999-12-31 asks for the longest there is. */
function endOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + DAY_MS
}
