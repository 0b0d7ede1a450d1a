/** The bank's own login and its customers, as the configuration has them. */
import type { GatehouseConfig } from '../../config/index.ts'
import type { BankLogin, Customers } from '../../identity/index.ts'
import type { Clock } from '../../lib/index.ts'
import { readSecret } from '../secrets.ts'
import { clientAuthentication } from '../transport/client-authentication.ts'
import { bankCustomers } from './bank-customers.ts'
import type { outboundFetch } from './outbound-fetch.ts'

type Identity = NonNullable<GatehouseConfig['identity']>
export interface BankLoginPorts {
  readonly fetch: ReturnType<typeof outboundFetch>
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
}

export function bankLogin(
  login: NonNullable<Identity['login']>,
  { url, token }: NonNullable<Identity['customers']>,
  ports: BankLoginPorts,
): { readonly bankLogin: BankLogin; readonly customers: Customers } {
  return {
    bankLogin: { ...login, authenticate: clientAuthentication(login.issuer, login, ports) },
    customers: bankCustomers({
      url,
      token: token === null ? undefined : () => readSecret(token),
      fetch: ports.fetch,
    }),
  }
}
