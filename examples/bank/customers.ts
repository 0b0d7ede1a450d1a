/**
 * Customers as the authorization server's development store has them: everybody in `data/people.ts`, under one password that is no secret; and what the bank gave
 * Amira to authenticate with.
 */
import { randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { ACCOUNTS } from './data/accounts.ts'
import { CUSTOMERS } from './data/people.ts'

/** DEVELOPMENT ONLY. */
export const PASSWORD = 'development-only'
/** DEVELOPMENT ONLY: what Amira knows beside it. Her device has a seed of its own, made for this installation. */
const PASSCODE = 'violet harbour'
/** RFC 4226 §4: as long as the hash. */
const SEED_BYTES = 32
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
    acr: 'urn:examplebank:password', // the strong one comes of what they give beside it
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

/** The text of `sca.developmentEnrolments`. */
export function developmentEnrolments(): string {
  const seed = randomBytes(SEED_BYTES).toString('base64url')
  const amira = { subject: 'cust-amira', passcode: PASSCODE, transactionCode: { seed } }
  return `${JSON.stringify({ enrolments: [amira] }, null, 2)}\n`
}
