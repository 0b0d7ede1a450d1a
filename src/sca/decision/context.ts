/**
 * What a decision about strong customer authentication is made of. Facts only: who looked them up saw accounts and names, and none of
 * them is here, so that a context may be kept for years and decided again to the same answer. Times are milliseconds since the epoch.
 */

export type Instrument = 'card' | 'credit-transfer'

/** Minor units of the currency of the rule set; `undefined`: nobody could convert it. */
export interface Amount {
  readonly value: number | undefined
  /** As it was agreed: `12.50 GBP`. */
  readonly agreed: string
  /** What one unit of the agreed currency was worth, and who said so when, if it was converted. */
  readonly rate?: { readonly value: string; readonly source: string; readonly at: number }
}

/** Access to an account online (PSD2 Art. 97(1)(a)). */
export interface AccountAccess {
  readonly kind: 'account-access'
  readonly through: 'customer' | 'third-party'
  /** `balance-and-history`: balance, and transactions of the last days that the rule set names, without sensitive payment data. */
  readonly asks: 'balance-and-history' | 'more'
}

/** A payment over the internet or another remote channel (PSD2 Art. 97(1)(b), 97(2)). */
export interface RemotePayment {
  readonly kind: 'remote-payment'
  readonly instrument: Instrument
  readonly amount: Amount
  /** Payments in it; absent: one. The amount of a batch is its total. */
  readonly payments?: number
  /** The payee's entry in the list that the bank keeps for the payer; absent: there is none. */
  readonly trustedPayee?: { readonly entry: string; readonly authenticatedAt: number }
  /** A series of payments of one amount to one payee, as it was authenticated; absent: it is of none. */
  readonly series?: {
    readonly id: string
    readonly authenticatedAt: number
    readonly sameAmount: boolean
    readonly samePayee: boolean
  }
  /** It makes a series, such as a standing order: never exempt (RTS Art. 14(1)). */
  readonly beginsSeries?: true
  /** Both accounts are here and of one person. */
  readonly ownAccounts: boolean
  /** A process that only payers who are no consumers are given. */
  readonly corporateProcess: boolean
}

/** At a point of sale, without contact. */
export interface ContactlessPayment {
  readonly kind: 'contactless-payment'
  readonly amount: Amount
}

export interface TerminalPayment {
  readonly kind: 'unattended-terminal-payment'
  readonly amount: Amount
  readonly purpose: 'transport' | 'parking' | 'other'
}

/** What may imply a risk of fraud (PSD2 Art. 97(1)(c)): never exempt. */
export interface RiskyAct {
  readonly kind: 'risky-act'
  readonly what:
    | 'trusted-payees'
    | 'series'
    | 'limits'
    | 'contact-data'
    | 'new-device'
    | 'credentials'
    | 'other'
}

export type Act = AccountAccess | RemotePayment | ContactlessPayment | TerminalPayment | RiskyAct

/** Payments under one exemption since the payer (Art. 16) or the instrument (Art. 11) was authenticated. */
export interface Counter {
  readonly count: number
  /** Minor units of the currency of the rule set. */
  readonly sum: number
}

export interface PayerState {
  /** Last strong authentication; absent: there was none. */
  readonly authenticatedAt?: number
  /** Last one for access to this account by this way; absent: this is the first access. */
  readonly accessAuthenticatedAt?: number
  readonly lowValue: Counter
  readonly contactless: Counter
  /** A block of the payer is in force. */
  readonly blocked: boolean
}

/** What the engine that looks at transactions found about one thing. */
export type Signal = 'clear' | 'found' | 'not-evaluated'

/** RTS Art. 2(2) (a), (c), (d), (e), each before the payment; (b), the amount, is in the act. */
export interface Monitoring {
  readonly compromisedElements: Signal
  readonly fraudScenario: Signal
  readonly malware: Signal
  readonly deviceMisuse: Signal
}
export const MONITORING_SIGNALS = [
  'compromisedElements',
  'fraudScenario',
  'malware',
  'deviceMisuse',
] as const satisfies readonly (keyof Monitoring)[]

/** RTS Art. 18(2)(c) and 18(3): beyond what is monitored anyway, combined in one score of the transaction. */
export interface RiskAnalysis {
  readonly spendingPattern: Signal
  readonly deviceOrSoftware: Signal
  readonly payerLocation: Signal
  readonly payeeLocation: Signal
  /** 0 to 1; absent: none was made, and then nothing is exempt. */
  readonly score?: number
}
export const ANALYSIS_SIGNALS = [
  'spendingPattern',
  'deviceOrSoftware',
  'payerLocation',
  'payeeLocation',
] as const satisfies readonly (keyof RiskAnalysis)[]

export const EXEMPTIONS = [
  'account-access',
  'contactless',
  'corporate',
  'low-value',
  'own-accounts',
  'recurring',
  'risk-analysis',
  'trusted-payee',
  'unattended-terminal',
] as const
export type ExemptionName = (typeof EXEMPTIONS)[number]

/** An exemption that the bank uses. Off is what nobody approved. */
export interface Approval {
  readonly exemption: ExemptionName
  readonly proposedBy: string
  readonly approvedBy: string
  readonly from: number
  /** When it must have been audited again (RTS Art. 3); from then on it is off. */
  readonly until: number
  /** Stricter than the law, by the bank's own choice: largest amount, in minor units. */
  readonly bankMax?: number
  /** RTS Art. 11 and 16: which of the two counters the bank keeps to. */
  readonly counts?: 'sum' | 'payments'
  /** Largest score of the transaction that is low risk for the bank (RTS Art. 18). */
  readonly maxScore?: number
  /** RTS Art. 17: the authority's word that the process is as safe. */
  readonly authorityReference?: string
}

/** What the fraud rates of the past quarters leave of RTS Art. 18 for one instrument: largest amount; 0: nothing. */
export type RiskCeilings = Readonly<Record<Instrument, number>>

/** What the payee's bank said of name and account (verification of payee), before the payer was asked. */
export interface PayeeCheck {
  readonly result: 'match' | 'close' | 'no-match' | 'unavailable'
  readonly source: string
  readonly at: number
}

export interface ScaContext {
  readonly at: number
  readonly jurisdiction: string
  readonly act: Act
  readonly payer: PayerState
  readonly monitoring: Monitoring
  /** Monitoring is bound to payments at all (RTS Art. 2): without it no exemption is. */
  readonly monitored: boolean
  readonly analysis: RiskAnalysis
  readonly approvals: readonly Approval[]
  readonly ceilings: RiskCeilings
  /** Absent: nobody was asked. */
  readonly payeeCheck?: PayeeCheck
}
