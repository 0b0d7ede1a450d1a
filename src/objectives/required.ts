/** Which controls an objective requires: the first condition of `requiredWhen` that holds gives the reason. */
import { type Control, controls, regimeFamily, type RequiredWhen } from '../controls/index.ts'
import { areasOf } from './jurisdiction.ts'
import type { ApiProfile, Levels, RequiredControl } from './objective.ts'

/** What the conditions look at. */
export interface RequirementFacts {
  readonly profile: ApiProfile
  readonly levels: Levels
  /** Ids of the regimes that apply, as law or as reference. */
  readonly regimes: readonly string[]
  /** The bank's own controls, which are asked of an API as those of the catalogue are. */
  readonly ownControls?: readonly Control[] | undefined
}

/** A condition that does not hold: what it asks for, and what the API has. */
export interface FailedCondition {
  readonly condition: Exclude<keyof RequiredWhen, 'because'>
  readonly needs: string
  readonly has: string
}

/** Conditions of `when` that do not hold; empty: the control is required. An empty `when` always holds. */
export function failedConditions(
  when: RequiredWhen,
  facts: RequirementFacts,
): readonly FailedCondition[] {
  const { profile, levels, regimes } = facts
  const failed: FailedCondition[] = []
  const anyOf = (
    condition: FailedCondition['condition'],
    needs: readonly string[] | undefined,
    has: readonly string[],
  ): void => {
    if (needs === undefined || needs.some((item) => has.includes(item))) return
    failed.push({
      condition,
      needs: `one of ${needs.join(', ')}`,
      has: has.length === 0 ? 'none' : has.join(', '),
    })
  }
  anyOf('exposure', when.exposure, [profile.exposure])
  anyOf('roles', when.roles, profile.roles)
  anyOf('dataClasses', when.dataClasses, profile.dataClasses)
  anyOf('features', when.features, profile.features)
  anyOf('regimes', when.regimes, regimes)
  anyOf('jurisdictions', when.jurisdictions, [...areasOf(profile.jurisdictions)])
  for (const dimension of ['C', 'I', 'A', 'Au'] as const) {
    const least = when.minLevel?.[dimension]
    if (least !== undefined && levels[dimension] < least)
      failed.push({
        condition: 'minLevel',
        needs: `${dimension} ${least} or more`,
        has: `${dimension} ${levels[dimension]}`,
      })
  }
  return failed
}

/** The first entry of `requiredWhen` that holds, or `undefined`. */
export function matchingEntry(control: Control, facts: RequirementFacts): RequiredWhen | undefined {
  return control.requiredWhen.find((when) => failedConditions(when, facts).length === 0)
}

/** Required controls in catalogue order, with the clauses of the regimes (and of what belongs to them) that each supports. */
export function requiredControls(facts: RequirementFacts): readonly RequiredControl[] {
  const families = new Set(facts.regimes.flatMap(regimeFamily))
  return controls(facts.ownControls).flatMap((entry) => {
    const when = matchingEntry(entry, facts)
    if (when === undefined) return []
    const clauses = entry.references.regulations.filter(({ regime }) => families.has(regime))
    const because =
      entry.file === undefined ? when.because : `${when.because} (own control, ${entry.file})`
    return [{ control: entry.id, because, clauses }]
  })
}
