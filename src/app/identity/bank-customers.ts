/**
 * The customers of a bank, asked for at an address of its own: `GET ADDRESS/ID` answers `{"accounts":[…]}`, each account as in the file of
 * development customers, or 404 where nobody has this id. What cannot be had is an error, and nothing is granted.
 */
import type { Customers } from '../../identity/index.ts'
import { GatehouseError, isJsonObject, type JsonValue } from '../../lib/index.ts'
import type { outboundFetch } from './outbound-fetch.ts'
import { readAccounts } from './read-customers.ts'

type Accounts = Awaited<ReturnType<Customers['accountsOf']>>
export interface BankCustomersOptions {
  readonly url: string
  /** Read again for each question. */
  readonly token: (() => string) | undefined
  readonly fetch: ReturnType<typeof outboundFetch>
}

/** @throws GH_IDENTITY_CUSTOMERS_UNREACHABLE, from each question */
export function bankCustomers({ url, token, fetch }: BankCustomersOptions): Customers {
  async function ask(subject: string): Promise<Accounts | undefined> {
    const headers = {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token()}` }),
    }
    const answer = await fetch(`${url.replace(/\/$/, '')}/${encodeURIComponent(subject)}`, {
      method: 'GET',
      headers,
    })
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw new Error(`status ${answer.status}`)
    const read = JSON.parse(await answer.text()) as JsonValue // sound: JSON is a JSON value
    const accounts = readAccounts(isJsonObject(read) ? (read['accounts'] ?? null) : null)
    if (!accounts.ok) throw new Error(accounts.error)
    return accounts.value
  }
  async function answered(subject: string): Promise<Accounts | undefined> {
    try {
      return await ask(subject)
    } catch (error) {
      // What it said may hold a customer's data, so it goes no further.
      const cause = error instanceof GatehouseError ? error : undefined
      throw new GatehouseError('GH_IDENTITY_CUSTOMERS_UNREACHABLE', undefined, { cause })
    }
  }
  return {
    // Third parties of this bank mean a customer by the id that it has for them.
    named: async (hint) => ((await answered(hint)) === undefined ? undefined : hint),
    exists: async (subject) => (await answered(subject)) !== undefined,
    accountsOf: async (subject) => (await answered(subject)) ?? [],
  }
}
