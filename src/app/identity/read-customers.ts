/** The customers of a development store: a file of people that nobody is, for tests and for a first look. A bank's own are behind a port. */
import { readFileSync, statSync } from 'node:fs'
import type { DevelopmentCustomer } from '../../identity/index.ts'
import { GatehouseError, isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'

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
    const accounts = one['accounts'] ?? []
    if (!Array.isArray(accounts)) return refuse(`holds no list of accounts in customers[${at}]`)
    return {
      subject: text(one, 'subject'),
      username: text(one, 'username'),
      password,
      acr: one['acr'] === undefined ? DEFAULT_ACR : text(one, 'acr'),
      accounts: (accounts as readonly JsonValue[]).map((account) => {
        if (!isJsonObject(account))
          return refuse(`holds an account in customers[${at}] that is none`)
        const { references = [], signatories = 1 } = account
        if (!Array.isArray(references) || !references.every((name) => typeof name === 'string'))
          return refuse(`holds references in customers[${at}] that are no texts`)
        if (typeof signatories !== 'number' || !Number.isInteger(signatories) || signatories < 1)
          return refuse(`holds signatories in customers[${at}] that are no count`)
        return {
          id: text(account, 'id'),
          name: text(account, 'name'),
          number: text(account, 'number'),
          references,
          signatories,
        }
      }),
    }
  })
  for (const name of ['subject', 'username'] as const)
    if (new Set(customers.map((one) => one[name])).size < customers.length)
      return refuse(`names two customers with one ${name}`)
  return customers
}
