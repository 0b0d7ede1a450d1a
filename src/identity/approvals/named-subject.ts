/** Whom a third party means, for what is asked of customers without their login: who is nobody is asked too, never answers, and nobody learns of it. */
import { hash } from 'node:crypto'
import type { Customers } from '../screens/customers.ts'

/** Before a digest: no id of a customer begins so. */
const NOBODY = 'nobody.'

export async function subjectNamed(customers: Customers, psu: string): Promise<string> {
  return (await customers.named(psu)) ?? `${NOBODY}${hash('sha256', psu, 'base64url')}`
}
