/** The customers of a development store: a file of people that nobody is, for tests and for a first look. A bank's own are behind a port. */
import { readFileSync, statSync } from 'node:fs'
import type { CustomerAccount, DevelopmentCustomer } from '../../identity/index.ts'
import {
  GatehouseError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Result,
} from '../../lib/index.ts'

export const MAX_CUSTOMERS_FILE_BYTES = 1_048_576
const DEFAULT_ACR = 'urn:openbanking:psd2:ca'

/** @throws GH_IDENTITY_CUSTOMERS */
export function readCustomers(file: string): readonly DevelopmentCustomer[] {
  const refuse = (why: string): never => {
    throw new GatehouseError('GH_IDENTITY_CUSTOMERS', `${file} ${why}`)
  }
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats?.isFile() !== true) return refuse('is no file')
  if (stats.size > MAX_CUSTOMERS_FILE_BYTES) return refuse('is too large')
  let value: JsonValue
  try {
    value = JSON.parse(readFileSync(file, 'utf8')) as JsonValue // sound: JSON is a JSON value
  } catch {
    return refuse('is no JSON') // the parser would quote it
  }
  const list = isJsonObject(value) ? value['customers'] : undefined
  if (!Array.isArray(list)) return refuse('holds no list of customers')
  const customers = (list as readonly JsonValue[]).map((one, at) => {
    const text = (of: JsonObject, name: string): string => {
      const member = of[name]
      return typeof member === 'string' && member !== ''
        ? member
        : refuse(`lacks ${name} in customers[${at}]`)
    }
    if (!isJsonObject(one)) return refuse(`holds no object in customers[${at}]`)
    const password = text(one, 'password')
    if (!/^scrypt:[0-9a-f]{32}:[0-9a-f]{64}$/.test(password))
      return refuse(`holds a password in customers[${at}] that is not scrypt:SALT:HASH`)
    const accounts = readAccounts(one['accounts'] ?? [])
    if (!accounts.ok) return refuse(`${accounts.error} in customers[${at}]`)
    return {
      subject: text(one, 'subject'),
      username: text(one, 'username'),
      password,
      acr: one['acr'] === undefined ? DEFAULT_ACR : text(one, 'acr'),
      accounts: accounts.value,
    }
  })
  for (const name of ['subject', 'username'] as const)
    if (new Set(customers.map((one) => one[name])).size < customers.length)
      return refuse(`names two customers with one ${name}`)
  return customers
}

/** As the file of development customers has them, and the address of a bank. The error is the end of "FILE …". */
export function readAccounts(value: JsonValue): Result<readonly CustomerAccount[], string> {
  const wrong = (error: string) => ({ ok: false, error }) as const
  if (!Array.isArray(value)) return wrong('holds no list of accounts')
  const accounts: CustomerAccount[] = []
  for (const one of value as readonly JsonValue[]) {
    if (!isJsonObject(one)) return wrong('holds an account that is none')
    const { id, name, number, references = [], signatories = 1 } = one
    for (const [key, text] of Object.entries({ id, name, number }))
      if (typeof text !== 'string' || text === '') return wrong(`lacks ${key} of an account`)
    if (!Array.isArray(references) || !references.every((each) => typeof each === 'string'))
      return wrong('holds references that are no texts')
    if (typeof signatories !== 'number' || !Number.isInteger(signatories) || signatories < 1)
      return wrong('holds signatories that are no count')
    // Sound: looked at above.
    const texts = { id, name, number } as Record<'id' | 'name' | 'number', string>
    accounts.push({ ...texts, references, signatories })
  }
  return { ok: true, value: accounts }
}
