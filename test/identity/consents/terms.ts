import type { ConsentTerms } from '../../../src/identity/consents/consent.ts'
import type { Regime } from '../../../src/identity/consents/regime.ts'

export const T0 = Date.UTC(2026, 0, 5, 9)
export const DAY = 86_400_000
export const ACCOUNTS: ConsentTerms = {
  kind: 'account-access',
  purpose: 'account-access-consents',
  permissions: ['ReadAccountsBasic'],
  accounts: [],
  namedAccounts: [],
  payments: [],
  expiresAt: T0 + 90 * DAY,
  authorisersNeeded: 1,
  request: {},
}
export const PLAIN: Regime = {
  name: 'plain',
  statusWord: ({ status }) => (status === 'authorised' ? 'AUTH' : status),
  area: 'UK',
  confirms: true,
}
