/** What `identity` demands of itself and of the profile. */
import { isScalar, type Node } from 'yaml'
import { type Check, type Path } from './check.ts'
import { member } from './tree-texts.ts'

const AUTOMATIC: Path = ['identity', 'automaticCustomer']

const EMBEDDED: Path = ['identity', 'embeddedApproach']

/** Both elements can be told: a passcode, and a code that is of this transaction alone (RTS Art. 5). */
export function crossCheckEmbedded(root: Node | null, check: Check): void {
  const at = member(member(root, 'identity'), 'embeddedApproach')
  if (!isScalar(at) || at.value !== true) return
  const sca = member(root, 'sca')
  const factors = member(sca, 'factors')
  const passcode = member(factors, 'passcode')
  const known = isScalar(passcode) && passcode.value === true
  const codes = [member(factors, 'transactionCode'), member(sca, 'sender')]
  if (known && codes.some((code) => code !== undefined)) return
  check.report({
    code: 'GH_CONFIG_KEY_MISSING',
    at,
    path: EMBEDDED,
    message: 'identity.embeddedApproach takes a passcode and a code, and customers have not both.',
    mend: 'Add "sca" with factors "passcode: true" and "transactionCode: {}", or with "sender".',
  })
}

/** Whoever answers for customers by itself is nothing for a bank: it needs a word that this is no production. */
export function crossCheckIdentity(root: Node | null, check: Check): void {
  const identity = member(root, 'identity')
  const automatic = member(identity, 'automaticCustomer')
  if (automatic === undefined || (isScalar(automatic) && automatic.value === null)) return
  const profile = member(identity, 'profile')
  if (!isScalar(profile) || profile.value !== 'development')
    check.report({
      code: 'GH_CONFIG_PROFILE',
      at: automatic,
      path: AUTOMATIC,
      message: 'identity.automaticCustomer is refused by the production profile.',
      mend: 'Take it out; or write "profile: development" into identity, where nobody is a customer.',
    })
  const customers = ['developmentCustomers', 'customers']
  if (customers.every((key) => member(identity, key) === undefined))
    check.report({
      code: 'GH_CONFIG_KEY_MISSING',
      at: automatic,
      path: AUTOMATIC,
      message: 'identity.automaticCustomer is one of the customers, and there are none.',
      mend: 'Add "developmentCustomers" with a file of customers.',
    })
}
