/** Accounts of a customer at this bank, as the bank says at this moment: a payment between two of them is to oneself (RTS Art. 15). */
import type { AskedAct } from '../../sca/index.ts'
import type { Customers } from '../screens/customers.ts'

/**
 * Only where it is known from which account is paid; and only accounts that are his alone: of what two persons sign for, payer and payee are not
 * one. A bank that does not answer has said nothing, and then nothing is exempt by it.
 */
export async function ownAccountsOf(
  customers: Pick<Customers, 'accountsOf'> | undefined,
  subject: string,
  act: AskedAct,
): Promise<{ readonly ownAccounts?: readonly string[] }> {
  if (customers === undefined || act.kind !== 'remote-payment' || act.debtor === undefined)
    return {}
  const accounts = await customers.accountsOf(subject).catch(() => [])
  const alone = accounts.filter(({ signatories }) => signatories === 1)
  return { ownAccounts: alone.flatMap(({ references }) => references) }
}
