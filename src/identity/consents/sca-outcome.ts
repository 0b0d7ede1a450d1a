/**
 * What became of strong customer authentication when a customer authorised a payment (PSD2 Art. 97): by a code over this very payment, or by an exemption
 * of the law. Stands with the authorisation, goes into tokens as `sca`, and names the decision under which its evidence is.
 */
import type { JsonObject } from '../../lib/index.ts'
import type { Consent } from './consent.ts'

export interface ScaOutcome {
  readonly outcome: 'authenticated' | 'exempt'
  /** `gatehouse sca explain` shows its evidence. */
  readonly decision: string
  /** Which exemption, and the clause; absent: it was authenticated. */
  readonly exemption?: string
  readonly article?: string
  /** `paymentsDigest` of what was authenticated. */
  readonly digest: string
}

/** For tokens; `undefined`: it is no payment, or not each of those who authorised it was authenticated or exempt. */
export function scaOutcomeOf({
  kind,
  authorisations,
}: Pick<Consent, 'kind' | 'authorisations'>): ScaOutcome | undefined {
  const outcomes = authorisations.flatMap(({ sca }) => (sca === undefined ? [] : [sca]))
  if (kind !== 'payment' || outcomes.length < authorisations.length) return undefined
  return outcomes.at(-1)
}

/** As a claim. */
export const scaClaim = (outcome: ScaOutcome): JsonObject => ({ ...outcome })
