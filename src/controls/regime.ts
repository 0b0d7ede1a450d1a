/** A law, standard or guideline as data: versions and sources are kept, because they change and because some were read and some were not. */

/** How far the regime's source was read; `partial`: some clauses of it. */
export type SourceChecked = 'text' | 'titles' | 'partial' | 'secondary' | 'memory'

export interface Regime {
  readonly id: string
  readonly name: string
  /** The legal act or publication, as it is cited. */
  readonly instrument: string
  /** The edition that the clauses of the catalogue refer to. */
  readonly version: string
  readonly jurisdiction: string
  readonly status: string
  /** False: adopted or proposed, but nobody is bound yet; it can then be named as reference only. */
  readonly inForce: boolean
  readonly appliesWhen: string
  readonly sourceChecked: SourceChecked
  readonly source: string
  readonly note: string
  /** The regime it belongs to: DORA's technical standards belong to DORA. */
  readonly parent: string | null
}

/** An entry of the OWASP API Security Top 10, by identifier; `meaning` is in our own words. */
export interface OwaspEntry {
  readonly id: string
  readonly edition: 2019 | 2023
  readonly meaning: string
}
