/** Which permissions stand together (Read/Write API, "Account access consents", permission rules); a set that contradicts itself is refused. */
import { oneOf, listOf, type Shape } from '../shape.ts'

/** OBInternalPermissions1Code. */
export const PERMISSIONS = [
  'ReadAccountsBasic',
  'ReadAccountsDetail',
  'ReadBalances',
  'ReadBeneficiariesBasic',
  'ReadBeneficiariesDetail',
  'ReadDirectDebits',
  'ReadOffers',
  'ReadPAN',
  'ReadParty',
  'ReadPartyPSU',
  'ReadProducts',
  'ReadScheduledPaymentsBasic',
  'ReadScheduledPaymentsDetail',
  'ReadStandingOrdersBasic',
  'ReadStandingOrdersDetail',
  'ReadStatementsBasic',
  'ReadStatementsDetail',
  'ReadTransactionsBasic',
  'ReadTransactionsCredits',
  'ReadTransactionsDebits',
  'ReadTransactionsDetail',
] as const

export const permissionList: Shape = listOf(oneOf(...PERMISSIONS), 1, PERMISSIONS.length)

const ACCOUNTS = ['ReadAccountsBasic', 'ReadAccountsDetail']
const DEPTH = ['ReadTransactionsBasic', 'ReadTransactionsDetail']
const DIRECTION = ['ReadTransactionsCredits', 'ReadTransactionsDebits']

/** What is wrong with a set of known permissions; `undefined`: nothing. */
export function contradiction(permissions: readonly string[]): string | undefined {
  const set = new Set(permissions)
  const any = (of: readonly string[]): boolean => of.some((one) => set.has(one))
  if (set.size !== permissions.length) return 'A permission stands twice'
  if (!any(ACCOUNTS)) return 'One of ReadAccountsBasic and ReadAccountsDetail is needed'
  if (any(DEPTH) && !any(DIRECTION))
    return 'ReadTransactionsBasic and ReadTransactionsDetail need ReadTransactionsCredits or ReadTransactionsDebits'
  if (any(DIRECTION) && !any(DEPTH))
    return 'ReadTransactionsCredits and ReadTransactionsDebits need ReadTransactionsBasic or ReadTransactionsDetail'
  // A card number belongs to an account that is shown with its numbers, or to the payments of one.
  if (
    set.has('ReadPAN') &&
    !any([
      'ReadAccountsDetail',
      'ReadTransactionsDetail',
      'ReadStatementsDetail',
      'ReadBeneficiariesDetail',
      'ReadStandingOrdersDetail',
      'ReadScheduledPaymentsDetail',
    ])
  )
    return 'ReadPAN needs a permission of details'
  return undefined
}
