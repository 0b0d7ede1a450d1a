/** Customers as the authorization server's development store has them: everybody in `data/people.ts`, under one password that is no secret. */
import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { ACCOUNTS } from './data/accounts.ts'
import { CUSTOMERS } from './data/people.ts'

/** DEVELOPMENT ONLY. */
export const PASSWORD = 'development-only'
/** As good as any for a password that everybody may know. */
const SALT = '0000000000000000000000000000d3e0'
const HASH_BYTES = 32

/** The text of `identity.developmentCustomers`. */
export async function developmentCustomers(): Promise<string> {
  const derive = promisify<string, Buffer, number, Buffer>(scrypt)
  const hash = await derive(PASSWORD, Buffer.from(SALT, 'hex'), HASH_BYTES)
  const customers = CUSTOMERS.map(({ id }) => ({
    subject: id,
    username: id.replace('cust-', ''),
    password: `scrypt:${SALT}:${hash.toString('hex')}`,
    acr: 'urn:openbanking:psd2:sca',
    accounts: ACCOUNTS.filter(({ owner }) => owner.id === id).map(
      ({ id: account, nickname, iban }) => ({
        id: account,
        name: nickname,
        number: `•• ${iban.slice(-4)}`,
        references: [`iban:${iban}`],
      }),
    ),
  }))
  return `${JSON.stringify({ customers }, null, 2)}\n`
}
