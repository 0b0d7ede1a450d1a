/** What `identity` demands of itself and of the profile. */
import { isScalar, type Node } from 'yaml'
import { type Check, type Path } from './check.ts'
import { member } from './tree-texts.ts'

const AUTOMATIC: Path = ['identity', 'automaticCustomer']

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
