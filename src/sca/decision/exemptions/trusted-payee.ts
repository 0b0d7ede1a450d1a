/** RTS Art. 13: a payee on the list that the payer made, with authentication, and the bank keeps. */
import { type Exemption, fails, HOLDS } from '../exemption.ts'

export const trustedPayee: Exemption<'remote-payment'> = {
  name: 'trusted-payee',
  acts: ['remote-payment'],
  clause: (rules) => rules.trustedPayee,
  judge({ trustedPayee: entry }, { at }) {
    if (entry === undefined) return fails('the payee is not on the list of the payer')
    return entry.authenticatedAt <= at
      ? HOLDS
      : fails('the entry was not authenticated before the payment')
  },
}
