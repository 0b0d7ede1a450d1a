/** RTS Art. 12: fares and parking fees at terminals that nobody attends. */
import { type Exemption, fails, HOLDS } from '../exemption.ts'

export const unattendedTerminal: Exemption<'unattended-terminal-payment'> = {
  name: 'unattended-terminal',
  acts: ['unattended-terminal-payment'],
  clause: (rules) => rules.unattendedTerminal,
  judge: ({ purpose }) =>
    purpose === 'other' ? fails('it is neither a fare nor a parking fee') : HOLDS,
}
