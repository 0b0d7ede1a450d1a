/** A question as it crosses to the unit of work: everything that had to be hashed, converted or asked of others is in it. */
import type { Act, Monitoring, PayeeCheck, RiskAnalysis } from '../decision/context.ts'

export interface PreparedQuestion {
  readonly id: string
  readonly at: number
  readonly entity: string
  readonly jurisdiction: string
  /** `''`: none of ours. */
  readonly api: string
  /** Keyed hash of the customer. */
  readonly payer: string
  /** The same customer, as the registers name him. */
  readonly owner: string
  readonly blocked: boolean
  /** Without what the registers say. */
  readonly act: Act
  /** Keyed hashes to look up under. */
  readonly look: {
    /** The instrument (Art. 11) or the way to the accounts (Art. 10); `''`: neither. */
    readonly scope: string
    readonly payees: readonly string[]
    readonly debtor: string | null
    readonly series: string | null
    readonly process: string | null
  }
  /** A series that is entered under `look.series` once this is authenticated and done. */
  readonly begins: { readonly payee: string; readonly amount: string } | null
  readonly monitoring: Monitoring
  readonly analysis: RiskAnalysis
  readonly payeeCheck: PayeeCheck | null
  readonly digest: string
  /** The program that asked; `''`: ours. */
  readonly client: string
  /** What an authentication must be of: see `bound.ts`. */
  readonly bound: string
}
