/** What the heart asks of a regime: a folder beside this one makes one, and no folder knows another. */
import type { Consent } from './consent.ts'
import type { ReauthenticationArea } from './reauthentication.ts'

export interface Regime {
  readonly name: string
  /** Its code for where a consent stands. */
  statusWord(consent: Consent): string
  /** What a gateway asks of a consent before it serves under it; absent: what the customer allowed. */
  permissionsOf?(consent: Consent): readonly string[]
  readonly area: ReauthenticationArea
  /**
   * False: to authenticate for what is shown is the customer's whole answer, and a second question would be an obstacle (PSD2 RTS Art. 32(3));
   * accounts are asked for only where the third party named none.
   */
  readonly confirms: boolean
}
