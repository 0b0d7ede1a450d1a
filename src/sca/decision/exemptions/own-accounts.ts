/** RTS Art. 15: a credit transfer between accounts of one person at this bank. */
import { type Exemption, fails, HOLDS } from '../exemption.ts'

export const ownAccounts: Exemption<'remote-payment'> = {
  name: 'own-accounts',
  acts: ['remote-payment'],
  clause: (rules) => rules.ownAccounts,
  judge(act) {
    if (act.instrument !== 'credit-transfer') return fails('it is no credit transfer')
    return act.ownAccounts ? HOLDS : fails('the accounts are not of one person at this bank')
  },
}
