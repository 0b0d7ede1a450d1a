/** Consents that begin with the authorization request itself: `authorization_details` (RFC 9396), or scopes and nothing more. No resource makes them. */
import {
  canonicalAccount,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../../lib/index.ts'
import type { ConsentTerms } from '../consent.ts'
import type { Regime } from '../regime.ts'
import { textAt, timeOf } from '../shape.ts'

export const OAUTH: Regime = {
  name: 'oauth',
  statusWord: ({ status }) => (status === 'authorised' ? 'AUTH' : status),
  area: 'EU',
  confirms: true,
}

/** As the authorization server has checked them. `scopes`: those of APIs, which say what is read where nothing else does. */
export function termsOf(details: readonly JsonObject[], scopes: readonly string[]): ConsentTerms {
  const payments = details.filter(({ type }) => type === 'payment_initiation')
  const access = details.filter(({ type }) => type === 'account_access')
  const texts = (name: string): string[] =>
    access.flatMap((detail) => {
      const list = detail[name]
      return Array.isArray(list) ? list.map(String) : []
    })
  const least = (name: string): number | undefined => edge(access, name, Math.min)
  const times = {
    expiresAt: least('expiresAt'),
    transactionsFrom: edge(access, 'transactionsFrom', Math.max),
    transactionsTo: least('transactionsTo'),
  }
  return {
    kind: payments.length > 0 ? 'payment' : 'account-access',
    purpose: 'authorization-request',
    permissions: details.length === 0 ? scopes : [...new Set(texts('permissions'))],
    accounts: [],
    namedAccounts: [
      ...texts('accounts').map((id) => `id:${id}`),
      ...payments.flatMap(({ debtorAccount }) => accountName(debtorAccount)),
    ],
    payments,
    ...Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined)),
    authorisersNeeded: 1,
    request: { details, scopes },
  }
}

/** Where details differ, the narrower one counts. */
function edge(
  details: readonly JsonObject[],
  name: string,
  narrower: (...times: number[]) => number,
): number | undefined {
  const times = details.map((detail) => timeOf(detail[name])).filter((time) => time !== undefined)
  return times.length === 0 ? undefined : narrower(...times)
}

function accountName(account: JsonValue | undefined): string[] {
  if (account === undefined || !isJsonObject(account)) return []
  const { iban } = account
  const read = canonicalAccount(
    typeof iban === 'string'
      ? { scheme: 'iban', identification: iban }
      : {
          scheme: textAt(account, 'schemeName'),
          identification: textAt(account, 'identification'),
        },
  )
  return read.ok ? [read.value] : []
}
