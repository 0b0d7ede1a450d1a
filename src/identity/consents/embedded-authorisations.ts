/** Where a face takes what customers prove from the third party itself (embedded approach): the bank allows it, or there is none. */
import type { Consent } from './consent.ts'

/** Elements that a third party may bring, besides the passcode: what is shown to or sent to the customer is of this transaction alone. */
export type EmbeddedMethod = 'transaction-code' | 'one-time-code'

export interface EmbeddedStep {
  readonly state:
    /** The customer is named. */
    | 'identified'
    /** A passcode came; whether it is right is said with the code (RTS Art. 4(3)(a)). */
    | 'passcode-given'
    /** The customer is asked for a code. */
    | 'asked'
    | 'done'
    | 'failed'
  /** Once it is chosen. */
  readonly method?: EmbeddedMethod
  /** What the customer's token makes the code of, in hexadecimal. */
  readonly question?: string
}
/** What came is not possible now; `wrong`: which of the elements is not said. `busy`: asked too often. */
export type EmbeddedRefused = 'not-now' | 'wrong' | 'busy'

export interface EmbeddedCall {
  readonly consent: Consent
  readonly authorisation: string
}
export interface EmbeddedAuthorisations {
  /** Of the bank, not of this customer: what somebody has is nothing that a third party learns. */
  readonly methods: readonly EmbeddedMethod[]
  find(of: EmbeddedCall): Promise<EmbeddedStep | undefined>
  /** Whoever is named: a name that is nobody's is answered as any other. */
  identify(of: EmbeddedCall & { readonly psu: string }): Promise<EmbeddedStep | EmbeddedRefused>
  givePasscode(
    of: EmbeddedCall & { readonly passcode: string },
  ): Promise<EmbeddedStep | EmbeddedRefused>
  choose(
    of: EmbeddedCall & { readonly method: EmbeddedMethod },
  ): Promise<EmbeddedStep | EmbeddedRefused>
  /** `network`: from where the customer is said to come. */
  giveCode(
    of: EmbeddedCall & { readonly code: string; readonly network: string },
  ): Promise<EmbeddedStep | EmbeddedRefused>
}
