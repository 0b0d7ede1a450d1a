/** What traffic shows of a rule, it shows of every control that the rule enforces: of the bank's own as well. */
import type { Control, Observation } from '../controls/index.ts'
import type { ConfiguredControl } from './configured.ts'

/**
 * The observations, and for each of the bank's own controls the traffic of the rule that enforces it, which is
 * recorded under the control of the catalogue that the rule is named for.
 */
export function withSharedEvidence(
  observations: readonly Observation[],
  configured: readonly Pick<ConfiguredControl, 'api' | 'control' | 'rule'>[],
  own: readonly Control[],
): readonly Observation[] {
  const shared = own.flatMap(({ id, enforce, evidence }) => {
    const seenAs = configured.filter(({ rule }) => rule === enforce.policyField)
    return observations
      .filter(
        ({ api, control, kind, outcome }) =>
          kind === 'traffic' &&
          // A failure counts whatever kinds are listed, as for the controls of the catalogue.
          (outcome === 'fail' || evidence.kinds.includes('traffic')) &&
          seenAs.some((one) => one.api === api && one.control === control),
      )
      .map((one) => ({ ...one, control: id }))
  })
  return [...observations, ...shared]
}
