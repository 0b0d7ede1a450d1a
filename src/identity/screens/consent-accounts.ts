/** Which of a customer's accounts a consent can be about. */
import type { Consent } from '../consents/consent.ts'
import type { CustomerAccount } from './customers.ts'

/** `picks`: the customer chooses among them, because none was named. */
export function accountsFor(
  consent: Consent,
  all: readonly CustomerAccount[],
): { readonly accounts: readonly CustomerAccount[]; readonly picks: boolean } {
  const known = new Set(consent.accounts)
  if (known.size > 0) return { accounts: all.filter(({ id }) => known.has(id)), picks: false }
  const named = new Set(consent.namedAccounts)
  if (named.size === 0 && consent.permissions.length > 0) return { accounts: all, picks: true }
  const accounts = all.filter(
    ({ id, references }) => named.has(`id:${id}`) || references.some((name) => named.has(name)),
  )
  return { accounts, picks: false }
}

/** `undefined`: the accounts that were named are not this customer's, or none was picked. `picked` absent: all of them. */
export function chosenAccounts(
  consent: Consent,
  all: readonly CustomerAccount[],
  picked: readonly string[] | undefined,
): readonly CustomerAccount[] | undefined {
  const { accounts, picks } = accountsFor(consent, all)
  if (!picks) return accounts.length < consent.namedAccounts.length ? undefined : accounts
  const chosen = picked === undefined ? accounts : accounts.filter(({ id }) => picked.includes(id))
  return chosen.length === 0 ? undefined : chosen
}
