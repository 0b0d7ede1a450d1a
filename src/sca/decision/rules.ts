/**
 * The numbers of strong customer authentication, as data with version and source. A rule set is of one jurisdiction; another one brings
 * its own sourced numbers and never borrows these. Amounts are minor units of `currency`, rates are parts per million of value.
 */

/** Whether a person compared the clause with its text. What is not is shown as unchecked, never as law. */
export type Checked = 'read' | 'unchecked'

export interface Clause {
  /** `RTS Art. 16`. */
  readonly article: string
  readonly checked: Checked
}

/** Two counters of which the bank keeps to one (RTS Art. 11 and 16: points (b) and (c) are alternatives). */
export interface CountedRule extends Clause {
  /** Largest amount of one payment; it counts. */
  readonly max: number
  /** Largest sum of previous payments since authentication; it counts. */
  readonly cumulative: number
  /** Most previous payments since authentication; it counts. */
  readonly count: number
}

export interface RiskBand {
  /** Exemption threshold value; it counts. */
  readonly max: number
  /** Reference fraud rates, in parts per million of value. */
  readonly card: number
  readonly 'credit-transfer': number
}

export interface ScaRules {
  readonly id: string
  readonly version: string
  readonly jurisdiction: string
  /** ISO 4217 code of every amount here; it has `minorUnits` digits after its point. */
  readonly currency: string
  readonly minorUnits: number
  readonly source: string
  readonly accountAccess: Clause & {
    /** Longest time since authentication, in days of 24 hours. */
    readonly days: number
    /** Transactions of so many days are within the exemption. */
    readonly historyDays: number
  }
  readonly accountAccessThroughThirdParty: Clause & {
    readonly days: number
    readonly historyDays: number
  }
  readonly contactless: CountedRule
  readonly unattendedTerminal: Clause
  readonly trustedPayee: Clause
  readonly recurring: Clause
  readonly ownAccounts: Clause
  readonly lowValue: CountedRule
  readonly corporate: Clause
  readonly riskAnalysis: Clause & { readonly bands: readonly RiskBand[] }
  /** Most failures in a row before a block (Art. 4(3)(b)), and longest idle time of the payer's session (Art. 4(3)(d)), in seconds. */
  readonly failures: Clause & { readonly max: number }
  readonly idle: Clause & { readonly seconds: number }
  /** Results of the payee check with which nothing is exempt: no clause, the policy of the bank. */
  readonly payeeDoubts: readonly ('close' | 'no-match')[]
}

/** Union: Delegated Regulation (EU) 2018/389 as amended by (EU) 2022/2360. */
export const EU_RTS: ScaRules = {
  id: 'eu-rts-2018-389',
  version: '2026-11-29.2',
  jurisdiction: 'EU',
  currency: 'EUR',
  minorUnits: 2,
  source:
    'Delegated Regulation (EU) 2018/389: articles 1-8 and 10-32 in the wording of 2018; 10 and 10a as amended by (EU) 2022/2360 and the table of the annex are not compared with their texts.',
  accountAccess: { article: 'RTS Art. 10', checked: 'unchecked', days: 180, historyDays: 90 },
  accountAccessThroughThirdParty: {
    article: 'RTS Art. 10a',
    checked: 'unchecked',
    days: 180,
    historyDays: 90,
  },
  contactless: {
    article: 'RTS Art. 11',
    checked: 'read',
    max: 50_00,
    cumulative: 150_00,
    count: 5,
  },
  unattendedTerminal: { article: 'RTS Art. 12', checked: 'read' },
  trustedPayee: { article: 'RTS Art. 13', checked: 'read' },
  recurring: { article: 'RTS Art. 14', checked: 'read' },
  ownAccounts: { article: 'RTS Art. 15', checked: 'read' },
  lowValue: { article: 'RTS Art. 16', checked: 'read', max: 30_00, cumulative: 100_00, count: 5 },
  corporate: { article: 'RTS Art. 17', checked: 'read' },
  riskAnalysis: {
    article: 'RTS Art. 18',
    checked: 'unchecked',
    bands: [
      { max: 100_00, card: 1_300, 'credit-transfer': 150 },
      { max: 250_00, card: 600, 'credit-transfer': 100 },
      { max: 500_00, card: 100, 'credit-transfer': 50 },
    ],
  },
  failures: { article: 'RTS Art. 4(3)(b)', checked: 'read', max: 5 },
  idle: { article: 'RTS Art. 4(3)(d)', checked: 'read', seconds: 300 },
  payeeDoubts: ['close', 'no-match'],
}

/** What decided before: evidence of theirs is decided again by them, and nothing else is. What changes a decision changes the version. */
const EARLIER: readonly ScaRules[] = [
  { ...EU_RTS, version: '2026-11-29', payeeDoubts: ['no-match'] },
]

const RULE_SETS: ReadonlyMap<string, ScaRules> = new Map([[EU_RTS.jurisdiction, EU_RTS]])

/** `undefined`: nobody has sourced numbers for that jurisdiction, so nothing is exempt there. */
export function scaRules(jurisdiction: string): ScaRules | undefined {
  return RULE_SETS.get(jurisdiction)
}

/** Those that evidence names, in force or not; `undefined`: nobody has them here. */
export function scaRulesNamed(
  { id, version }: Pick<ScaRules, 'id' | 'version'>,
  jurisdiction: string,
): ScaRules | undefined {
  const known = [...RULE_SETS.values(), ...EARLIER]
  return known.find(
    (one) => one.id === id && one.version === version && one.jurisdiction === jurisdiction,
  )
}
