/**
 * Where a message says what is paid: JSON pointers (RFC 6901) for each field, as data. All pointers of a field that find something must
 * find the same: a message that names its payee twice in two ways names nobody.
 */
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../json.ts'
import { canonicalAccount, type PaymentAccount } from './account.ts'
import { MAX_PAYMENTS } from './compare.ts'
import {
  type CanonicalPayment,
  canonicalPayment,
  type PaymentAmount,
  type PaymentFault,
  type PaymentField,
  type PaymentOrder,
} from './order.ts'
import { sameName } from './text.ts'

export interface PaymentMapping {
  /** `uk-obie`, `berlin-group`, … */
  readonly id: string
  /** Of the list of payments, if the message may hold several; their fields are looked for in each, then in the message, and what both have is the same. */
  readonly payments?: string
  readonly fields: Readonly<Partial<Record<PaymentField, readonly string[]>>>
}

/**
 * Of mappings of one operation that of the message: by the list of payments, or the amount, that it holds. `undefined`: it holds what two
 * of them look for, and a bank might pay either.
 */
export function mappingOf(
  message: JsonValue,
  mappings: readonly [PaymentMapping, ...PaymentMapping[]],
): PaymentMapping | undefined {
  const [first] = mappings
  const found = mappings.filter(({ payments, fields }) =>
    payments === undefined
      ? (fields.amount ?? []).some((pointer) => find(message, pointer) !== undefined)
      : find(message, payments) !== undefined,
  )
  return found.length > 1 ? undefined : (found[0] ?? first)
}

export type PaymentsRead =
  | {
      readonly ok: true
      readonly payments: readonly CanonicalPayment[]
      /** The same, as they are written. */
      readonly orders: readonly PaymentOrder[]
    }
  | { readonly ok: false; readonly fault: PaymentFault }

/**
 * The payments of a message. Numbers must have been kept as their texts by whoever read it: a `number` is refused, because the text it
 * stood for is gone.
 */
export function readPayments(message: JsonValue, mapping: PaymentMapping): PaymentsRead {
  const list = mapping.payments === undefined ? undefined : find(message, mapping.payments)
  if (list !== undefined && !Array.isArray(list)) return unreadable('amount')
  const items: readonly JsonValue[] = list ?? [message]
  if (items.length === 0) return { ok: false, fault: { field: 'amount', reason: 'missing' } }
  if (items.length > MAX_PAYMENTS)
    return { ok: false, fault: { field: 'amount', reason: 'too-long' } }
  const payments: CanonicalPayment[] = []
  const orders: PaymentOrder[] = []
  for (const item of items) {
    const order: Partial<Record<PaymentField, unknown>> = {}
    for (const [name, pointers] of Object.entries(mapping.fields)) {
      const field = name as PaymentField // sound: a mapping is typed, and templates are checked
      const value = fieldOf(field, pointers, item, list === undefined ? undefined : message)
      if (value === UNREADABLE) return unreadable(field)
      if (value !== undefined) order[field] = value
    }
    const written = order as PaymentOrder // sound: `fieldOf` gives each field its type
    const outcome = canonicalPayment(written)
    if (!outcome.ok) {
      const [fault] = outcome.faults
      return { ok: false, fault: fault ?? { field: 'amount', reason: 'unreadable' } }
    }
    payments.push(outcome.payment)
    orders.push(written)
  }
  return { ok: true, payments, orders }
}

const UNREADABLE = Symbol('unreadable')
type Found = PaymentOrder[PaymentField] | typeof UNREADABLE

function fieldOf(
  field: PaymentField,
  pointers: readonly string[],
  item: JsonValue,
  message: JsonValue | undefined,
): Found {
  const lines: string[] = []
  let seen: PaymentOrder[PaymentField]
  for (const pointer of pointers) {
    const own = find(item, pointer)
    const beside = message === undefined ? undefined : find(message, pointer)
    const value = own === undefined ? beside : own
    if (value === undefined) continue
    // An object that a longer pointer looks into is no value itself.
    if (isJsonObject(value) && pointers.some((other) => other.startsWith(`${pointer}/`))) continue
    const read = READERS[field](value)
    if (read === UNREADABLE) return read
    // Said of all and of this one, it is one thing: whoever reads the other is not the one who was shown it.
    if (own !== undefined && beside !== undefined) {
      const other = READERS[field](beside)
      if (other === UNREADABLE || !saysSame(field, read, other)) return UNREADABLE
    }
    if (read === undefined) continue
    if (field === 'remittance') lines.push(...(read as readonly string[])) // sound: what its reader gives
    else if (seen !== undefined && !sameValue(field, seen, read)) return UNREADABLE
    else seen = read
  }
  if (field === 'remittance') return lines.length === 0 ? undefined : lines
  return seen
}

const READERS: { readonly [F in PaymentField]: (value: JsonValue) => Found } = {
  amount: text,
  currency: text,
  creditorAccount: account,
  creditorName: text,
  creditorAgent: text,
  debtorAccount: account,
  remittance: lines,
  reference,
  endToEndId: text,
  executionDate: text,
  recurringAmount: money,
  finalAmount: money,
  frequency: text,
  transferCurrency: text,
  exchangeRate: structure,
  chargeBearer: text,
  destination: text,
  lastDate: text,
  count: text,
  executionRule: text,
  executionDay: text,
  countPerPeriod: text,
  fileHash: text,
  fileType: text,
  controlSum: text,
  fileReference: text,
  executionMonths: lines,
}

function text(value: JsonValue): string | undefined | typeof UNREADABLE {
  if (typeof value !== 'string') return UNREADABLE
  return value === '' ? undefined : value
}

/** A structure is compared as a whole; one that holds a reference and nothing else is that reference. */
function reference(value: JsonValue): string | undefined | typeof UNREADABLE {
  if (Array.isArray(value) && value.length <= 1)
    return value[0] === undefined ? undefined : reference(value[0])
  if (typeof value === 'string') return text(value)
  if (typeof value !== 'object' || value === null) return UNREADABLE
  const only = isJsonObject(value) ? member(value, 'reference', 'Reference') : undefined
  if (typeof only === 'string' && Object.keys(value).length === 1) return text(only)
  const plain = textual(value)
  return plain === undefined ? UNREADABLE : canonicalJson(plain)
}

/** Compared as a whole, whatever it holds: `1.10` is not `1.1` there. */
function structure(value: JsonValue): string | undefined | typeof UNREADABLE {
  if (!isJsonObject(value)) return UNREADABLE
  if (Object.keys(value).length === 0) return undefined
  const plain = textual(value)
  return plain === undefined ? UNREADABLE : canonicalJson(plain)
}

/** With numbers as texts, as bodies are read; `undefined` where a number may have lost digits on its way. */
function textual(value: JsonValue): JsonValue | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).map(textual) // sound: an array of a JSON value
    return items.every((item) => item !== undefined) ? items : undefined
  }
  if (!isJsonObject(value)) return value
  const members: [string, JsonValue][] = []
  for (const [name, inner] of Object.entries(value)) {
    const plain = textual(inner)
    if (plain === undefined) return undefined
    members.push([name, plain])
  }
  return Object.fromEntries(members)
}

function lines(value: JsonValue): readonly string[] | undefined | typeof UNREADABLE {
  const list: readonly JsonValue[] = Array.isArray(value) ? value : [value]
  return list.every((line) => typeof line === 'string') ? list : UNREADABLE
}

function money(value: JsonValue): PaymentAmount | typeof UNREADABLE {
  if (!isJsonObject(value)) return UNREADABLE
  const amount = member(value, 'Amount', 'amount')
  const currency = member(value, 'Currency', 'currency')
  return typeof amount === 'string' && typeof currency === 'string'
    ? { amount, currency }
    : UNREADABLE
}

/** Members that each hold an account number of one scheme (Berlin Group `accountReference`, RFC 9396 §2). */
const BY_SCHEME = ['iban', 'bban', 'pan', 'msisdn'] as const

/** An account in the forms of OBIE, the Berlin Group and Brazil. Exactly one number, or nobody knows which one counts. */
function account(value: JsonValue): PaymentAccount | undefined | typeof UNREADABLE {
  if (!isJsonObject(value)) return UNREADABLE
  if (Object.keys(value).length === 0) return undefined
  const found: PaymentAccount[] = []
  for (const scheme of BY_SCHEME) {
    const identification = member(value, scheme)
    if (identification === undefined) continue
    if (typeof identification !== 'string') return UNREADABLE
    found.push({ scheme, identification })
  }
  const inside = member(value, 'other')
  for (const holder of [value, ...(isJsonObject(inside) ? [inside] : [])]) {
    const identification = member(holder, 'Identification', 'identification')
    if (identification === undefined) continue
    const scheme = member(holder, 'SchemeName', 'schemeName')
    const secondary = member(holder, 'SecondaryIdentification', 'secondaryIdentification') ?? ''
    if (
      typeof identification !== 'string' ||
      typeof scheme !== 'string' ||
      typeof secondary !== 'string'
    )
      return UNREADABLE
    found.push({ scheme, identification, secondary })
  }
  const brazil = brazilian(value)
  if (brazil !== undefined) found.push(brazil)
  const [only] = found
  return found.length === 1 && only !== undefined ? only : UNREADABLE
}

/** ISPB, branch, number and type name an account there; none of them alone does. */
function brazilian(value: JsonObject): PaymentAccount | undefined {
  const parts = ['ispb', 'issuer', 'number', 'accountType'].map((name) => {
    const part = member(value, name)
    return typeof part === 'string' ? part : ''
  })
  const [ispb, , number] = parts
  if (ispb === '' || number === '') return undefined
  return { scheme: 'br', identification: parts.join('/') }
}

/** Two spellings of one name in one object are two values: then there is none. */
function member(object: JsonObject, ...names: readonly string[]): JsonValue | undefined {
  const [name, another] = names.filter((one) => Object.hasOwn(object, one))
  if (name === undefined) return undefined
  return another === undefined ? object[name] : Number.NaN
}

/** Either may say nothing, and then both do. */
function saysSame(
  field: PaymentField,
  a: PaymentOrder[PaymentField],
  b: PaymentOrder[PaymentField],
): boolean {
  return a === undefined || b === undefined ? a === b : sameValue(field, a, b)
}

function sameValue(
  field: PaymentField,
  a: PaymentOrder[PaymentField],
  b: PaymentOrder[PaymentField],
): boolean {
  if (field === 'creditorAccount' || field === 'debtorAccount') {
    // Sound: these two fields are accounts.
    const [x, y] = [canonicalAccount(a as PaymentAccount), canonicalAccount(b as PaymentAccount)]
    return x.ok && y.ok && x.value === y.value
  }
  // The payee once by his account and once by himself (OBIE): one name, however it is spaced or capitalised.
  if (field === 'creditorName' && typeof a === 'string' && typeof b === 'string')
    return sameName(a, b)
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Of templates, so there are few, and none comes with a request. */
const STEPS = new Map<string, readonly string[]>()

function stepsOf(pointer: string): readonly string[] {
  let steps = STEPS.get(pointer)
  if (steps === undefined) {
    steps = pointer
      .split('/')
      .slice(1)
      .map((raw) => raw.replaceAll('~1', '/').replaceAll('~0', '~'))
    STEPS.set(pointer, steps)
  }
  return steps
}

function find(value: JsonValue, pointer: string): JsonValue | undefined {
  let at: JsonValue | undefined = value
  for (const name of stepsOf(pointer)) {
    at = isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
    if (at === undefined) return undefined
  }
  return at
}

function unreadable(field: PaymentField): PaymentsRead {
  return { ok: false, fault: { field, reason: 'unreadable' } }
}
