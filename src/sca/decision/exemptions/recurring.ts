/** RTS Art. 14: a series of one amount to one payee; making it, changing it and its first payment are authenticated. */
import { type Exemption, fails, HOLDS } from '../exemption.ts'

export const recurring: Exemption<'remote-payment'> = {
  name: 'recurring',
  acts: ['remote-payment'],
  clause: (rules) => rules.recurring,
  judge({ series }, { at }) {
    if (series === undefined) return fails('it is of no series')
    if (series.authenticatedAt >= at) return fails('the series was not authenticated before')
    if (!series.sameAmount) return fails('the amount is not that of the series')
    return series.samePayee ? HOLDS : fails('the payee is not that of the series')
  },
}
