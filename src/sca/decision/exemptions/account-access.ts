/** RTS Art. 10 and 10a: balance and recent transactions, within 180 days of an authentication. */
import type { Exemption } from '../exemption.ts'
import { fails, HOLDS } from '../exemption.ts'

/** Days of 24 hours: a clock that is put forward or back makes none of them longer. */
export const DAY_MS = 86_400_000

export const accountAccess: Exemption<'account-access'> = {
  name: 'account-access',
  acts: ['account-access'],
  clause: (rules) => rules.accountAccess,
  judge({ asks, through }, { at, payer }, rules) {
    if (asks === 'more') return fails('it asks for more than balance and recent transactions')
    const last = payer.accessAuthenticatedAt
    if (last === undefined) return fails('it is the first access')
    const { days } =
      through === 'customer' ? rules.accountAccess : rules.accountAccessThroughThirdParty
    if (at < last) return fails('the last authentication lies ahead: a clock is wrong')
    return at - last <= days * DAY_MS
      ? HOLDS
      : fails(`the last authentication is more than ${days} days ago`)
  },
}
