/** RTS Art. 16: small remote payments, while few or little went before since the payer was authenticated. */
import { counted, type Exemption, within } from '../exemption.ts'

export const lowValue: Exemption<'remote-payment'> = {
  name: 'low-value',
  acts: ['remote-payment'],
  clause: (rules) => rules.lowValue,
  judge({ amount }, { payer }, rules, approval) {
    const fits = within(amount, rules.lowValue.max, approval)
    return fits.holds ? counted(payer.lowValue, rules.lowValue, approval) : fits
  },
}
