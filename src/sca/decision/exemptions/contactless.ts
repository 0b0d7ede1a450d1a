/** RTS Art. 11: at the point of sale without contact; counted for each instrument. */
import { counted, type Exemption, within } from '../exemption.ts'

export const contactless: Exemption<'contactless-payment'> = {
  name: 'contactless',
  acts: ['contactless-payment'],
  clause: (rules) => rules.contactless,
  judge({ amount }, { payer }, rules, approval) {
    const fits = within(amount, rules.contactless.max, approval)
    return fits.holds ? counted(payer.contactless, rules.contactless, approval) : fits
  },
}
