/** What of the bank's answer leaves: declared, allowed by the consent, of its accounts, directions and days. */
import { SCHEMAS } from '../specifications.ts'
import { BASE, type House, ORIGIN, UPSTREAM } from '../house.ts'
import { enforced, modeOf, statusOf } from './judge.ts'
import { readJson } from './json.ts'
import { OPERATIONS } from './operations.ts'
import { answersWell } from './request.ts'
import { type Case, oldestDay, ownConsent } from './rules.ts'

export interface BankAnswer {
  readonly status: number
  readonly mediaType: string
  readonly body: string
}
export interface Leaving {
  readonly status: number
  /** Of a problem; `null`: the bank's own. */
  readonly code: string | null
  /** What the body says; `undefined`: it leaves as it came. */
  readonly value?: unknown
  /** What the bank broke its word with, and whether that was refused. */
  readonly contract?: 'denied' | 'observed'
  /** A rule that only watches would have kept rows back. */
  readonly older?: true
}

type Schema = {
  readonly type?: string
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}
const problem = (code: string, status = statusOf(code)): Leaving => ({ status, code })
const REFUSED = 'GH_GATEWAY_RESPONSE_REFUSED'

export function leaving(house: House, one: Case, bucket: number, bank: BankAnswer): Leaving {
  const found = leavingBody(house, one, bucket, bank)
  const atHead = found.code === REFUSED_AT_HEAD
  const left = atHead ? problem(REFUSED) : found
  if (bank.status >= 300 || atHead || found.contract !== undefined) return left
  const mode = enforced(house, one, 'upstream.validation', bucket)
  const breaks = mode !== undefined && !keepsWord(one, bank)
  if (breaks && mode) return { ...problem('GH_GATEWAY_RESPONSE_INVALID'), contract: 'denied' }
  // Of an answer that does not leave it is told why, and no more.
  if (left.code !== null) return left
  return {
    ...left,
    ...(breaks && { contract: 'observed' }),
    ...(wouldCut(house, one, bucket, bank) && { older: true }),
  }
}

/** Whether rows of days would stay behind, were the rule in force. */
function wouldCut(house: House, one: Case, bucket: number, bank: BankAnswer): boolean {
  const rows = OPERATIONS[one.routed.operation]?.rows
  if (rows?.dated !== true || enforced(house, one, 'sca.required', bucket) !== false) return false
  const since = oldestDay(one, modeOf(house, one.routed, 'sca.required')?.params ?? {})
  const value = parsed(bank.body)
  if (since === undefined || bank.mediaType !== 'application/json' || value === undefined)
    return false
  const all = (value as { readonly Data?: Readonly<Record<string, readonly Row[]>> }).Data?.[
    rows.list
  ] // sound: made by the bank of this model
  return all?.some(({ BookingDateTime }) => !(Date.parse(BookingDateTime ?? '') >= since)) === true
}

/** Refused before its body was looked at. */
const REFUSED_AT_HEAD = 'at head'
/** Whether an answer that is there in JSON is what its schema says. */
function keepsWord({ routed }: Case, { body }: BankAnswer): boolean {
  const value = parsed(body)
  if (value === undefined) return false
  const name = OPERATIONS[routed.operation]?.answer
  return answersWell(
    routed.operation,
    routed.api === 'atms'
      ? ATMS
      : name === undefined
        ? MADE
        : { $ref: `#/components/schemas/${name}` },
    value,
  )
}

function leavingBody(
  house: House,
  one: Case,
  bucket: number,
  { status, mediaType, body }: BankAnswer,
): Leaving {
  const facts = OPERATIONS[one.routed.operation]
  const declared = status === facts?.status || status === 400 || status === 404
  if (status >= 400) {
    if (enforced(house, one, 'response.errors', bucket) === false) return { status, code: null }
    if (status >= 500 || status === 401 || status === 407)
      return problem('GH_GATEWAY_UPSTREAM_ERROR')
    if (status !== 400 || mediaType !== 'application/json')
      return problem('GH_GATEWAY_UPSTREAM_ERROR', status)
    const value = parsed(body)
    const left = value === undefined ? undefined : declaredPart(value, SCHEMAS.OBError)
    // What tells of the machinery inside is kept back, and so is what is no error as it was declared.
    return left === undefined || JSON.stringify(left).includes('ORA-')
      ? problem('GH_GATEWAY_UPSTREAM_ERROR', status)
      : { status, code: null, value: left }
  }
  // A part, or an answer to a condition, is nothing that anybody asked for.
  const atHead = { status: 502, code: REFUSED_AT_HEAD }
  if (status === 206 || (status >= 300 && !declared)) return atHead
  const fields = enforced(house, one, 'response.fields', bucket)
  const since = firstDay(house, one, bucket)
  const whole = fields === false && since === undefined
  if (whole && declared && mediaType === 'application/json') return { status, code: null }
  if (whole) {
    const contract = enforced(house, one, 'upstream.validation', bucket)
    if (contract === true) return atHead
    return { status, code: null, ...(contract === false && { contract: 'observed' }) }
  }
  if (!declared || mediaType !== 'application/json') return atHead
  const value = parsed(body)
  if (value === undefined) return problem(REFUSED)
  const name = facts?.answer
  const schema = (name === undefined ? MADE : SCHEMAS[name]) as Schema // sound: schemas
  const left = declaredPart(value, one.routed.api === 'atms' ? ATMS : schema, fields === true)
  const trimmed = fields === true ? ofConsent(one, left) : left
  return {
    status,
    code: null,
    value: since === undefined ? trimmed : sinceDay(one, trimmed, since, fields === true),
  }
}

/** The first instant of which rows may leave; `undefined`: nothing limits this answer. */
function firstDay(house: House, one: Case, bucket: number): number | undefined {
  if (OPERATIONS[one.routed.operation]?.rows?.dated !== true) return undefined
  if (enforced(house, one, 'sca.required', bucket) !== true) return undefined
  return oldestDay(one, modeOf(house, one.routed, 'sca.required')?.params ?? {})
}

/** Rows of before it stay behind, and rows that say no day; `counts`: and so does what counts them. */
function sinceDay(one: Case, value: unknown, since: number, counts: boolean): unknown {
  const name = OPERATIONS[one.routed.operation]?.rows?.list ?? ''
  const body = value as { readonly Data?: Readonly<Record<string, readonly Row[]>> } // sound: it was made by the declared schema
  const list = body.Data?.[name]
  if (list === undefined) return value
  const left = list.filter(({ BookingDateTime }) => Date.parse(BookingDateTime ?? '') >= since)
  const meta = counts && left.length < list.length && 'Meta' in body ? { Meta: {} } : {}
  return { ...body, Data: { ...body.Data, [name]: left }, ...meta }
}

const text = { type: 'string' }
const MADE = {
  properties: { Data: { properties: { ConsentId: text, DomesticPaymentId: text, Status: text } } },
}
const ATMS = { properties: { Data: { items: text } } }

function parsed(body: string): unknown {
  const read = readJson(body)
  return read === undefined || read.duplicates ? undefined : JSON.parse(body)
}

/** What the schema declares of it; `undefined`: nothing, as of a text that is a number. `links`: they leave as they mean something outside. */
function declaredPart(value: unknown, { $ref, ...schema }: Schema, links = true): unknown {
  if ($ref !== undefined)
    return declaredPart(value, SCHEMAS[$ref.split('/').at(-1) as keyof typeof SCHEMAS], links) // sound: it refers to one of them
  if (Array.isArray(value))
    return value.map((item) => declaredPart(item, schema.items ?? {}, links))
  if (typeof value !== 'object' || value === null)
    return isOf(schema.type, value) ? value : undefined
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const known = schema.properties?.[name]
      if (known === undefined) return []
      const isLink = links && (name === 'Next' || name === 'Self')
      const part = isLink ? outside(inner) : declaredPart(inner, known, links)
      return part === undefined ? [] : [[name, part]]
    }),
  )
}

function isOf(type: string | undefined, value: unknown): boolean {
  if (type === 'string') return typeof value === 'string'
  return type === 'integer' || type === 'number' ? typeof value === 'number' : true
}

/** A link as it means something outside; `undefined`: it would lead inside, or away. */
function outside(link: unknown): unknown {
  if (typeof link !== 'string') return link
  const { origin, pathname, search } = new URL(link, ORIGIN)
  const below = (path: string, base: string): boolean =>
    path === base || path.startsWith(`${base}/`)
  if (origin === UPSTREAM)
    return below(pathname, '/bank')
      ? ORIGIN + BASE.accounts + pathname.slice(5) + search
      : undefined
  return origin === ORIGIN && below(pathname, BASE.accounts) ? link : undefined
}

interface Row {
  readonly AccountId?: string
  readonly CreditDebitIndicator?: string
  readonly BookingDateTime?: string
}

function ofConsent(one: Case, value: unknown): unknown {
  const rows = OPERATIONS[one.routed.operation]?.rows
  if (rows === undefined) return value
  const consent = ownConsent(one)
  const holds = (code: string): boolean => consent?.permissions.includes(code) === true
  const directions = ['Credit', 'Debit'].filter((word) => holds(`ReadTransactions${word}s`))
  const from = consent === undefined ? Infinity : (consent.transactionsFrom ?? -Infinity)
  const to = consent === undefined ? -Infinity : (consent.transactionsTo ?? Infinity)
  const limited =
    consent === undefined ||
    consent.transactionsFrom !== undefined ||
    consent.transactionsTo !== undefined
  const leaves = (row: Row): boolean => {
    if (row.AccountId === undefined || consent?.accounts.includes(row.AccountId) !== true)
      return false
    if (rows.dated !== true) return true
    if (row.CreditDebitIndicator === undefined || !directions.includes(row.CreditDebitIndicator))
      return false
    const at = Date.parse(row.BookingDateTime ?? '')
    return !limited || (at >= from && at <= to)
  }
  const hidden =
    rows.detail === undefined || holds(rows.detail.permission) ? [] : rows.detail.members
  const trim = (row: Row): unknown =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !hidden.includes(name)))
  const body = value as { readonly Data?: Readonly<Record<string, readonly Row[]>> } // sound: it was made by the declared schema
  const list = body.Data?.[rows.list]
  if (list === undefined) return value
  const left = list.filter(leaves)
  // A count of rows that are not all there would tell how many are not.
  const meta = left.length < list.length && 'Meta' in body ? { Meta: {} } : {}
  return { ...body, Data: { ...body.Data, [rows.list]: left.map(trim) }, ...meta }
}
