/** Where a face has customers asked on a device of their own. */
import type { Consent } from './consent.ts'

export interface AskedOnDevice {
  readonly status: 'waiting' | 'approved' | 'refused' | 'expired'
  /** The customer has it before them. */
  readonly opened: boolean
  /** For the customer, on the page of the third party. */
  readonly psuMessage: string
}
export interface AuthorisationDevice {
  /** Whoever is named: a name that is nobody's is answered as any other. `undefined`: the customer is asked too often. */
  ask(of: {
    readonly consent: Consent
    readonly authorisation: string
    readonly psu: string
    readonly locales: string | undefined
  }): Promise<AskedOnDevice | undefined>
  find(consent: string, authorisation: string): Promise<AskedOnDevice | undefined>
}
