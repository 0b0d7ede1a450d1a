/**
 * Every exemption, in the order they are tried: first those that rest on something the payer authenticated or owns, then those that only
 * count, last the one that judges. So a payment to oneself spends nothing of the counters.
 */
import type { Act } from '../context.ts'
import type { Exemption } from '../exemption.ts'
import { accountAccess } from './account-access.ts'
import { contactless } from './contactless.ts'
import { corporate } from './corporate.ts'
import { lowValue } from './low-value.ts'
import { ownAccounts } from './own-accounts.ts'
import { recurring } from './recurring.ts'
import { riskAnalysis } from './risk-analysis.ts'
import { trustedPayee } from './trusted-payee.ts'
import { unattendedTerminal } from './unattended-terminal.ts'

export const EXEMPTIONS_OF: {
  readonly [K in Act['kind']]: readonly Exemption<K>[]
} = {
  'account-access': [accountAccess],
  'remote-payment': [ownAccounts, recurring, trustedPayee, corporate, lowValue, riskAnalysis],
  'contactless-payment': [contactless],
  'unattended-terminal-payment': [unattendedTerminal],
  'risky-act': [],
}
