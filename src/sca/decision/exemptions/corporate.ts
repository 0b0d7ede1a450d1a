/** RTS Art. 17: payers who are no consumers, by a process whose safety satisfies the authority. */
import { type Exemption, fails, HOLDS } from '../exemption.ts'

export const corporate: Exemption<'remote-payment'> = {
  name: 'corporate',
  acts: ['remote-payment'],
  clause: (rules) => rules.corporate,
  judge({ corporateProcess }, _context, _rules, { authorityReference }) {
    if (!corporateProcess) return fails('it is no process for payers who are no consumers')
    return authorityReference === undefined
      ? fails('nothing says that the authority is satisfied')
      : HOLDS
  },
}
