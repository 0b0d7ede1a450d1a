/** Which permission codes an operation needs, by the noun its path ends in, else by the data classes of its answers. */
import type { OperationRecord } from '../../../inventory/index.ts'
import { isAccountContainer, plainName } from './names.ts'

export type Groups = readonly (readonly string[])[]

const ACCOUNTS = ['ReadAccountsBasic', 'ReadAccountsDetail']
const TRANSACTIONS = ['ReadTransactionsBasic', 'ReadTransactionsDetail']
const BENEFICIARIES = ['ReadBeneficiariesBasic', 'ReadBeneficiariesDetail']
const STANDING_ORDERS = ['ReadStandingOrdersBasic', 'ReadStandingOrdersDetail']
const SCHEDULED = ['ReadScheduledPaymentsBasic', 'ReadScheduledPaymentsDetail']
const STATEMENTS = ['ReadStatementsBasic', 'ReadStatementsDetail']
const PARTY = ['ReadParty', 'ReadPartyPSU']

/** Compared with the last fixed word of the path, then with the last two together. */
const NOUNS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(account)?balances?$/, ['ReadBalances']],
  [/^(card|account)?(transactions?|movements?)$/, TRANSACTIONS],
  [/^(trusted)?(beneficiary|beneficiaries|payees?)$/, BENEFICIARIES],
  [/^directdebits?$|^mandates?$/, ['ReadDirectDebits']],
  [/^standingorders?$|^(periodic|recurring)payments?$/, STANDING_ORDERS],
  [/^(scheduled|future)payments?$|^payments?scheduled$/, SCHEDULED],
  [/^statements?$/, STATEMENTS],
  [/^statements?(file|pdf|document|download)$/, ['ReadStatementsDetail']],
  [/^products?$/, ['ReadProducts']],
  [/^offers?$/, ['ReadOffers']],
  [
    /^(party|parties|customers?|owners?|identity|identities|accountholders?|psu|userinfo|me)$/,
    PARTY,
  ],
  [/^cards?$/, ACCOUNTS],
]

const CLASSES: Readonly<Record<string, readonly string[] | undefined>> = {
  'account-reference': ACCOUNTS,
  'account-identifier': ACCOUNTS,
  balance: ['ReadBalances'],
  transaction: TRANSACTIONS,
  beneficiary: BENEFICIARIES,
  'party-identity': PARTY,
}
/** Say nothing of a customer, so they neither need a permission nor stand in the way of a mapping. */
const SILENT: readonly string[] = ['public-reference', 'client-identity', 'operational']

/** The last fixed word of the path, for people and for the name of the whole answer. */
export function nounOf(path: string): string {
  return fixedWords(path).at(-1) ?? ''
}

/** All groups are needed, any code of each. `null`: nothing could be derived, and nothing is guessed. */
export function permissionsOf(operation: OperationRecord): Groups | null {
  const words = fixedWords(operation.path)
  const last = plainName(words.at(-1) ?? '')
  const two = plainName(words.slice(-2).join(''))
  const noun = NOUNS.find(([pattern]) => pattern.test(two) || pattern.test(last))
  if (noun !== undefined) return [noun[1]]
  if (isAccountContainer(last)) return [ACCOUNTS]
  return byDataClasses(operation)
}

/** Every class that the answers hold must be covered: one that no code covers leaves the operation unmapped. */
function byDataClasses({ dataClasses }: OperationRecord): Groups | null {
  const groups = new Map<string, readonly string[]>()
  for (const { at, dataClass, confidence } of dataClasses) {
    if (!at.startsWith('response') || confidence === 'low' || SILENT.includes(dataClass)) continue
    const group = Object.hasOwn(CLASSES, dataClass) ? CLASSES[dataClass] : undefined
    if (group === undefined) return null
    groups.set(group.join(), group)
  }
  return groups.size === 0 ? null : [...groups.values()]
}

function fixedWords(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '' && !segment.startsWith('{'))
}
