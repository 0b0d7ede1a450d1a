/** What of the bank's answer leaves: declared, allowed by the consent, of its accounts, directions and days. */
import { SCHEMAS } from '../specifications.ts'
import type { House } from '../house.ts'
import { enforced, statusOf } from './judge.ts'
import { readJson } from './json.ts'
import { OPERATIONS } from './operations.ts'
import { type Case, ownConsent } from './rules.ts'

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
}

type Schema = {
  readonly type?: string
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}
const problem = (code: string, status = statusOf(code)): Leaving => ({ status, code })
const REFUSED = 'GH_GATEWAY_RESPONSE_REFUSED'

export function leaving(
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
  if (status === 206 || (status >= 300 && !declared)) return problem(REFUSED)
  const fields = enforced(house, one, 'response.fields', bucket)
  if (fields === false) return { status, code: null }
  if (!declared || mediaType !== 'application/json') return problem(REFUSED)
  const value = parsed(body)
  if (value === undefined) return problem(REFUSED)
  const name = facts?.answer
  const schema = (name === undefined ? MADE : SCHEMAS[name]) as Schema // sound: schemas
  const left = declaredPart(value, one.routed.api === 'atms' ? ATMS : schema)
  return { status, code: null, value: fields === undefined ? left : ofConsent(one, left) }
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

function declaredPart(value: unknown, { $ref, ...schema }: Schema): unknown {
  if ($ref !== undefined)
    return declaredPart(value, SCHEMAS[$ref.split('/').at(-1) as keyof typeof SCHEMAS]) // sound: it refers to one of them
  if (Array.isArray(value)) return value.map((item) => declaredPart(item, schema.items ?? {}))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const known = schema.properties?.[name]
      return known === undefined ? [] : [[name, declaredPart(inner, known)]]
    }),
  )
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
