/** RTS Art. 16: small remote payments, while few or little went before since the payer was authenticated. */
import { counted, type Exemption, within } from '../exemption.ts'

export const lowValue: Exemption<'remote-payment'> = {
  name: 'low-value',
  acts: ['remote-payment'],
  clause: (rules) => rules.lowValue,
  judge({ amount, payments = 1 }, { payer }, rules, approval) {
    const fits = within(amount, rules.lowValue.max, approval)
    if (!fits.holds) return fits
    // Of a batch the last payment has the others before it, and nobody knows which of them is the small one.
    const { count, sum } = payer.lowValue
    const before =
      payments === 1
        ? payer.lowValue
        : { count: count + payments - 1, sum: sum + (amount.value ?? 0) }
    return counted(before, rules.lowValue, approval)
  },
}
