/** What is asked of the ledger, and what it answers. Customers, accounts and instruments are in clear here, and nowhere behind it. */
import type {
  AccountAccess,
  Counter,
  ExemptionName,
  Instrument,
  Monitoring,
  RiskAnalysis,
  RiskyAct,
  TerminalPayment,
} from '../decision/context.ts'
import type { Checked } from '../decision/rules.ts'

/** As it was agreed: `12.50`, `EUR`. */
export interface AskedAmount {
  readonly value: string
  readonly currency: string
}

export interface AskedAccess {
  readonly kind: 'account-access'
  readonly through: AccountAccess['through']
  readonly asks: AccountAccess['asks']
  /** `client_id` of the third party. */
  readonly client?: string
  /** Absent: all accounts of the customer. */
  readonly account?: string
}

export interface AskedPayment {
  readonly kind: 'remote-payment'
  readonly instrument: Instrument
  /** Of a batch: the total. */
  readonly amount: AskedAmount
  /** Accounts of the payees, canonical; of a batch every one. */
  readonly payees: readonly string[]
  /** Payments in it; absent: 1. */
  readonly payments?: number
  /** The account that is debited; absent: it is not known, and nothing is exempt for being one's own. */
  readonly debtor?: string
  /** Name of the payee as the payer gave it, for the payee check. Of one payee only. */
  readonly payeeName?: string
  /** It makes a series, such as a standing order: never exempt (RTS Art. 14(1)). */
  readonly beginsSeries?: true
  /** Id of a recurring series in the register; with `beginsSeries` the one that is entered once it was authenticated and done, in the place of one of that id. */
  readonly series?: string
  /** Name of a corporate process (Art. 17) that the payer was given. */
  readonly process?: string
}

export interface AskedContactless {
  readonly kind: 'contactless-payment'
  readonly amount: AskedAmount
  /** The card or device, whose counter it is (Art. 11). */
  readonly device: string
}

export interface AskedTerminal {
  readonly kind: 'unattended-terminal-payment'
  readonly amount: AskedAmount
  readonly purpose: TerminalPayment['purpose']
}

/** Somebody the customer knows: the name as he reads it, the account as payments have it. */
export interface NamedPayee {
  readonly name: string
  /** `iban:DE89370400440532013000`, or as `canonicalAccountText` takes it. */
  readonly account: string
}

/** Of what a customer's exemptions rest on: payees that he trusts, or does not any more; a series that is made or changed. */
export type RegisterChange =
  | { readonly as: 'trust' | 'distrust'; readonly payees: readonly NamedPayee[] }
  | {
      readonly as: 'series'
      /** Its id, of the bank's choice. */
      readonly series: string
      readonly payee: NamedPayee
      readonly amount: AskedAmount
    }

/** `change`: of a list or series, exactly what; without it nothing is entered by the act. */
export type AskedRiskyAct = RiskyAct & { readonly change?: RegisterChange }

export type AskedAct = AskedAccess | AskedPayment | AskedContactless | AskedTerminal | AskedRiskyAct

/** What the bank's monitoring found about the very act (RTS Art. 2 and 18). */
export interface RiskSignals {
  readonly monitoring: Monitoring
  readonly analysis: RiskAnalysis
}

export interface ScaQuestion {
  /** Unique for the act; the same question again gets the same answer. Absent: one is made, and then a retry is another act. */
  readonly id?: string
  /** Identifier of the customer. */
  readonly subject: string
  /** The program that asks: only what it has authenticated counts, and only it says what became of the act. Absent: none but ourselves. */
  readonly client?: string
  /** Name of the API that the act came through. Absent: none of ours, such as the bank's own app. */
  readonly api?: string
  readonly act: AskedAct
  /** Accounts of this customer alone at this bank, canonical, as the bank knows them at this moment; beside those of the register (RTS Art. 15). */
  readonly ownAccounts?: readonly string[]
  /** Absent: the monitoring port is asked; without one nothing was evaluated. */
  readonly signals?: RiskSignals
  /** A block of the customer is in force (Art. 4(3)(b)). */
  readonly blocked?: boolean
}

/** What the payer is told of the payee before he agrees (Regulation (EU) 2024/886); he may go on. */
export interface PayeeAnswer {
  readonly result: 'match' | 'close' | 'no-match' | 'unavailable'
  /** Whose the account is, where the name is close to it and the bank said so. */
  readonly name?: string
}

export interface ScaAnswer {
  /** Of the decision and of its evidence. */
  readonly id: string
  readonly at: number
  readonly outcome: 'exempt' | 'required' | 'refused'
  /** The clause that exempts; `null`: none does. */
  readonly exemption: ExemptionName | null
  readonly article: string | null
  /** Whether a person compared the clause with its text; `null`: there is none. */
  readonly checked: Checked | null
  /** The law forbids to ask (RTS Art. 10a). */
  readonly mandatory: boolean
  /** Why it is not exempt; for the bank's own people. */
  readonly why: string | null
  /** `null`: nobody was asked. */
  readonly payeeCheck: PayeeAnswer | null
  /** After the act was booked: payments that count towards the next one. */
  readonly counters: { readonly lowValue: Counter; readonly contactless: Counter }
}

export type FactorCategory = 'knowledge' | 'possession' | 'inherence'

/** How the customer was authenticated, or was not. */
export type AuthenticationOutcome = {
  readonly method: string
  /** From the showing of the act to its end. */
  readonly durationMs: number
} & (
  | {
      readonly result: 'succeeded'
      /** Two at least, of different categories (PSD2 Art. 4(30)). */
      readonly factors: readonly FactorCategory[]
    }
  | { readonly result: 'failed' | 'abandoned' }
)

/**
 * `recorded`: now, and the counters began anew. `already`: it was told before, and nothing changed. `ended`: the act was settled or void
 * before. `refused`: the decision was a refusal, which nothing authenticates. `mismatch`: what was authenticated is another act, or another's;
 * the decision stays as it was. `unknown`: no decision has the id.
 */
export type AuthenticationRecorded =
  | 'recorded'
  | 'already'
  | 'ended'
  | 'refused'
  | 'mismatch'
  | 'unknown'

/** `unauthenticated`: neither exempt nor authenticated, so it may not be done. `contradicted`: it was settled the other way before. */
export type Settled = 'settled' | 'already' | 'unauthenticated' | 'contradicted' | 'unknown'
